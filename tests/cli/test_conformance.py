"""`contractkit conformance`, with small suites and the packaged one."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from contractkit.cli import app
from contractkit.conformance.report import Law, read_report
from contractkit.conformance.run import Plan, run_conformance
from contractkit.errors import ConfigurationError

ROOT = Path(__file__).parent.parent.parent

READ = """
import pytest
pytestmark = pytest.mark.contract

def test_reads(bce_client):
    "A list can be read."
    assert list(bce_client.vpc.list_vpcs()) is not None
"""


@pytest.fixture
def run(tmp_path, capfd):
    """Run a suite of one file: gives the outcome, what was announced, and what pytest printed."""

    def ran(source, environment=None, **wishes):
        suite = tmp_path / "suite"
        suite.mkdir(exist_ok=True)
        (suite / "test_one.py").write_text(source)
        told = []
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        inherited = {**os.environ, "PYTHONPATH": paths, **(environment or {})}
        outcome = run_conformance(Plan(suite=suite, **wishes), inherited, told.append)
        return outcome, told, capfd.readouterr().out

    return ran


def test_both_passes_are_run_and_stand_side_by_side_in_every_report(run, tmp_path):
    files = tmp_path / "r.json", tmp_path / "r.html"
    outcome, told, _ = run(READ, reports=files, junit=tmp_path / "j.xml", cassettes=tmp_path / "kept")
    assert outcome.passed
    assert [(each.mode, each.code) for each in outcome.passes] == [("record", 0), ("replay", 0)]
    assert told == ["1/2 recording against the reference cloud", "2/2 replaying offline from what was recorded"]
    report = read_report(files[0])
    assert [each.mode for each in report.runs] == ["record", "replay"]
    assert report.coverage.succeeded == 1
    joined = ET.parse(tmp_path / "j.xml").getroot()  # noqa: S314 - written by pytest a moment ago
    names = [suite.get("name") for suite in joined.iter("testsuite")]
    assert names == ["contractkit-record", "contractkit-replay"]
    assert list((tmp_path / "kept").rglob("*.json"))
    assert outcome.files == (*files, tmp_path / "j.xml")


def test_a_failure_in_either_pass_fails_the_run_with_its_reason(run):
    source = READ + "\ndef test_wrong(bce_cloud):\n    assert bce_cloud.mode.value == 'record'\n"
    outcome, _, printed = run(source)
    assert not outcome.passed
    assert [each.code for each in outcome.passes] == [0, 1]
    assert outcome.report.reasons == ("replay: 1 test failed",)
    assert "test_wrong" in printed


def test_a_selection_of_nothing_is_no_pass(run):
    outcome, _, _ = run(READ, select="nothing_like_this")
    assert not outcome.passed
    assert [each.reason for each in outcome.passes] == ["no test was selected; widen -k"]


def test_the_callers_configuration_and_credentials_do_not_reach_the_suite(run, monkeypatch, tmp_path):
    source = (
        READ + "\ndef test_clean(bce_cloud):\n    import os\n    assert 'BAIDUCLOUD_SECRET_KEY' not in os.environ\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('loaded')\n")
    monkeypatch.chdir(tmp_path)
    foreign = {"PYTEST_ADDOPTS": "--no-such-option", "CONTRACTKIT_MODE": "direct", "BAIDUCLOUD_SECRET_KEY": "s" * 32}
    assert run(source, foreign)[0].passed


def test_a_live_run_is_one_pass_and_needs_credentials(run):
    outcome, told, _ = run(READ, {"BAIDUCLOUD_ACCESS_KEY": "", "BAIDUCLOUD_SECRET_KEY": ""}, target="live")
    assert told == ["1/1 running against the live cloud"]
    assert not outcome.passed
    assert outcome.passes[0].reason.startswith("pytest refused the options")


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"reports": (Path("r.pdf"),)}, r"\.html or \.json"),
        ({"junit": Path("j.json")}, r"\.xml"),
        ({"workers": 0}, "1 or more"),
        ({"region": "mars"}, "no region"),
        ({"cassettes": Path("notes.txt")}, "notes.txt: cannot be written .*; name another place"),
        ({"cassettes": Path("notes.txt/inside")}, "notes.txt/inside: cannot be written"),
        ({"junit": Path("notes.txt/j.xml")}, r"j\.xml: cannot be written .*; name another place"),
        ({"junit": Path("folder.xml")}, "is a directory; name a file in it"),
        ({"reports": (Path("notes.txt/r.html"),)}, r"r\.html: cannot be written"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused_before_anything_starts(wishes, told, tmp_path, monkeypatch):
    """No pass is started for results that would have no place to go, and nothing is made on the disk."""
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("mine")
    Path("folder.xml").mkdir()
    with pytest.raises(ConfigurationError, match=told):
        run_conformance(Plan(**wishes), {}, pytest.fail)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["folder.xml", "notes.txt"]


@pytest.mark.parametrize("wishes", [{}, {"verbose": True}])
def test_no_pass_names_a_file_that_is_gone_when_it_can_be_read(run, tmp_path, wishes):
    """What pytest prints names no directory of the pass; the files that stay are told by the command at the end."""
    outcome, _, printed = run(READ, reports=(tmp_path / "r.json",), **wishes)
    assert outcome.passed
    assert "1 passed" in printed
    assert tempfile.gettempdir() + "/contractkit-" not in printed


def test_results_cut_off_by_a_kill_are_left_out_of_junit_and_told(run, tmp_path):
    """Half a JUnit file of one pass costs neither the other pass nor the reports, and a line says what is missing."""
    source = (
        READ
        + """
