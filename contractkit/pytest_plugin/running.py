"""One test from setup to report: left out, kept, or told without a secret."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from contractkit.pytest_plugin.options import mode_of
from contractkit.pytest_plugin.state import RAISED, REFUSED, SCOPE, SESSION, UNFIT, marks_of, session_of

_FIXTURES = frozenset({"bce_client", "bce_cloud", "bce_cassette", "bce_credentials"})
_PACKAGE = Path(__file__).resolve().parent.parent
_SUITE = _PACKAGE / "conformance" / "suite"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is run again starts anew; one that creates is left out of a live run that may not."""
    if SCOPE in item.stash:
        del item.stash[SCOPE]
    item.stash[UNFIT] = item.stash[RAISED] = False
    if REFUSED in item.stash:
        pytest.fail(item.stash[REFUSED], pytrace=False)
    if item.config.getoption("contract_target") != "live" or item.get_closest_marker("contract") is None:
        return
    marked = marks_of(item)
    may_create = item.config.getoption("contract_allow_create") or mode_of(item.config, marked) == "replay"
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

    told = ""
    try:
        item.stash[SCOPE].settle(passed=passed, raised=item.stash.get(RAISED, False))
    except ContractkitError as error:
        told = f"{type(error).__name__}: {error}"
    if told:  # out here, or pytest would show the error a second time as the cause of this one
        pytest.fail(told, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if SESSION in item.config.stash and isinstance(told := getattr(item, "hypothesis_statistics", None), str):
        vars(item)["hypothesis_statistics"] = session_of(item.config).redact_text(told)  # before JUnit has them
    report = yield
    if call.when == "call":
        item.stash[RAISED] = call.excinfo is not None
    if not report.passed and not hasattr(report, "wasxfail"):
        # Failed, itself or in a subtest, or broken off by a skip: half a recording would replay as half a test.
        item.stash[UNFIT] = True
    if report.failed:
        _hide_own_values(report)
    if SESSION in item.config.stash:
        session_of(item.config).redact(report)
    ours = SCOPE in item.stash or not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    if ours and (SESSION in item.config.stash or not report.failed):  # else the session itself could not be made
        session_of(item.config).note_phase(
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
