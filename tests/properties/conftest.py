"""Two more profiles: for planted wrongs, which have only to be found, and for runs that draw anew by their seed."""

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "ci-without-shrinking", settings.get_profile("ci"), phases=(Phase.generate,), report_multiple_bugs=False
)
# With --hypothesis-seed=N: as much as ci draws, but other examples for every seed. many_seeds.py runs it over and over.
settings.register_profile("ci-by-seed", settings.get_profile("ci"), derandomize=False)


@pytest.fixture
def without_shrinking():
    """Suites made within stop at the first failure: for planted faults it is enough that they are found."""
    before = settings.get_current_profile_name()
    settings.load_profile("ci-without-shrinking")
    yield
    settings.load_profile(before)
