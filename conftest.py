"""Tests of the plugin run whole inner sessions with pytester; drawn examples are those of the ci profile."""

import pytest
from hypothesis import settings

from contractkit.properties import register_profiles

pytest_plugins = ["pytester"]
register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    """The same examples in every run, unless `--hypothesis-profile` says otherwise."""
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("ci")
