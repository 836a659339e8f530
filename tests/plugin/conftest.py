"""Shared by the tests of the plugin: a small foreign repository, run by pytest of its own."""

from __future__ import annotations

import importlib
import json
import os
import textwrap
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from contractkit.cloud import ReferenceCloud
from contractkit.conformance.marks import MODES

# Inner runs share this process; what they import is loaded once, here, since some of it cannot be loaded twice.
_SHARED = """
    contractkit.conformance.session contractkit.conformance.scope contractkit.conformance.report.html
    contractkit.cloud.server contractkit.client contractkit.adapters.requests contractkit.adapters.httpx
    contractkit.recording.network contractkit.recording.doors.http_client contractkit.recording.doors.httpx
    contractkit.recording.doors.aiohttp httpcore hypothesis.internal.observability baidubce.services.vpc.vpc_client
"""
for _name in _SHARED.split():
    importlib.import_module(_name)
ReferenceCloud()  # loads what each service does beyond its description

NETWORK = """
def test_the_network_is_made(bce_client):
    vpc = bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16")["vpcId"]
    assert bce_client.vpc.get_vpc(vpc)["vpc"]["name"] == "app"
    bce_client.vpc.delete_vpc(vpc)
"""
LISTS = """
def test_lists(bce_client):
    assert bce_client.vpc.list_vpcs()["vpcs"] == []
"""


class Project:
    """A repository that uses the plugin. Files are named like `test_a` (a test module) or `conftest`."""

    network, lists = NETWORK, LISTS

    def __init__(self, pytester):
        self.pytester = pytester
        self.root = Path(pytester.path)
        self.cassettes = self.root / "cassettes"
        self.made, self.written = int(time.time()), 0

    def write(self, **modules):
        """Write Python modules into the root, each a second after the one before: bytecode is told apart by that."""
        for name, text in modules.items():
            self.written += 1
            path = self.root / f"{name}.py"
            path.write_text(textwrap.dedent(text))
            os.utime(path, (self.made + self.written,) * 2)

    def ini(self, *lines):
        """Write the ini file."""
        (self.root / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]))

    def run(self, *arguments):
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess("-p", "no:randomly", *arguments)

    def spawn(self, *arguments, env=None):
        """Run pytest in a process of its own; `env` is added to its environment."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            return self.pytester.runpytest_subprocess(*arguments, timeout=120)

    def record(self, *arguments, **outcomes):
        """Record in this process; `outcomes` default to one test that passes."""
        result = self.run("--contract-mode=record", *arguments)
        result.assert_outcomes(**(outcomes or {"passed": 1}))
        return result

    def replay(self, *arguments, **outcomes):
        """Replay in this process."""
        result = self.run(*arguments)
        result.assert_outcomes(**(outcomes or {"passed": 1}))
        return result

    def files(self, folder=None):
        """Every file below the cassettes, by relative name, with its bytes and time of change."""
        base = folder or self.cassettes
        found = [path for path in sorted(base.rglob("*")) if path.is_file()]
        return {str(path.relative_to(base)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    def names(self, folder=None):
        """The relative names of all files below the cassettes."""
        return sorted(self.files(folder))

    def interactions(self, name):
        """The interactions of one cassette."""
        return json.loads((self.cassettes / name).read_bytes())["interactions"]


@pytest.fixture
def project(pytester, monkeypatch):
    """A repository with nothing in it but an ini file, in an environment without our variables."""
    if not any(each.name == "contractkit" for each in entry_points(group="pytest11")):
        pytest.skip("the project is not installed, so no pytest would find its plugin: pip install --editable .")
    for name in [*os.environ]:
        if name.startswith(("CONTRACTKIT_", "BAIDUCLOUD_")) or name == "PYTEST_ADDOPTS":
            monkeypatch.delenv(name)
    made = Project(pytester)
    made.ini()
    return made


@pytest.fixture(params=MODES)
def mode(request):
    """Every mode by name."""
    return request.param
