"""The end of a session: clean up, put the runs of all workers together, and tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contractkit.pytest_plugin.state import COLLECTED, ORPHANS, RUN, SESSION, TROUBLE, WORKER_RUNS, session_of, times_of

if TYPE_CHECKING:
    from contractkit.conformance.session import ContractSession


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
    contract = session_of(config)
    _note_collected(config, contract)
    if hasattr(config, "workeroutput"):
        config.workeroutput["contractkit-known"] = sorted(contract.known_cassettes)
        config.workeroutput["contractkit-notes"] = [
            (each.kind, each.level, each.text) for each in contract.notes.values()
        ]
        config.workeroutput["contractkit"] = contract.encode(*times_of(config))
        config.workeroutput["contractkit-leftovers"] = contract.leftovers
        return
    if _is_collected_well(config, session):
        contract.note_orphans(whole=config.args_source is not pytest.Config.ArgsSource.ARGS)
    orphaned = any(note.kind == "orphans" and note.level == "fail" for note in contract.notes.values())
    if (contract.leftovers or orphaned) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    from contractkit.errors import ConfigurationError  # noqa: PLC0415 - inert until a test asks

    try:
        config.stash[RUN] = contract.finish(workers, *times_of(config))
    except ConfigurationError as error:
        config.stash[TROUBLE] = str(error)
        session.exitstatus = session.exitstatus or pytest.ExitCode.USAGE_ERROR


def _note_collected(config: pytest.Config, contract: ContractSession) -> None:
    """Turn the tests that were collected into their cassettes, or parts of cassettes that they share."""
    if config.stash[COLLECTED]:
        from contractkit.recording.names import cassette_name, named_cassette, part_name  # noqa: PLC0415 - inert until a test asks

        for item in config.stash[COLLECTED]:
            marks = (each.kwargs for each in item.iter_markers("contract"))  # the closest first
            named = next((each["cassette"] for each in marks if "cassette" in each), None)
            shared = (named_cassette(named), part_name(item.nodeid)) if isinstance(named, str) else None
            contract.known_cassettes.add(shared or (cassette_name(item.nodeid), ""))


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

        session_of(node.config).note(Note(kind, level, text))
    if known := getattr(node, "workeroutput", {}).get("contractkit-known"):
        session_of(node.config).known_cassettes.update(known)
    if left := getattr(node, "workeroutput", {}).get("contractkit-leftovers"):
        session_of(node.config).add_leftovers(left)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was recorded, replayed, left unused and found, and where the reports are."""
    if TROUBLE in config.stash:
        terminalreporter.section("contractkit")
        terminalreporter.write_line(f"no report: {config.stash[TROUBLE]}", red=True, bold=True)
    if RUN not in config.stash:
        return
    from contractkit.conformance.report.terminal import summarize_run  # noqa: PLC0415 - inert until a test asks

    session = session_of(config)
    verbose = config.get_verbosity(pytest.Config.VERBOSITY_TEST_CASES) > 0
    lines = summarize_run(config.stash[RUN], verbose=verbose, findings=session.settings.findings != "ignore")
    told = sorted(session.notes.values(), key=lambda note: note.text)
    missing = [note for note in told if note.kind == "missing"]
    notes = [note for note in told if note.kind != "missing"]
    # Like pytest's own line on JUnit results, the names of reports are left out of a quiet run.
    reports = session.settings.reports if config.get_verbosity() >= 0 else ()
    if lines or told or session.leftovers or session.abandoned or reports:
        terminalreporter.section("contractkit")
    for line in lines:
        terminalreporter.write_line(line.text, **line.markup)
    if missing:
        words = "1 cassette does not exist" if len(missing) == 1 else f"{len(missing)} cassettes do not exist"
        terminalreporter.write_line(f"{words} yet: record with `pytest --contract-mode=record`", red=True)
    for note in notes[: None if verbose else 10]:
        terminalreporter.write_line(f"{note.kind}: {note.text}", yellow=note.level == "warn", red=note.level == "fail")
    for left in session.leftovers:
        terminalreporter.write_line(f"still there, remove it by hand: {left}", red=True, bold=True)
    for path in session.abandoned:
        words = f"{path} lists what a live run left: remove it with `contractkit sweep {path.name}`"
        terminalreporter.write_line(words, red=True)
    for path in reports:
        terminalreporter.write_line(f"report: {path}")


def pytest_unconfigure(config: pytest.Config) -> None:
    if SESSION in config.stash:
        config.stash[SESSION].close()