def test_spoils_the_file(bce_cloud, request):
    xml = request.config.getoption("xmlpath")
    if bce_cloud.mode.value == "replay":
        import atexit, pathlib
        atexit.register(lambda: pathlib.Path(xml).write_text("<testsuites><testsuite name='half"))
"""
    )
    files = (tmp_path / "r.json",)
    outcome, told, _ = run(source, reports=files, junit=tmp_path / "j.xml")
    assert outcome.files == (*files, tmp_path / "j.xml")
    joined = ET.parse(tmp_path / "j.xml").getroot()  # noqa: S314 - written a moment ago
    assert [suite.get("name") for suite in joined.iter("testsuite")] == ["contractkit-record"]
    assert told[-1].endswith("left out the replay pass, whose results were cut off; run it again")


def test_json_is_what_the_json_option_writes():
    """A page under --json is refused before anything runs."""
    done = CliRunner().invoke(app, ["conformance", "--json", "r.html"])
    assert done.exit_code == 2
    assert "must end in .json" in done.output


@pytest.mark.slow
def test_an_interruption_waits_for_the_clean_up_and_says_one_line(tmp_path):
    mark = tmp_path / "cleaned"
    started = tmp_path / "started"
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "test_one.py").write_text(f"""
import pathlib, time, pytest

@pytest.fixture
def thing():
    yield
    time.sleep(0.5)
    pathlib.Path({str(mark)!r}).touch()

def test_long(thing):
    pathlib.Path({str(started)!r}).touch()
    time.sleep(30)
""")
    program = (
        "import os; from pathlib import Path; from contractkit.cli import app;"
        "import contractkit.conformance.run as room; made = room.Plan;"
        f"room.Plan = lambda **wishes: made(**wishes, suite=Path({str(suite)!r}));"
        "app(['conformance'])"
    )
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    deadline = time.monotonic() + 20
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "interrupted\n"
    assert "stopping: waiting for the suite to clean up" in out
    assert mark.exists()


@pytest.mark.slow
def test_the_packaged_suite_passes_against_the_reference_cloud(start, tmp_path):
    """By its main families: the whole of it runs in the tests of live runs, and offline from the committed cassettes."""
    families = "test_vpc or test_eip or test_dns or test_privatezone"
    process = start("conformance", "-k", families, "--report", tmp_path / "r.html", "--json", tmp_path / "r.json")
    out, err = process.communicate(timeout=600)
    assert (process.returncode, err) == (0, ""), out
    assert "conformance: passed" in out
    report = read_report(tmp_path / "r.json")
    assert report.verdict == "passed"
    assert report.coverage.exercised > 30


def test_laws_are_examined_after_the_passes_and_stand_in_the_report(run, tmp_path):
    """What a plan says about laws is done once; a broken one fails the run."""
    law = Law("mine", "holds", "it holds.", 5, {"odd": 2})
    outcome, told, _ = run(READ, reports=(tmp_path / "r.json",), laws=lambda announce: (announce("laws"), (law,))[1])
    assert outcome.passed
    assert told[-1] == "laws"
    assert read_report(tmp_path / "r.json").laws == (law,)
    outcome, _, _ = run(READ, laws=lambda _: (Law("mine", "holds", "", 1, {}, "it does not"),))
    assert not outcome.passed


def test_an_unknown_profile_of_laws_is_refused_before_anything_runs():
    """A misspelt profile is a usage error that names the known ones, and costs no run."""
    done = CliRunner().invoke(app, ["conformance", "--laws", "weekly"])
    assert done.exit_code == 2
    assert "dev, ci, nightly" in done.output


@pytest.mark.parametrize("more", [(), ("--laws", "dev")], ids=["suite", "laws"])
def test_the_live_cloud_needs_credentials(monkeypatch, more):
    """Without them nothing starts, and the exit code says wrong settings, not a failed run."""
    for name in ("BAIDUCLOUD_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, ["conformance", "--target", "live", *more])
    assert done.exit_code == 2
    assert "BAIDUCLOUD_ACCESS_KEY" in done.output
