"""The pytest door: options, the mark, fixtures, hooks and the terminal summary.

Inert for a test that uses none of them: everything else is imported by the first test that does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contractkit.client import Client
    from contractkit.conformance.scope import TestScope
    from contractkit.conformance.session import CloudHandle, ContractSession
    from contractkit.recording import OpenCassette
    from contractkit.signing import Credentials

SESSION: pytest.StashKey[ContractSession] = pytest.StashKey()
STARTED: pytest.StashKey[tuple[datetime, float]] = pytest.StashKey()
FAILED: pytest.StashKey[bool] = pytest.StashKey()
WORKER_RUNS: pytest.StashKey[list[bytes]] = pytest.StashKey()

_FIXTURES = frozenset({"bce_client", "bce_cloud", "bce_cassette", "bce_credentials"})
_MODES = ("replay", "record", "extend", "direct")


class Hooks:
    """What other plugins and conftest files may implement."""

    @pytest.hookspec
    def pytest_contractkit_sanitizer(self, config: pytest.Config) -> Mapping[str, Any] | None:
        """Add to the sanitizer: a mapping with any of `own` (functions Interaction -> Interaction), `on`, `off`."""

    @pytest.hookspec
    def pytest_contractkit_finding(self, finding: Any, nodeid: str, config: pytest.Config) -> None:
        """Called for every departure from the contract that an interaction of a test shows."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contractkit", "record and replay calls to Baidu AI Cloud")
    group.addoption(
        "--contract-mode",
        choices=_MODES,
        dest="contract_mode",
        help="replay: answer from cassettes, never go out (default). record: go out and rewrite the cassettes. "
        "extend: go out only for what a cassette lacks. direct: go out, no cassettes. Environment: CONTRACTKIT_MODE.",
    )
    group.addoption(
        "--contract-target",
        choices=("reference", "live"),
        default="reference",
        dest="contract_target",
        help="What to go out to: the embedded reference cloud (default) or the live one, "
        "with BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY from the environment.",
    )
    group.addoption(
        "--contract-report",
        action="append",
        default=[],
        metavar="FILE",
        dest="contract_report",
        help="Write a report when the run ends; repeatable; .html or .json by suffix.",
    )
    group.addoption(
        "--contract-cassettes",
        metavar="DIR",
        dest="contract_cassettes",
        help="Where cassettes live (default: ini contract_cassettes, else cassettes/ beside the ini file).",
    )
    group.addoption(
        "--contract-findings",
        choices=("ignore", "warn", "fail"),
        dest="contract_findings",
        help="What a finding of level error does to its test (default: ini contract_findings, else warn).",
    )
    group.addoption(
        "--contract-seed",
        type=int,
        default=0,
        dest="contract_seed",
        help="Seed of the reference cloud and of generated names (default 0).",
    )
    group.addoption(
        "--contract-region",
        metavar="REGION",
        dest="contract_region",
        help="Region to work in (default: BAIDUCLOUD_REGION, else bj).",
    )
    group.addoption(
        "--contract-allow-create",
        action="store_true",
        dest="contract_allow_create",
        help="Let a live run create what is free or paid by use; everything created is removed at the end.",
    )
    parser.addini("contract_mode", "default of --contract-mode, below a test's own mark", default="")
    parser.addini(
        "contract_cassettes", "default of --contract-cassettes, relative to the ini file", default="cassettes"
    )
    parser.addini("contract_findings", "default of --contract-findings", default="warn")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "contract(mode=None, cassette=None, verify=True, allow_hosts=(), creates=False): run with a cassette. "
        "mode: used unless option or environment say otherwise. cassette: a name instead of the test's own. "
        "verify=False: accept requests signed with other keys. allow_hosts: hosts of the test's own servers. "
        "creates=True: skipped in a live run without --contract-allow-create.",
    )
    config.stash[STARTED] = datetime.now(UTC), time.monotonic()
    config.stash[WORKER_RUNS] = []
    if config.getoption("contract_report") or config.getoption("contract_target") == "live":
        _session_of(config)  # a wish that cannot be met is told before the first test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A marked test gets its cassette even if it asks for no fixture: foreign clients need none."""
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("contract") is not None:
            _use_fixture(item, "bce_cassette")


