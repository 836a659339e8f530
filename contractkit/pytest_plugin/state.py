"""What the plugin keeps between hooks: in pytest's stashes, and nowhere else."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contractkit.conformance.report.model import Run
    from contractkit.conformance.scope import TestScope
    from contractkit.conformance.session import ContractSession

SESSION: pytest.StashKey[ContractSession] = pytest.StashKey()
STARTED: pytest.StashKey[tuple[datetime, float]] = pytest.StashKey()
WORKER_RUNS: pytest.StashKey[list[bytes]] = pytest.StashKey()
RUN: pytest.StashKey[Run] = pytest.StashKey()
TROUBLE: pytest.StashKey[str] = pytest.StashKey()
SCOPE: pytest.StashKey[TestScope] = pytest.StashKey()
UNFIT: pytest.StashKey[bool] = pytest.StashKey()
COLLECTED: pytest.StashKey[list[pytest.Item]] = pytest.StashKey()
ORPHANS: pytest.StashKey[bool] = pytest.StashKey()
REFUSED: pytest.StashKey[str] = pytest.StashKey()

INI = ("contract_mode", "contract_cassettes", "contract_findings", "contract_hygiene")
MODE_VARIABLE = "CONTRACTKIT_MODE"


def session_of(config: pytest.Config) -> ContractSession:
    if SESSION not in config.stash:
        from contractkit.conformance.session import ContractSession  # noqa: PLC0415 - inert until a test asks
        from contractkit.conformance.settings import read_settings  # noqa: PLC0415
        from contractkit.errors import ConfigurationError  # noqa: PLC0415

        options = {name: config.getoption(name) for name in vars(config.option) if name.startswith("contract_")}
        ini = {name: config.getini(name) for name in INI}
        try:
            settings = read_settings(
                options, ini, os.environ, base=config.inipath.parent if config.inipath else config.rootpath
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[SESSION] = ContractSession(settings)
    return config.stash[SESSION]


def scope_of(request: pytest.FixtureRequest) -> TestScope:
    node = request.node
    if SCOPE not in node.stash:
        from contractkit.conformance.sanitizing import read_sanitizer_lines  # noqa: PLC0415 - inert until a test asks
        from contractkit.conformance.scope import TestScope  # noqa: PLC0415 - as above

        config = request.config
        # By way of the node: a conftest speaks for its own directory only.
        extras = [each for each in node.ihook.pytest_contractkit_sanitizer(config=config) if each]
        extras.append(read_sanitizer_lines(config.getini("contract_sanitizer"), os.environ))
        node.stash[SCOPE] = TestScope(
            session_of(config),
            node.nodeid,
            marks_of(node),
            sanitizer_extras=extras,
            on_finding=lambda finding: node.ihook.pytest_contractkit_finding(
                finding=finding, nodeid=node.nodeid, config=config
            ),
        )
    scope: TestScope = node.stash[SCOPE]
    return scope


def marks_of(node: Any) -> dict[str, Any]:
    """The checked arguments of all contract marks of a test, the closest winning."""
    marks = list(node.iter_markers("contract"))
    if not marks:
        return {}
    from contractkit.conformance.marks import read_marks  # noqa: PLC0415 - inert until a test asks
    from contractkit.errors import ConfigurationError  # noqa: PLC0415

    try:
        return read_marks(marks)
    except ConfigurationError as error:
        raise pytest.UsageError(f"{node.nodeid}: {error}") from None


def times_of(config: pytest.Config) -> tuple[datetime, float]:
    started, since = config.stash[STARTED]
    return started, time.monotonic() - since
