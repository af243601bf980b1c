"""A double of Atlassian Statuspage (REST v1) over a socket: strict in fields, limits and errors."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE, KEY = "kctbh9vrtdwd", "89a229ce-1aa8"
COMPONENTS = {"abc123": "operational", "def456": "operational"}
STATUSES = {"scheduled", "in_progress", "verifying", "completed"}
COMPONENT_STATUSES = {
    "operational",
    "under_maintenance",
    "degraded_performance",
    "partial_outage",
    "major_outage",
}
FLAGS = {
    "scheduled_remind_prior",
    "auto_transition_to_maintenance_state",
    "auto_transition_to_operational_state",
    "scheduled_auto_in_progress",
    "scheduled_auto_completed",
    "scheduled_auto_transition",
    "auto_transition_deliver_notifications_at_start",
    "auto_transition_deliver_notifications_at_end",
    "deliver_notifications",
    "auto_tweet_at_beginning",
    "auto_tweet_on_completion",
    "auto_tweet_on_creation",
    "auto_tweet_one_hour_before",
}
FIELDS = FLAGS | {
    "name",
    "status",
    "impact_override",
    "scheduled_for",
    "scheduled_until",
    "metadata",
    "body",
    "components",
    "component_ids",
}

IMPACTS = {"none", "maintenance", "minor", "major", "critical"}
_BOOLEAN = (True, False)


class Refused(Exception):
    """An answer that is no 2xx."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Clock:
    """Time that goes on only where somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it go on."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Statuspage:
    """One page, and everything that was asked of it."""

    clock: Clock = field(default_factory=Clock)
    components: dict[str, str] = field(default_factory=lambda: dict(COMPONENTS))
    incidents: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    mailed: list[str] = field(default_factory=list)
    down: int = 0  # answers every request with this status
    last: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """What it says to one request."""
        self.asked.append(method)
        if self.down:
            raise Refused(self.down, "down for maintenance")
        if headers["Authorization"] != f"OAuth {KEY}":
            raise Refused(401, "Could not authenticate")
        if self.clock.now - self.last < 1:
            raise Refused(429, "Too many requests: one a second")
        self.last = self.clock.now
        parts = urlsplit(path)
        page, incident_id = _parse(parts.path)
        if page != PAGE:
            raise Refused(404, "Page not found")
        if method == "GET":
            return 200, self._found(parse_qs(parts.query))
        if headers["Content-Type"] != "application/json":
            raise Refused(415, "Unsupported media type")
        fields = self._fields(body)
        if method == "POST" and incident_id is None:
            return 201, self._make(fields)
        found = next((each for each in self.incidents if each["id"] == incident_id), None)
        if method != "PATCH" or found is None:
            raise Refused(404, "Incident not found")
        return 200, self._change(found, fields)

    def _found(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        limit = int(query.get("limit", ["100"])[0])
        if not 1 <= limit <= 100:
            raise Refused(400, "limit must be 1 to 100")
        wanted = query.get("q", [""])[0]
        return [each for each in self.incidents if wanted in _searched(each)][:limit]

    def _fields(self, body: bytes) -> dict[str, Any]:
        said = json.loads(body)
        if set(said) != {"incident"} or not isinstance(said["incident"], dict):
            raise Refused(400, "incident is missing")
        fields: dict[str, Any] = said["incident"]
        self._hold(fields)
        return fields

    def _hold(self, fields: dict[str, Any]) -> None:
        wrong = [
            *(f"{name} is not a field" for name in set(fields) - FIELDS),
            *(
                f"{name} is no boolean"
                for name in FLAGS & set(fields)
                if type(fields[name]) is not bool
            ),
        ]
        if not 0 < len(fields.get("name", "x")) <= 255:
            wrong.append("name is too long")
        if fields.get("status", "scheduled") not in STATUSES:
            wrong.append("status")
        if fields.get("impact_override") not in {
            "none",
            "maintenance",
            "minor",
            "major",
            "critical",
        }:
            wrong.append("impact_override")
        if not all(isinstance(each, dict) for each in fields.get("metadata", {}).values()):
            wrong.append("metadata: top level values must be objects")
        if not set(fields.get("component_ids", [])) <= set(self.components):
            wrong.append("component_ids")
        for component, status in fields.get("components", {}).items():
            if component not in self.components or status not in COMPONENT_STATUSES:
                wrong.append(f"components: {component}")
        if "scheduled_for" in fields:
            start, end = (
                datetime.fromisoformat(fields[name])
                for name in ("scheduled_for", "scheduled_until")
            )
            if start.tzinfo is None or not start < end:
                wrong.append("scheduled_until must be after scheduled_for")
        if wrong:
            raise Refused(422, "; ".join(wrong))

    def _make(self, fields: dict[str, Any]) -> dict[str, Any]:
        for name in ("name", "scheduled_for", "scheduled_until"):
            if name not in fields:
                raise Refused(422, f"{name} can't be blank")
        made = {"id": f"i{len(self.incidents) + 1}", "incident_updates": []}
        self.incidents.insert(0, made)
        return self._change(made, fields)

    def _change(self, found: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        body = fields.pop("body", None)
        if fields.pop("deliver_notifications", True):
            self.mailed.append(str(body))
        self.components.update(fields.pop("components", {}))
        found.update(fields)
        if body:
            found["incident_updates"].insert(0, {"body": body, "status": found["status"]})
        return found


@contextmanager
def serving() -> Iterator[Statuspage]:
    """A page that is served over a socket."""
    there = Statuspage()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            try:
                status, said = there.answer(self.command, self.path, self.headers, body)
            except Refused as error:
                status, said = error.status, {"error": str(error)}
            raw = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _parse(path: str) -> tuple[str, str | None]:
    match path.split("/"):
        case ["", "v1", "pages", page, "incidents"]:
            return page, None
        case ["", "v1", "pages", page, "incidents", incident_id]:
            return page, incident_id
    raise Refused(404, "Not found")


def _searched(incident: dict[str, Any]) -> str:
    updates = (each["body"] for each in incident["incident_updates"])
    return "\n".join([incident["name"], incident["status"], *updates])
