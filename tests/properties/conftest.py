"""Planted wrongs have only to be found, so their suites need not shrink what they find."""

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "ci-without-shrinking", settings.get_profile("ci"), phases=(Phase.generate,), report_multiple_bugs=False
)


@pytest.fixture
def without_shrinking():
    """Suites made within stop at the first failure: for planted faults it is enough that they are found."""
    before = settings.get_current_profile_name()
    settings.load_profile("ci-without-shrinking")
    yield
    settings.load_profile(before)
