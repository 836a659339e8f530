"""Findings are listed, handed to hooks, and fail a test where that was asked for; conftests add sanitizer rules."""

import pytest

DRIFT = """
from contractkit.message import Response

def test_drift(bce_client, bce_cloud):
    if bce_cloud.reference is not None:
        answer = bce_cloud.reference.answer
        def changed(request, sky):
            response = answer(request, sky)
            return response.replace(body=response.body.replace(b'"isTruncated":false', b'"isTruncated":"no"'))
        bce_cloud.reference.answer = changed
    bce_client.vpc.list_vpcs()
"""


def test_findings_are_listed_and_warn_by_default(project):
    project.write(test_a=DRIFT)
    for mode in ("record", "replay", "direct"):
        result = project.run(f"--contract-mode={mode}")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["findings: 1 error", "*error*vpc.list_vpcs*/isTruncated*"])


def test_findings_that_are_ignored_are_not_told(project):
    project.write(test_a=DRIFT)
    project.record("--contract-findings=ignore").stdout.no_fnmatch_line("*isTruncated*")
    project.replay("--contract-findings=ignore").stdout.no_fnmatch_line("findings:*")


@pytest.mark.parametrize("how", ["option", "ini"])
@pytest.mark.parametrize("mode", ["record", "replay", "direct"])
def test_a_finding_fails_its_test_where_that_was_asked_for(project, how, mode):
    project.write(test_a=DRIFT + project.lists)
    project.record(passed=2)
    before = project.files()
    project.ini(*(["contract_findings = fail"] if how == "ini" else []))
    result = project.run(f"--contract-mode={mode}", *(["--contract-findings=fail"] if how == "option" else []))
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*FindingsError: the interactions of this test break the contract:", "*isTruncated*"])
    if mode == "record":  # a test that fails leaves its cassette alone
        assert project.files()["test_a/test_drift.json"] == before["test_a/test_drift.json"]


def test_the_option_can_loosen_what_the_ini_value_said(project):
    project.ini("contract_findings = fail")
    project.write(test_a=DRIFT)
    project.run("--contract-mode=direct", "--contract-findings=warn").assert_outcomes(passed=1)


def test_a_test_that_fails_anyway_is_not_failed_twice(project):
    project.write(test_a=DRIFT + "    assert False\n")
    project.run("--contract-mode=direct", "--contract-findings=fail").assert_outcomes(failed=1)


def test_a_conftest_is_told_every_finding_of_its_own_directory(project):
    project.write(test_a=DRIFT)
    for folder in ("one", "two"):
        (project.root / folder).mkdir()
        (project.root / folder / "conftest.py").write_text(
            "def pytest_contractkit_finding(finding, nodeid, config):\n"
            f"    print('told {folder}', nodeid, finding.level, finding.pointer)\n"
        )
        (project.root / folder / "test_b.py").write_text(DRIFT)
    result = project.run("--contract-mode=direct", "-s", "--import-mode=importlib")
    result.assert_outcomes(passed=3)
    told = [line.partition("told ")[2] for line in result.outlines if "told " in line]
    assert [line.split()[:3] for line in told] == [
        ["one", "one/test_b.py::test_drift", "error"],
        ["two", "two/test_b.py::test_drift", "error"],
    ]


def test_a_conftest_adds_sanitizer_rules(project):
    project.write(
        conftest="""
        import pytest

        def hide_description(interaction):
            request = interaction.request
            changed = request.replace(body=request.body.replace(b"customer 4711", b"customer"))
            return type(interaction)(changed, interaction.response)

        def pytest_contractkit_sanitizer(config):
            return {"own": [hide_description], "on": ["CK-ALIAS-005"], "off": {"CK-ALIAS-002": "ids are compared"}}
        """,
        test_a="""
        def test_a(bce_client):
            bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16", description="customer 4711")
        """,
    )
    project.record()
    text = (project.cassettes / "test_a/test_a.json").read_text()
    assert "4711" not in text
    assert '"description": "customer"' in text
    assert '"CK-ALIAS-005"' in text
    assert '"ids are compared"' in text


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("{'rules': []}", "returns a mapping with any of own (functions), on (rule ids), off (rule id to reason)"),
        ("[1]", "returns a mapping with any of own (functions)"),
        ("{'on': ['CK-NO-1']}", "no sanitizer rule 'CK-NO-1'"),
        ("{'off': {'CK-URL-001': 'why not'}}", "CK-URL-001 cannot be switched off"),
    ],
)
def test_a_sanitizer_hook_that_makes_no_sense_is_told(project, returned, told):
    project.write(conftest=f"def pytest_contractkit_sanitizer(config):\n    return {returned}\n", test_a=project.lists)
    result = project.run("--contract-mode=record")
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()
    assert not project.cassettes.exists() or project.names() == []
