"""The pytest door: options, the mark, fixtures, hooks and the terminal summary.

Inert for a test that uses none of them: everything else is imported by the first test that does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contractkit.client import Client
    from contractkit.conformance.report.model import Run
    from contractkit.conformance.scope import TestScope
    from contractkit.conformance.session import CloudHandle, ContractSession
    from contractkit.recording import OpenCassette
    from contractkit.signing import Credentials

SESSION: pytest.StashKey[ContractSession] = pytest.StashKey()
STARTED: pytest.StashKey[tuple[datetime, float]] = pytest.StashKey()
WORKER_RUNS: pytest.StashKey[list[bytes]] = pytest.StashKey()
RUN: pytest.StashKey[Run] = pytest.StashKey()
TROUBLE: pytest.StashKey[str] = pytest.StashKey()
SCOPE: pytest.StashKey[TestScope] = pytest.StashKey()
UNFIT: pytest.StashKey[bool] = pytest.StashKey()
COLLECTED: pytest.StashKey[list[tuple[str, str | None]]] = pytest.StashKey()
ORPHANS: pytest.StashKey[bool] = pytest.StashKey()
REFUSED: pytest.StashKey[str] = pytest.StashKey()

_FIXTURES = frozenset({"bce_client", "bce_cloud", "bce_cassette", "bce_credentials"})
_MODES = ("replay", "record", "extend", "direct")
_FINDINGS = ("ignore", "warn", "fail")
_INI = ("contract_mode", "contract_cassettes", "contract_findings", "contract_hygiene")
_PACKAGE = Path(__file__).resolve().parent
_SUITE = _PACKAGE / "conformance" / "suite"
_MODE_VARIABLE = "CONTRACTKIT_MODE"


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
        choices=_FINDINGS,
        dest="contract_findings",
        help="What a finding of level error does to its test (default: ini contract_findings, else warn).",
    )
    group.addoption(
        "--contract-hygiene",
        action="append",
        default=[],
        metavar="KIND=LEVEL,...",
        dest="contract_hygiene",
        help="What to do about cassettes: unused, orphans, expired or stale = ignore, warn or fail, and max-age=DAYS. "
        "Repeatable (default: ini contract_hygiene, else unused=warn, orphans=ignore, expired=warn, stale=warn).",
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
    parser.addini("contract_hygiene", "default of --contract-hygiene", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "contract(mode=None, cassette=None, verify=True, allow_hosts=(), allow_processes=False, creates=False): run with a cassette. "
        "mode: used unless option or environment say otherwise. cassette: a name instead of the test's own. "
        "verify=False: accept requests signed with other keys. allow_hosts: hosts of the test's own servers. "
        "allow_processes=True: child processes may be started in replay. "
        "creates=True: skipped in a live run without --contract-allow-create.",
    )
    config.stash[STARTED] = datetime.now(UTC), time.monotonic()
    config.stash[WORKER_RUNS] = []
    _require_known(_MODE_VARIABLE, os.environ.get(_MODE_VARIABLE), _MODES)
    _require_known("the ini value contract_mode", config.getini("contract_mode"), _MODES)
    _require_known("the ini value contract_findings", config.getini("contract_findings"), _FINDINGS)
    hygiene = [*config.getoption("contract_hygiene"), config.getini("contract_hygiene")]
    config.stash[COLLECTED] = []
    config.stash[ORPHANS] = "orphans" in "".join(hygiene)
    if any(hygiene) or config.getoption("contract_report") or config.getoption("contract_target") == "live":
        _session_of(config)  # a wish that cannot be met is told before the first test


def _require_known(source: str, value: str | None, known: tuple[str, ...]) -> None:
    if value and value.strip().lower() not in known:
        raise pytest.UsageError(f"{source} is {value!r}: use one of {', '.join(known)}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Know every test, deselected ones too, when cassettes of no test are looked for."""
    if item.config.stash.get(ORPHANS, False):
        named = item.get_closest_marker("contract")
        item.config.stash[COLLECTED].append((item.nodeid, named and named.kwargs.get("cassette")))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A marked test gets its cassette even if it asks for no fixture: foreign clients need none.

    Last, so that marks which a conftest adds count, and deselected tests do not.
    """
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("contract") is not None:
            _use_fixture(item, "bce_cassette")
            try:
                _marked(item)
            except pytest.UsageError as error:
                if not hasattr(item.config, "workerinput"):
                    raise
                item.stash[REFUSED] = str(error)  # a worker that broke off here would take the whole run along


def _use_fixture(item: pytest.Function, name: str) -> None:
    """Ask for a function-scoped fixture before the test's own ones, and after those that outlive the test."""
    if name in item.fixturenames:
        return
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    wider = [
        known[each][-1].scope != "function" if known.get(each) else each == "request" for each in item.fixturenames
    ]
    first = wider.index(False) if False in wider else len(wider)
    # A list of its own: all cases of a parametrized test share one, and the mark may stand on one of them.
    item.fixturenames = [*item.fixturenames[:first], name, *item.fixturenames[first:]]


