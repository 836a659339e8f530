"""Sixteen threads with every client: nothing lost in recording, nothing live in replay."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REQUESTS = os.environ.get("CONTRACTKIT_REQUESTS", "12")
RUNS = os.environ.get("CONTRACTKIT_RUNS", "1")


@pytest.mark.slow
def test_sixteen_threads_lose_nothing_and_reach_nothing(record_testsuite_property):
    """Both doors, five clients; CONTRACTKIT_REQUESTS for each thread and CONTRACTKIT_RUNS say how much."""
    script = Path(__file__).parent / "crowd.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), "16", REQUESTS, RUNS],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    results = [json.loads(line) for line in done.stdout.splitlines()]
    print(done.stdout.decode())  # noqa: T201  the figures
    record_testsuite_property("crowd", done.stdout.decode())
    assert len(results) == 5
    for each in results:
        assert (each["lost"], each["live"], each["sockets"]) == (0, 0, 0), each
