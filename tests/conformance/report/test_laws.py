"""Laws in a report: a broken one fails it, each is shown with what it was tried with, and what was left out is named."""

import html
from pathlib import Path

import pytest

from contractkit.conformance.report import Law, build_report, read_report, summarize_laws, write_laws, write_report
from contractkit.contract import load_contract

HELD = Law("signer", "shows no secret", "neither key is shown.", 200, {"body": 50, "query: none": 1})
BROKEN = Law("ledger", "the window slides", "counts from the last.", 3, {}, "<POST /v1/vpc> was fresh\nsecond line")
LEFT_OUT = Law("live", "the window slides", "", 0, {}, "", "the clock cannot be turned")


@pytest.fixture
def report_of(make_run):
    """A report of a run that went well, with these laws."""
    return lambda *laws: build_report([make_run()], load_contract(), laws)


def test_a_broken_law_fails_the_report(report_of):
    """Every test passed, and still the verdict is failed, with the reason."""
    assert report_of(HELD, LEFT_OUT).verdict == "passed"
    failed = report_of(HELD, BROKEN)
    assert failed.verdict == "failed"
    assert failed.reasons == ("1 law broken",)


def test_the_terminal_names_what_is_broken_and_what_was_left_out():
    """One line for all, then the first line of each broken law, then each that was left out with its reason."""
    told = [str(line) for line in summarize_laws((HELD, BROKEN, LEFT_OUT))]
    assert told == [
        "2 laws examined with 203 examples, 1 broken",
        "  broken  ledger: the window slides: <POST /v1/vpc> was fresh",
        "  left out  live: the window slides (the clock cannot be turned)",
    ]
    assert summarize_laws(()) == ()


@pytest.mark.parametrize("suffix", ["json", "html"])
def test_the_files_show_laws_and_shares(report_of, tmp_path, suffix):
    """JSON gives the laws back member for member; the page shows the share of each class, escaped."""
    path = Path(tmp_path / f"r.{suffix}")
    write_report(report_of(HELD, BROKEN, LEFT_OUT), path)
    if suffix == "json":
        assert read_report(path).laws == (HELD, BROKEN, LEFT_OUT)
        return
    page = path.read_text("utf-8")
    assert 'query: none <span class="share">0</span>' in page
    assert 'body <span class="share">25</span>' in page
    assert "&lt;POST /v1/vpc&gt; was fresh" in page
    assert "the clock cannot be turned" in page


def test_a_page_without_laws_has_no_section_of_them(report_of, tmp_path):
    """Whoever did not ask for laws is not shown any."""
    write_report(report_of(), tmp_path / "r.html")
    assert 'id="laws"' not in (tmp_path / "r.html").read_text("utf-8")


def test_laws_alone_are_a_page_as_in_a_report(tmp_path):
    """The verdict, the counts and the very table of a report, escaped, without a script or another place."""
    write_laws((HELD, BROKEN, LEFT_OUT), tmp_path / "laws.html", profile="ci")
    page = (tmp_path / "laws.html").read_text("utf-8")
    assert "<title>Broken: 203 examples" in page
    assert "3 laws examined under the profile ci with 203 examples: 1 broken, 1 left out." in page
    assert 'body <span class="share">25</span>' in page
    assert "&lt;POST /v1/vpc&gt; was fresh" in page
    assert "<script" not in page
    assert "default-src 'none'" in html.unescape(page)
    write_laws((HELD,), tmp_path / "laws.html", profile="ci")
    assert "<title>Held: 200 examples" in (tmp_path / "laws.html").read_text("utf-8")
