"""What the descriptions cost: `python tests/benchmarks/contracts.py`.

Time to the first operation of one service beyond the imported package, in fresh processes, the best of all rounds
(noise only adds), and the memory that the descriptions of all services take.
"""

from __future__ import annotations

import subprocess
import sys

ROUNDS = 9
FIRST = """
import time
from contractkit.contract import load_contract
began = time.perf_counter()
load_contract().operation({operation!r})
print((time.perf_counter() - began) * 1000)
"""
MEMORY = """
import tracemalloc
from contractkit.contract import load_contract
tracemalloc.start()
count = len(load_contract().operations())
print(count, tracemalloc.get_traced_memory()[0] / 2**20)
"""
OPERATIONS = ("vpc.create_vpc", "eip.apply_eip", "dns.create_dns_zone", "privatezone.create_private_zone")
MOST = 50.0


def run(code: str) -> list[float]:
    """The numbers a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]


def main() -> None:
    """Print both tables; exit with 1 when a service takes too long to load."""
    slowest = 0.0
    for operation in OPERATIONS:
        taken = min(run(FIRST.format(operation=operation))[0] for _ in range(ROUNDS))
        slowest = max(slowest, taken)
        sys.stdout.write(f"first operation, {operation:<32} {taken:6.1f} ms (at most {MOST:.0f})\n")
    count, memory = run(MEMORY)
    sys.stdout.write(f"memory of all {count:.0f} operations {memory:27.1f} MiB\n")
    if slowest > MOST:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
