"""`make bench`: each benchmark beside what it is measured against; prints and keeps the figures.

`python -m bench NAME...` runs some of them. A benchmark is a module here with
`run() -> [(what, figure), ...]`.
"""

import importlib
import pkgutil
import sys
import time

import bench
from bench import table


def main(wanted: list[str]) -> None:
    """Run the benchmarks with these names, or all, and print each figure as soon as it is known."""
    for name in wanted or names():
        module = importlib.import_module(f"bench.{name}")
        about = (module.__doc__ or "").splitlines()[0]
        print(f"\n{name}: {about}", flush=True)
        began = time.monotonic()
        figures = []
        for what, figure in module.run():
            print(f"  {what:62} {figure}", flush=True)
            figures.append((what, figure))
        table.write(name, about, figures)
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)


def names() -> list[str]:
    """Every module of this folder that can be run."""
    found = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    return [
        name
        for name in found
        if name != "__main__" and hasattr(importlib.import_module(f"bench.{name}"), "run")
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
