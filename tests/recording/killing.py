"""Kill recordings at many points and say what was lost: `python tests/recording/killing.py TRIALS SEED`.

Prints one JSON object. Half of the kills are uniform over a run, half are aimed at the save.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from contractkit.errors import ContractkitError
from contractkit.message import Request, Response
from contractkit.recording import Cassette, open_cassette
from contractkit.recording.store import load_cassette, partial_path, read_journal
from contractkit.signing import EXAMPLE, sign

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANSWER = Response(200, {"Content-Type": "application/json"}, b'{"vpcs": [], "note": "' + b"x" * 2000 + b'"}')
ASKED = 12


def record(path: Path, pipe: int) -> None:
    """Record twelve exchanges, and tell each one through the pipe when the caller has its answer."""
    with open_cassette(path, "record", foreign=False, clock=lambda: NOW) as cassette:
        ask = cassette.transport(lambda _: ANSWER)
        for number in range(ASKED):
            ask(sign(Request("GET", f"http://bcc.bj.baidubce.com/v1/vpc?marker=m{number}"), EXAMPLE, at=NOW))
            os.write(pipe, bytes([number]))
        os.write(pipe, b"\xff")


def run(path: Path, wait: float, *, aimed: bool) -> tuple[set[int], bool]:
    """Fork a recording and kill it: after `wait` seconds, or that long after it began to save. What it had told."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with contextlib.suppress(BaseException):  # a forked child must never come back into the tests
            record(path, writing)
        os._exit(0)
    os.close(writing)
    told = bytearray()
    if aimed:
        while b"\xff" not in told and (more := os.read(reading, 64)):
            told += more
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0
    while more := os.read(reading, 64):
        told += more
    os.close(reading)
    return set(told) - {0xFF}, killed


def stored(path: Path) -> set[int]:
    """The numbers of the interactions on disk, in the journal or in the cassette that replaced the old one."""
    entries = list(read_journal(partial_path(path))) if partial_path(path).exists() else []
    with contextlib.suppress(ContractkitError):  # killed before there was a cassette: the journal has it all
        entries += load_cassette(path).entries
    return {int(entry.request.url.rpartition("=m")[2]) for entry in entries if "=m" in entry.request.url}


def main(trials: int, seed: int) -> dict[str, int]:
    """Kill that many recordings."""
    rng = random.Random(seed)  # noqa: S311  a repeatable choice, no secret
    result = {"trials": trials, "killed": 0, "told": 0, "lost": 0, "damaged": 0, "seed": seed}
    old = Cassette().encode()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "warm.json"
        began = time.perf_counter()
        record(path, os.open(os.devnull, os.O_WRONLY))
        span = 1.5 * (time.perf_counter() - began)
        for number in range(trials):
            path = Path(directory) / f"{number}.json"
            path.write_bytes(old)
            aimed = number % 2 == 1
            told, killed = run(path, rng.uniform(0, 0.004) if aimed else rng.uniform(0, span), aimed=aimed)
            result["killed"] += killed
            result["told"] += len(told)
            result["lost"] += len(told - stored(path))
            if path.read_bytes() != old:
                try:
                    result["damaged"] += len(load_cassette(path).entries) != ASKED
                except ContractkitError:
                    result["damaged"] += 1
    return result


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201  its output is what it is for
