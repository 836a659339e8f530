"""Reports are written by the run they tell of, whatever its outcome."""

import json
from xml.etree import ElementTree as ET

import pytest

REPORTS = ("--contract-report=out/r.html", "--contract-report=out/r.json", "--junitxml=out/r.xml")


def read(project, name="r.json"):
    return json.loads((project.root / "out" / name).read_text())


@pytest.mark.parametrize("mode", ["record", "direct"])
def test_reports_tell_of_passed_and_failed_tests_alike(project, mode):
    project.write(
        test_a=project.lists
        + "\ndef test_fails(bce_client):\n    '''Addresses are listed.'''\n    bce_client.eip.list_eips()\n"
        "    assert False, 'out of <order>'\n"
    )
    result = project.run(f"--contract-mode={mode}", *REPORTS)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"report: {project.root / 'out' / 'r.html'}", f"report: {project.root}*r.json"])
    report = read(project)
    assert report["verdict"] == "failed"
    tests = {test["id"]: test for test in report["runs"][0]["tests"]}
    assert tests["test_a.py::test_lists"]["outcome"] == "passed"
    assert tests["test_a.py::test_fails"]["outcome"] == "failed"
    assert tests["test_a.py::test_fails"]["title"] == "Addresses are listed."
    assert "out of <order>" in tests["test_a.py::test_fails"]["message"]
    assert {each["operation"] for each in report["runs"][0]["exchanges"]} == {"vpc.list_vpcs", "eip.list_eips"}
    page = (project.root / "out" / "r.html").read_text()
    assert "Addresses are listed" in page
    assert "out of &lt;order&gt;" in page
    assert len(ET.parse(project.root / "out" / "r.xml").findall(".//testcase")) == 2  # noqa: S314 - our own file


def test_a_replay_that_misses_is_reported_with_what_is_missing(project):
    project.write(test_a=project.lists)
    project.replay(*REPORTS, failed=1)
    (test,) = read(project)["runs"][0]["tests"]
    assert "no answer to GET bcc.bj.baidubce.com/v1/vpc" in test["message"]


@pytest.mark.parametrize("arguments", [("--no-summary",), ("-q",), ("-p", "no:terminal")], ids=" ".join)
def test_reports_do_not_depend_on_the_terminal(project, arguments):
    project.write(test_a=project.lists)
    project.run("--contract-mode=record", *REPORTS, *arguments)
    assert read(project)["verdict"] == "passed"


def test_a_run_without_contracts_reports_that_nothing_was_tested(project):
    project.write(test_a="def test_plain():\n    pass\n")
    project.run(*REPORTS).assert_outcomes(passed=1)
    assert read(project)["runs"][0]["tests"] == []
    assert read(project)["verdict"] == "failed"


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.xml", "."])
def test_a_report_that_could_not_be_written_is_told_before_the_first_test(project, name):
    project.write(test_a="def test_plain():\n    pass\n")
    result = project.run(f"--contract-report={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "collected" not in result.stdout.str()


def test_a_report_whose_place_vanished_is_told_and_fails_the_run(project):
    """What the run was asked for and could not do is no success; the tests and their cassettes stand."""
    project.write(
        test_a="from pathlib import Path\ndef test_a(bce_client):\n    bce_client.vpc.list_vpcs()\n"
        "    Path('out').write_text('a file in the way')\n"
    )
    result = project.run("--contract-mode=record", "--contract-report=out/r.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["no report: *out/r.json: cannot be written*name another place"])
    assert project.names() == ["test_a/test_a.json"]