def _mode_of(config: pytest.Config, marked: Mapping[str, Any]) -> str:
    wishes = config.getoption("contract_mode"), os.environ.get(_MODE_VARIABLE), marked.get("mode")
    chosen: str = next(filter(None, wishes), "") or config.getini("contract_mode") or "replay"
    return chosen.strip().lower()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is run again starts anew; one that creates is left out of a live run that may not."""
    if SCOPE in item.stash:
        del item.stash[SCOPE]
    item.stash[UNFIT] = False
    if REFUSED in item.stash:
        pytest.fail(item.stash[REFUSED], pytrace=False)
    if item.config.getoption("contract_target") != "live" or item.get_closest_marker("contract") is None:
        return
    marked = _marked(item)
    may_create = item.config.getoption("contract_allow_create") or _mode_of(item.config, marked) == "replay"
    if marked.get("creates") and not may_create:
        pytest.skip("creates something: a live run does that only with --contract-allow-create")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Keep what was recorded when everything has passed, the teardown of every fixture included."""
    try:
        result = yield
    except BaseException:
        _settle(item, passed=False)
        raise
    _settle(item, passed=not item.stash.get(UNFIT, False))
    return result


def _settle(item: pytest.Item, *, passed: bool) -> None:
    if SCOPE not in item.stash:
        return
    from contractkit.errors import ContractkitError  # noqa: PLC0415 - inert until a test asks

    try:
        item.stash[SCOPE].settle(passed=passed)
    except ContractkitError as error:
        pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not report.passed and not hasattr(report, "wasxfail"):
        # Failed, itself or in a subtest, or broken off by a skip: half a recording would replay as half a test.
        item.stash[UNFIT] = True
    if report.failed:
        _hide_own_values(report)
    if item.config.getoption("contract_target") == "live":
        _session_of(item.config).redact(report)
    ours = SCOPE in item.stash or not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    if ours and (SESSION in item.config.stash or not report.failed):  # else the session itself could not be made
        _session_of(item.config).note_phase(
            item.nodeid,
            _title_of(item),
            when=report.when,
            outcome=report.outcome,
            seconds=report.duration,
            why=_why(report),
        )
    return report


def _hide_own_values(report: pytest.TestReport) -> None:
    """Frames of this package show code but no values: arguments and locals there hold keys and passwords."""
    for traceback, *_ in getattr(report.longrepr, "chain", ()):
        for entry in traceback.reprentries:
            place = getattr(entry, "reprfileloc", None)
            path = Path(place.path).resolve() if place is not None else None
            if path and path.is_relative_to(_PACKAGE) and not path.is_relative_to(_SUITE):
                entry.reprlocals = entry.reprfuncargs = None


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
def bce_cassette(request: pytest.FixtureRequest) -> Iterator[OpenCassette]:
    """The cassette of the test, open for every client in the process.

    It is kept if the test passed; after a failure the old one stays and what was recorded lies beside it.
    """
    with _scope_of(request).play() as cassette:
        yield cassette


@pytest.fixture
def bce_cloud(request: pytest.FixtureRequest, bce_cassette: OpenCassette) -> CloudHandle:  # noqa: ARG001 - see below
    """The cloud behind the test; `bce_cloud.endpoint("vpc")` is the base URL for any client.

    It brings the cassette along, since without one a client would reach the documented host in replay.
    """
    return _scope_of(request).cloud


@pytest.fixture
def bce_client(request: pytest.FixtureRequest, bce_cassette: OpenCassette) -> Iterator[Client]:
    """A signed client for every described operation, recorded and replayed like everything else."""
    with _scope_of(request).client(bce_cassette) as client:
        yield client


def _scope_of(request: pytest.FixtureRequest) -> TestScope:
    node = request.node
    if SCOPE not in node.stash:
        from contractkit.conformance.scope import TestScope  # noqa: PLC0415 - inert until a test asks

        config = request.config
        # By way of the node: a conftest speaks for its own directory only.
        extras = [each for each in node.ihook.pytest_contractkit_sanitizer(config=config) if each]
        node.stash[SCOPE] = TestScope(
            _session_of(config),
            node.nodeid,
            _marked(node),
            sanitizer_extras=extras,
            on_finding=lambda finding: node.ihook.pytest_contractkit_finding(
                finding=finding, nodeid=node.nodeid, config=config
            ),
        )
    scope: TestScope = node.stash[SCOPE]
    return scope


def _marked(node: Any) -> dict[str, Any]:
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


