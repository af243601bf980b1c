"""A mail relay as far away as real ones are: `python -m bench.relay PORT ROUND_TRIP EACH [FILE]`.

Every answer takes a round trip, and that to a mail so much longer as the relay works on it
(seconds). What it accepts it writes to the file, an address a line, before it says so. A thread a
connection, as they sleep to the time: asyncio wakes at whole milliseconds only.
"""

import sys
import time
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TextIO

CHUNK = 65_536


class Relay(ThreadingTCPServer):
    """Listens on a port of loopback."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, port: int, round_trip: float, each: float, accepted: TextIO | None) -> None:
        self.round_trip, self.each, self.accepted = round_trip, each, accepted
        super().__init__(("127.0.0.1", port), _Talk)


class _Talk(StreamRequestHandler):
    """One connection."""

    server: Relay
    disable_nagle_algorithm = True

    def handle(self) -> None:
        address = ""
        self._say("220 relay")
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            if command == "RCPT":
                address = line.partition("<")[2].rstrip(">")
            if command == "DATA":
                self._say("354 go on")
                self._take(address)
            elif command == "QUIT":
                self._say("221 bye")
                break
            else:
                self._say("250 ok")

    def _take(self, address: str) -> None:
        mail = more = self.rfile.read1(CHUNK)
        while more and not mail.endswith(b"\r\n.\r\n"):
            mail += (more := self.rfile.read1(CHUNK))
        if self.server.accepted:
            self.server.accepted.write(f"{address}\n")
            self.server.accepted.flush()
        self._say("250 taken", self.server.each)

    def _say(self, answer: str, more: float = 0.0) -> None:
        time.sleep(self.server.round_trip + more)
        self.wfile.write(f"{answer}\r\n".encode())


def main() -> None:
    """Listen as the arguments say."""
    port, round_trip, each, *file = sys.argv[1:]
    accepted = open(file[0], "a") if file else None  # noqa: SIM115
    Relay(int(port), float(round_trip), float(each), accepted).serve_forever()


if __name__ == "__main__":
    main()
