"""Starts what kills itself, in processes of their own: see `dying`."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.build import NOW


@dataclass
class Mortal:
    """Starts workers and requests that die; `environ` is their installation's."""

    process: "subprocess.Popen[str]"
    environ: dict[str, str]

    def die(
        self,
        point: str,
        times: int = 1,
        *,
        connections: int = 1,
        mark_first: bool = False,
        approve: str = "",
        request: Mapping[str, Any] | None = None,
    ) -> int:
        """Work until it dies at this point; minus the signal that ended it.

        A worker's unless told otherwise: `approve` a window by its id, or send a request.
        """
        order = {
            "environ": self.environ,
            "now": NOW.isoformat(),
            "point": point,
            "times": times,
            "connections": connections,
            "mark_first": mark_first,
            "approve": approve,
            "request": dict(request) if request else None,
        }
        to, back = self.process.stdin, self.process.stdout
        assert to is not None
        assert back is not None
        to.write(json.dumps(order) + "\n")
        to.flush()
        return int(back.readline())
