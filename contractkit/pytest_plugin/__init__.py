"""The pytest door: options, the mark, fixtures, hooks and the terminal summary.

Inert for a test that uses none of them: everything else is imported by the first test that does. Knows pytest's
hooks and nothing of how requests are signed, matched or stored.
"""

from contractkit.pytest_plugin.collecting import pytest_collection_modifyitems, pytest_itemcollected
from contractkit.pytest_plugin.ending import (
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    pytest_unconfigure,
)
from contractkit.pytest_plugin.fixtures import bce_cassette, bce_client, bce_cloud, bce_credentials
from contractkit.pytest_plugin.options import (
    pytest_addhooks,
    pytest_addoption,
    pytest_configure,
    pytest_report_header,
)
from contractkit.pytest_plugin.running import (
    pytest_runtest_makereport,
    pytest_runtest_setup,
    pytest_runtest_teardown,
)

__all__ = [
    "bce_cassette",
    "bce_client",
    "bce_cloud",
    "bce_credentials",
    "pytest_addhooks",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_itemcollected",
    "pytest_report_header",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_unconfigure",
]