def _session_of(config: pytest.Config) -> ContractSession:
    if SESSION not in config.stash:
        from contractkit.conformance.session import ContractSession  # noqa: PLC0415 - inert until a test asks
        from contractkit.conformance.settings import read_settings  # noqa: PLC0415
        from contractkit.errors import ConfigurationError  # noqa: PLC0415

        options = {name: config.getoption(name) for name in vars(config.option) if name.startswith("contract_")}
        ini = {name: config.getini(name) for name in _INI}
        try:
            settings = read_settings(
                options, ini, os.environ, base=config.inipath.parent if config.inipath else config.rootpath
            )
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[SESSION] = ContractSession(settings)
    return config.stash[SESSION]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what a live run created, stop the embedded cloud, and put the run together.

    A worker hands its run to the controller, which writes the reports. Last, so that fixtures of an interrupted
    test still find the cloud.
    """
    config = session.config
    workers: list[bytes] = config.stash[WORKER_RUNS]
    if SESSION in config.stash:
        config.stash[SESSION].close()
    elif not workers:
        return
    contract = _session_of(config)
    _note_collected(config, contract)
    if hasattr(config, "workeroutput"):
        config.workeroutput["contractkit-known"] = sorted(contract.known_cassettes)
        config.workeroutput["contractkit-notes"] = [
            (each.kind, each.level, each.text) for each in contract.notes.values()
        ]
        config.workeroutput["contractkit"] = contract.encode(*_times(config))
        config.workeroutput["contractkit-leftovers"] = contract.leftovers
        return
    if _is_collected_well(config, session):
        contract.note_orphans(whole=config.args_source is not pytest.Config.ArgsSource.ARGS)
    orphaned = any(note.kind == "orphans" and note.level == "fail" for note in contract.notes.values())
    if (contract.leftovers or orphaned) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    from contractkit.errors import ConfigurationError  # noqa: PLC0415 - inert until a test asks

    try:
        config.stash[RUN] = contract.finish(workers, *_times(config))
    except ConfigurationError as error:
        config.stash[TROUBLE] = str(error)
        session.exitstatus = session.exitstatus or pytest.ExitCode.USAGE_ERROR


def _note_collected(config: pytest.Config, contract: ContractSession) -> None:
    """Turn the tests that were collected into the names of their cassettes."""
    if config.stash[COLLECTED]:
        from contractkit.recording.names import cassette_name, named_cassette  # noqa: PLC0415 - inert until a test asks

        for nodeid, named in config.stash[COLLECTED]:
            contract.known_cassettes.add(named_cassette(named) if isinstance(named, str) else cassette_name(nodeid))


def _is_collected_well(config: pytest.Config, session: pytest.Session) -> bool:
    """Whether every test of the collected modules is known: else a cassette of no test cannot be told."""
    narrowed = any("::" in argument for argument in config.args)
    left_out = any(config.getoption(name, None) for name in ("ignore", "ignore_glob", "lf", "last_failed", "stepwise"))
    broken = session.exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
    return config.stash[ORPHANS] and not (narrowed or left_out or broken)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the run of an xdist worker that has ended."""
    encoded = getattr(node, "workeroutput", {}).get("contractkit")
    if encoded is not None:
        node.config.stash[WORKER_RUNS].append(encoded)
    for kind, level, text in getattr(node, "workeroutput", {}).get("contractkit-notes", ()):
        from contractkit.conformance.hygiene import Note  # noqa: PLC0415 - inert until a test asks

        _session_of(node.config).note(Note(kind, level, text))
    if known := getattr(node, "workeroutput", {}).get("contractkit-known"):
        _session_of(node.config).known_cassettes.update(known)
    if left := getattr(node, "workeroutput", {}).get("contractkit-leftovers"):
        _session_of(node.config).leftovers += tuple(left)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was recorded, replayed, left unused and found, and where the reports are."""
    if TROUBLE in config.stash:
        terminalreporter.section("contractkit")
        terminalreporter.write_line(f"no report: {config.stash[TROUBLE]}", red=True, bold=True)
    if RUN not in config.stash:
        return
    from contractkit.conformance.report.terminal import summarize_run  # noqa: PLC0415 - inert until a test asks

    session = _session_of(config)
    lines = summarize_run(config.stash[RUN], verbose=config.option.verbose > 0)
    notes = sorted(session.notes.values(), key=lambda note: note.text)
    if lines or notes or session.leftovers or session.abandoned or session.settings.reports:
        terminalreporter.section("contractkit")
    for line in lines:
        terminalreporter.write_line(line.text, **line.markup)
    for note in notes[: None if config.option.verbose > 0 else 10]:
        terminalreporter.write_line(f"{note.kind}: {note.text}", yellow=note.level == "warn", red=note.level == "fail")
    for left in session.leftovers:
        terminalreporter.write_line(f"still there, remove it by hand: {left}", red=True, bold=True)
    for path in session.abandoned:
        words = f"{path} lists what a live run left: remove it with `contractkit sweep {path.name}`"
        terminalreporter.write_line(words, red=True)
    for path in session.settings.reports:
        terminalreporter.write_line(f"report: {path}")


def _times(config: pytest.Config) -> tuple[datetime, float]:
    started, since = config.stash[STARTED]
    return started, time.monotonic() - since


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name mode and target when they are not the quiet default."""
    mode, target = (
        config.getoption("contract_mode") or os.environ.get(_MODE_VARIABLE),
        config.getoption("contract_target"),
    )
    if not mode and target == "reference":
        return []
    lines = [f"contractkit: mode {mode or 'by test'}, target {target}"]
    if target == "live":
        lines.append("contractkit: the official SDK's log is held at INFO, since at DEBUG it holds signing keys")
    return lines


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].close()
