"""``make bench``: every benchmark in a process of its own, results as JSON and as a table.

A benchmark is a module beside this one with ``run() -> dict``. ``python -m tests.bench NAME`` runs
one.
"""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import tests.bench

RESULTS = Path(__file__).resolve().parents[2] / ".bench"
NOT_BENCHMARKS = {"__main__", "stage"}


def names() -> list[str]:
    """All benchmarks, by the names of their modules."""
    found = {module.name for module in pkgutil.iter_modules(tests.bench.__path__)}
    return sorted(
        name
        for name in found - NOT_BENCHMARKS
        if "def run(" in (Path(tests.bench.__path__[0]) / f"{name}.py").read_text()
    )


def run_one(name: str) -> None:
    """Run one benchmark and keep its result."""
    result: dict[str, Any] = importlib.import_module(f"tests.bench.{name}").run()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2, default=str) + "\n")
    width = max(len(key) for key in result)
    print(f"\n{name}")
    for key, value in result.items():
        print(f"  {key:<{width}}  {value}")


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks, or all. The number that failed is the exit code."""
    if len(chosen) == 1:
        run_one(chosen[0])
        return 0
    commands = [[sys.executable, "-m", "tests.bench", name] for name in chosen or names()]
    return sum(subprocess.run(command, check=False).returncode != 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
