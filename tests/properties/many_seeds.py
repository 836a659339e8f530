"""Run the suites of this folder over and over, each time with examples of its own: is any law flaky?

    python tests/properties/many_seeds.py --runs 50

Each run has the size of the profile ci, state machines and slow suites included, and a seed that says how to have it
again. What a run printed is shown when it fails. Exit code 1 when one failed.
"""

import argparse
import secrets
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SUITES = sorted(map(str, HERE.glob("test_*_suite.py")))


def run(seed: int, workers: int, more: list[str]) -> tuple[int, str]:
    """The exit code of one run, and what it printed."""
    options = ["-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci-by-seed", f"--hypothesis-seed={seed}"]
    spread = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []
    command = [sys.executable, "-m", "pytest", *options, *spread, *more, *SUITES]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def tell(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run as often as was said, and count what failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, help="one run with this seed, to have a failure again")
    arguments, more = parser.parse_known_args()
    seeds = [secrets.randbelow(2**32) for _ in range(arguments.runs)] if arguments.seed is None else [arguments.seed]
    failed = []
    for number, seed in enumerate(seeds, start=1):
        start = time.monotonic()
        code, printed = run(seed, arguments.workers, more)
        seconds = time.monotonic() - start
        tell(f"{number}/{len(seeds)} seed {seed}, {seconds:.0f} s: {printed.strip().splitlines()[-1]}")
        if code:
            failed.append(seed)
            tell(f"{printed}\nagain: python tests/properties/many_seeds.py --seed {seed}")
    tell(f"{len(seeds)} runs, {len(failed)} failed" + (f": seeds {', '.join(map(str, failed))}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
