"""How many times each fault is made to happen: few in `make test`, 200 in `make test-faults`."""

import os

KILLS = int(os.environ.get("MAINTENANCE_FAULT_ROUNDS", "2"))
"""At each point."""

RACES = int(os.environ.get("MAINTENANCE_RACES", "30"))
"""Of each two ways, on each database."""

LONG = KILLS > 2 or RACES > 30
