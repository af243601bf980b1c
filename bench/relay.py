"""A mail relay as far away as real ones are: `python -m bench.relay PORT ROUND_TRIP EACH [FILE]`.

Every answer takes a round trip, and that to a mail so much longer as the relay works on it
(seconds). What it accepts it writes to the file, an address a line, before it says so.
"""

import asyncio
import sys
from typing import TextIO

LIMIT = 2**20


async def serve(port: int, round_trip: float, each: float, accepted: TextIO | None) -> None:
    """Until the process is ended."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(answer: str, seconds: float = round_trip) -> None:
            if seconds:
                await asyncio.sleep(seconds)
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()

        address = ""
        await say("220 relay")
        while line := (await reader.readline()).decode().strip():
            command = line[:4].upper()
            if command == "RCPT":
                address = line.partition("<")[2].rstrip(">")
            if command == "DATA":
                await say("354 go on")
                await reader.readuntil(b"\r\n.\r\n")
                if accepted:
                    accepted.write(f"{address}\n")
                    accepted.flush()
                await say("250 taken", round_trip + each)
            elif command == "QUIT":
                await say("221 bye")
                break
            else:
                await say("250 ok")
        writer.close()

    async def safely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(safely, "127.0.0.1", port, limit=LIMIT)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Listen as the arguments say."""
    port, round_trip, each, *file = sys.argv[1:]
    accepted = open(file[0], "a") if file else None  # noqa: SIM115
    asyncio.run(serve(int(port), float(round_trip), float(each), accepted))


if __name__ == "__main__":
    main()
