"""The summary in the terminal."""

from contractkit.conformance.report import (
    CassetteSummary,
    Exchange,
    FindingEntry,
    Line,
    build_report,
    summarize_coverage,
    summarize_run,
)
from contractkit.contract import Finding, load_contract


def texts(lines):
    return [line.text for line in lines]


def test_what_a_terminal_would_act_on_is_shown_instead():
    """A cassette or a server may try to fill the clipboard, turn text around, or begin a line that CI takes for a command."""
    line = Line("  unused  GET /v1/\x1b]52;c;eA==\x07\n::error::x\u202e\tend")
    assert line.text == r"  unused  GET /v1/\x1b]52;c;eA==\x07\n::error::x\u202e" + "\tend"


def test_a_run_that_used_no_contract_says_nothing(make_run):
    assert summarize_run(make_run(exchanges=(), cassettes=CassetteSummary())) == ()


def test_recorded_replayed_unused_and_findings_are_told_in_words(failing_run):
    lines = summarize_run(failing_run())
    assert texts(lines)[0] == "2 cassettes: 0 recorded, 6 replayed, 1 unused interactions"
    assert "  unused  GET /v1/vpc/vpc-1  (vpc/life.json)" in texts(lines)
    assert "findings: 1 error, 1 note" in texts(lines)
    grave = next(line for line in lines if "eip.bind_eip" in line.text)
    assert grave.text.startswith("  error   status")
    assert grave.markup == {"red": True, "bold": True}


def test_a_clean_run_says_how_much_was_checked(make_run):
    lines = summarize_run(make_run())
    assert texts(lines) == [
        "2 cassettes: 7 recorded, 0 replayed, 0 unused interactions",
        "7 interactions held against the contract: no findings",
    ]
    assert {line.style for line in lines} == {"good"}


def test_long_lists_are_cut_unless_everything_is_asked_for(make_run):
    findings = tuple(
        FindingEntry.of(Finding("body-added", "note", "vpc.get_vpc", f"/m{n}", "added")) for n in range(14)
    )
    run = make_run(findings=findings)
    short, full = summarize_run(run), summarize_run(run, verbose=True)
    assert texts(short)[-1] == "  ... and 4 more findings; -v lists them all"
    assert sum("body-added" in text for text in texts(full)) == 14


def test_coverage_has_one_line_for_each_service(make_run):
    run = make_run(exchanges=(Exchange("vpc.create_vpc", 200),))
    contract = load_contract()
    lines = summarize_coverage(build_report([run], contract).coverage)
    assert len(lines) == len(contract.services)
    assert (
        lines[0].text.split()
        == f"vpc 1 of {len(contract.operations('vpc'))} operations exercised, 1 with success".split()
    )
