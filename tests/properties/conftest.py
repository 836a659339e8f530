"""The suites aimed at our own rooms run under the ci profile; `--hypothesis-profile` chooses another."""

import pytest
from hypothesis import Phase, settings

from contractkit.properties import register_profiles

register_profiles()
settings.register_profile(
    "ci-without-shrinking", settings.get_profile("ci"), phases=(Phase.generate,), report_multiple_bugs=False
)


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("ci")


@pytest.fixture
def without_shrinking():
    """Suites made within stop at the first failure: for planted faults it is enough that they are found."""
    before = settings.get_current_profile_name()
    settings.load_profile("ci-without-shrinking")
    yield
    settings.load_profile(before)
