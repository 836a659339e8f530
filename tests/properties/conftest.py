"""The suites aimed at our own rooms run under the ci profile; `--hypothesis-profile` chooses another."""

import pytest
from hypothesis import settings

from contractkit.properties import register_profiles

register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("ci")
