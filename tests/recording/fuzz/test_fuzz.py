"""Any bytes at all: loader, sanitizer, canonicalizer and matcher end in a value or a typed error, soon."""

import importlib.util
import os
import random
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("fuzz_targets", Path(__file__).parent / "targets.py")
targets = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(targets)

RUNS = int(os.environ.get("CONTRACTKIT_FUZZ_RUNS", "60"))
SEED = int(os.environ.get("CONTRACTKIT_SEED", "0"))


@pytest.mark.parametrize("name", targets.TARGETS)
def test_neighbours_of_good_inputs_crash_nothing(name, record_testsuite_property):
    rng = random.Random(f"{SEED} {name}")  # noqa: S311  a repeatable choice, no secret
    for seed in targets.seeds():
        targets.TARGETS[name](seed)
        for number in range(RUNS):
            data = targets.mutate(seed, rng)
            try:
                targets.TARGETS[name](data)
            except Exception as error:  # noqa: BLE001  any is a crash; the input is what is needed to see it again
                pytest.fail(f"{name} of {data!r} (seed {SEED}, run {number}): {error!r}")
    record_testsuite_property(f"fuzz {name}", RUNS * len(targets.seeds()))
