"""What was looked at and found good, byte for byte.

`GOLDEN=write pytest` writes what is made now, to be looked at in the diff.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent


def holds(name: str, made: bytes) -> bool:
    """Whether these bytes are those of the golden file."""
    path = FOLDER / name
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    return path.read_bytes() == made
