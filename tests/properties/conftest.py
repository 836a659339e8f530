"""Two more profiles: for planted wrongs, which have only to be found, and for runs that draw anew by their seed."""

from contextlib import contextmanager

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "ci-without-shrinking", settings.get_profile("ci"), phases=(Phase.generate,), report_multiple_bugs=False
)
settings.register_profile("few", settings.get_profile("ci-without-shrinking"), max_examples=15)
# With --hypothesis-seed=N: as much as ci draws, but other examples for every seed. many_seeds.py runs it over and over.
settings.register_profile("ci-by-seed", settings.get_profile("ci"), derandomize=False)


@pytest.fixture
def without_shrinking():
    """Suites made within stop at the first failure: for planted faults it is enough that they are found."""
    with _profile("ci-without-shrinking"):
        yield


@pytest.fixture
def few_examples():
    """Suites made within draw few: enough where it is what they say that is asked for."""
    with _profile("few"):
        yield


@contextmanager
def _profile(name):
    before = settings.get_current_profile_name()
    settings.load_profile(name)
    yield
    settings.load_profile(before)
