"""Tests of the plugin run whole inner sessions with pytester; drawn examples are those of the ci profile."""

import os
import sys
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from contractkit.properties import register_profiles

pytest_plugins = ["pytester"]
register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    """The same examples in every run, unless `--hypothesis-profile` says otherwise."""
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("ci")
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        _share_bytecode(config)


def _share_bytecode(config: pytest.Config) -> None:
    """Hundreds of tests start processes: let one compile for all, in a folder that goes with this run.

    Where the environment forbids bytecode, beside the sources as it means, each would compile all that it imports.
    """
    folder = TemporaryDirectory(prefix="contractkit-bytecode-")
    config.add_cleanup(folder.cleanup)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = folder.name
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