def _use_fixture(item: pytest.Function, name: str) -> None:
    if name not in item.fixturenames:
        item.fixturenames.insert(0, name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests that create are left out of a live run that may not; before any fixture can start."""
    if item.config.getoption("contract_target") != "live" or item.get_closest_marker("contract") is None:
        return
    if _marked(item).get("creates") and not item.config.getoption("contract_allow_create"):
        pytest.skip("creates something: a live run does that only with --contract-allow-create")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and call.when != "teardown":
        item.stash[FAILED] = True
    if _FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
        return report
    session = _session_of(item.config)
    session.note_phase(
        item.nodeid,
        _title_of(item),
        when=report.when,
        outcome=report.outcome,
        seconds=report.duration,
        why=_why(report),
    )
    return report


def _title_of(item: pytest.Item) -> str:
    text = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return text.strip().partition("\n")[0]


def _why(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message) if crash is not None else ""


@pytest.fixture
def bce_credentials(request: pytest.FixtureRequest) -> Credentials:
    """The credentials to sign with: the published example pair, or those of the environment in a live run."""
    return _session_of(request.config).settings.credentials


@pytest.fixture
def bce_cloud(request: pytest.FixtureRequest) -> CloudHandle:
    """The cloud behind the test; `bce_cloud.endpoint("vpc")` is the base URL for any client."""
    return _scope_of(request).cloud


@pytest.fixture
def bce_cassette(request: pytest.FixtureRequest) -> Iterator[OpenCassette]:
    """The cassette of the test, open for every client in the process.

    It is kept if the test passed; after a failure the old one stays and what was recorded lies beside it.
    """
    with _scope_of(request).play(failed=lambda: request.node.stash.get(FAILED, False)) as cassette:
        yield cassette


@pytest.fixture
def bce_client(request: pytest.FixtureRequest, bce_cassette: OpenCassette) -> Client:
    """A signed client for every described operation, recorded and replayed like everything else."""
    return _scope_of(request).make_client(bce_cassette)


SCOPE: pytest.StashKey[TestScope] = pytest.StashKey()


def _scope_of(request: pytest.FixtureRequest) -> TestScope:
    node = request.node
    if SCOPE not in node.stash:
        from contractkit.conformance.scope import TestScope  # noqa: PLC0415 - inert until a test asks

        config = request.config
        extras = [each for each in config.hook.pytest_contractkit_sanitizer(config=config) if each]
        node.stash[SCOPE] = TestScope(
            _session_of(config),
            node.nodeid,
            _marked(node),
            sanitizer_extras=extras,
            on_finding=lambda finding: config.hook.pytest_contractkit_finding(
                finding=finding, nodeid=node.nodeid, config=config
            ),
        )
    scope: TestScope = node.stash[SCOPE]
    return scope


def _marked(node: Any) -> dict[str, Any]:
    """The arguments of all contract marks of a test, the closest winning."""
    merged: dict[str, Any] = {}
    for mark in node.iter_markers("contract"):
        merged = {**mark.kwargs, **merged}
    return merged


def _session_of(config: pytest.Config) -> ContractSession:
    if SESSION not in config.stash:
        from contractkit.conformance.session import ContractSession  # noqa: PLC0415 - inert until a test asks
        from contractkit.conformance.settings import read_settings  # noqa: PLC0415
        from contractkit.errors import ConfigurationError  # noqa: PLC0415

        options = {name: config.getoption(name) for name in vars(config.option) if name.startswith("contract_")}
        ini = {name: config.getini(name) for name in ("contract_mode", "contract_cassettes", "contract_findings")}
        try:
            settings = read_settings(
                options, ini, os.environ, base=config.inipath.parent if config.inipath else config.rootpath
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[SESSION] = ContractSession(settings)
    return config.stash[SESSION]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what a live run created, stop the embedded cloud, and hand a worker's run to the controller."""
    config = session.config
    if SESSION not in config.stash:
        return
    contract = config.stash[SESSION]
    contract.close()
    if hasattr(config, "workeroutput"):
        config.workeroutput["contractkit"] = contract.encode(*_times(config))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the run of an xdist worker that has ended."""
    encoded = getattr(node, "workeroutput", {}).get("contractkit")
    if encoded is not None:
        node.config.stash[WORKER_RUNS].append(encoded)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was recorded, replayed, left unused and found; write the reports."""
    if SESSION not in config.stash and not config.stash[WORKER_RUNS]:
        return
    from contractkit.conformance.report.terminal import summarize_run  # noqa: PLC0415 - inert until a test asks

    session = _session_of(config)
    workers: list[bytes] = config.stash[WORKER_RUNS]
    run = session.finish(workers, *_times(config))
    lines = summarize_run(run, verbose=config.option.verbose > 0)
    if lines or session.leftovers:
        terminalreporter.section("contractkit")
    for line in lines:
        terminalreporter.write_line(line.text, **line.markup)
    for left in session.leftovers:
        terminalreporter.write_line(f"still there, remove it by hand: {left}", red=True, bold=True)
    for path in session.settings.reports:
        terminalreporter.write_line(f"report: {path}")


def _times(config: pytest.Config) -> tuple[datetime, float]:
    started, since = config.stash[STARTED]
    return started, time.monotonic() - since


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name mode and target when they are not the quiet default."""
    mode, target = config.getoption("contract_mode"), config.getoption("contract_target")
    quiet = mode is None and target == "reference"
    return None if quiet else f"contractkit: mode {mode or 'by test'}, target {target}"


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].close()
