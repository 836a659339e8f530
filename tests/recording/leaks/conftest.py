"""The corpus for these tests: its seed and size come from the environment, so that anyone can try others."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus():
    """The module beside this file: tests are no package, so it is loaded by its place."""
    spec = importlib.util.spec_from_file_location("leak_corpus", Path(__file__).with_name("corpus.py"))
    module = sys.modules["leak_corpus"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def seeds():
    """The seed and how many secrets to seed: CONTRACTKIT_LEAK_SEED, CONTRACTKIT_LEAK_SEEDS."""
    return int(os.environ.get("CONTRACTKIT_LEAK_SEED", "1")), int(os.environ.get("CONTRACTKIT_LEAK_SEEDS", "1000"))


@pytest.fixture
def tell(capsys, record_property):
    """Print a figure past the capture, and into JUnit."""

    def tell(name, figure):
        record_property(name, str(figure))
        with capsys.disabled():
            print(f"\n{name}: {figure}")  # noqa: T201  the figure is what the test is run for

    return tell
