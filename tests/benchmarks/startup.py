"""What the package costs before it is used: `python tests/benchmarks/startup.py`.

Fresh processes, interleaved so that a busy machine slows all of them alike; the best of all rounds in
milliseconds (noise only adds), each beside the bare process of the same run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
OTHERS = [
    "-p",
    "no:recording",
    "-p",
    "no:xdist",
    "-p",
    "no:xdist.looponfail",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:anyio",
]


def milliseconds(command: list[str], folder: Path) -> float:
    """How long one fresh process takes."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (time.perf_counter() - started) * 1000


def measure(commands: dict[str, list[str]], folder: Path) -> dict[str, float]:
    """The best of each command, all of them taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name].append(milliseconds(command, folder))
    return {name: min(times) for name, times in taken.items()}


def show(title: str, best: dict[str, float]) -> None:
    """A table in which the first row is what the others are compared with."""
    bare = next(iter(best.values()))
    sys.stdout.write(f"{title} (best of {ROUNDS} fresh processes)\n")
    for name, taken in best.items():
        sys.stdout.write(f"  {name:<28} {taken:7.1f} ms   {taken - bare:+7.1f} ms   x{taken / bare:.2f}\n")


def main() -> None:
    """Measure both tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("test_one.py").write_text("def test_one():\n    assert True\n")
        imports = {
            "nothing": "pass",
            "contractkit": "import contractkit",
            "vcr": "import vcr",
            "requests": "import requests",
        }
        show("import", measure({key: [sys.executable, "-c", code] for key, code in imports.items()}, folder))
        plugins = {
            "bare pytest": [*PYTEST, *OTHERS, "-p", "no:contractkit"],
            "with contractkit, unused": [*PYTEST, *OTHERS],
            "with pytest-recording, unused": [*PYTEST, *OTHERS[2:], "-p", "no:contractkit"],
        }
        show("pytest, one test", measure(plugins, folder))


if __name__ == "__main__":
    main()
