"""What the plugin keeps between hooks: in pytest's stashes, and nowhere else."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
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
RAISED: pytest.StashKey[bool] = pytest.StashKey()
COLLECTED: pytest.StashKey[list[pytest.Item]] = pytest.StashKey()
ORPHANS: pytest.StashKey[bool] = pytest.StashKey()
REFUSED: pytest.StashKey[str] = pytest.StashKey()
ENVIRONMENT: pytest.StashKey[Mapping[str, str]] = pytest.StashKey()
"""Our variables as they were at configure: what a test sets later is its own affair."""

INI = ("contract_mode", "contract_cassettes", "contract_findings", "contract_hygiene", "contract_region")
MODE_VARIABLE = "CONTRACTKIT_MODE"
REGION_VARIABLE = "BAIDUCLOUD_REGION"
_OURS = ("CONTRACTKIT_", "BAIDUCLOUD_")


def keep_environment(config: pytest.Config) -> None:
    """Read our variables, once."""
    config.stash[ENVIRONMENT] = {name: value for name, value in os.environ.items() if name.startswith(_OURS)}


def session_of(config: pytest.Config) -> ContractSession:
    if SESSION not in config.stash:
        from contractkit.conformance.session import ContractSession  # noqa: PLC0415 - inert until a test asks
        from contractkit.conformance.settings import read_settings  # noqa: PLC0415
        from contractkit.errors import ConfigurationError  # noqa: PLC0415

        options = {name: config.getoption(name) for name in vars(config.option) if name.startswith("contract_")}
        ini = {name: config.getini(name) for name in INI}
        try:
            settings = read_settings(
                options,
                ini,
                config.stash[ENVIRONMENT],
                base=config.inipath.parent if config.inipath else config.rootpath,
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
        session = session_of(config)
        extras.append({"secrets": session.foreign_secrets})
        node.stash[SCOPE] = TestScope(
            session,
            node.nodeid,
            marks_of(node),
            sanitizer_extras=extras,
            on_finding=lambda finding: node.ihook.pytest_contractkit_finding(
                finding=finding, nodeid=node.nodeid, config=config
            ),
        )
        _require_secrets(config, node.stash[SCOPE])
    scope: TestScope = node.stash[SCOPE]
    return scope


def _require_secrets(config: pytest.Config, scope: TestScope) -> None:
    """Refuse to record, or to go to the live cloud, without a value that the ini file says is secret.

    Asked of each test, since a fixture that outlives it may set the variable.
    """
    from contractkit.conformance.sanitizing import find_unset  # noqa: PLC0415 - inert until a test asks

    if scope.mode.writes or (scope.mode.goes_live and session_of(config).settings.goes_live):
        unset = find_unset(config.getini("contract_sanitizer"), os.environ)
        if unset:
            pytest.fail(
                f"the ini value contract_sanitizer says secret-from {unset[0]}, but that variable is not set, so its "
                "value could be recorded: set it, mend its name, or remove the line",
                pytrace=False,
            )


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
