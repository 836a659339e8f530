"""A suite that uses nothing of ours is left alone."""

import pytest

PLAIN = """
import sys

import pytest


@pytest.fixture
def number():
    return 1


@pytest.mark.parametrize("n", [1, 2])
def test_plain(number, n):
    assert number + n


def test_nothing_of_ours_was_imported():
    ours = {name for name in sys.modules if name.partition(".")[0] == "contractkit"}
    assert {".".join(name.split(".")[:2]) for name in ours} <= {"contractkit", "contractkit.pytest_plugin"}
    assert {"vcr", "h11", "requests", "msgspec", "jsonschema_rs", "jinja2"}.isdisjoint(sys.modules)


@pytest.mark.xfail
def test_expected_to_fail():
    assert False


def test_fails():
    assert False, "as it should"


@pytest.mark.skip
def test_skipped():
    pass
"""
OUTCOMES = {"passed": 3, "failed": 1, "skipped": 1, "xfailed": 1}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-W", "error", "--strict-markers", "--strict-config"),
        ("-p", "no:recording"),
        ("-p", "no:xdist", "-p", "no:recording"),
        pytest.param(("-n", "2"), marks=pytest.mark.slow),
        ("--block-network", "--record-mode=none"),
    ],
    ids=" ".join,
)
def test_a_suite_without_contracts_runs_as_if_the_plugin_were_not_there(project, arguments):
    project.write(test_plain=PLAIN)
    # The plugin of betamax imports requests in every run, whoever uses it.
    result = project.spawn("-p", "no:pytest-betamax", *arguments)
    result.assert_outcomes(**OUTCOMES)
    shown = [line for line in result.outlines if "contractkit" in line and not line.startswith("plugins:")]
    assert [line for line in shown if "test_nothing_of_ours" not in line] == []
    assert "warning" not in result.stdout.str().lower()
    assert not project.cassettes.exists()


def test_pytest_recording_beside_it_keeps_its_own_marks_and_options(project):
    project.write(
        test_both=f"import pytest\n{project.lists}\n@pytest.mark.vcr\ndef test_theirs(vcr):\n    assert vcr is not None\n"
    )
    project.record("--record-mode=none", passed=2)
    assert "test_both/test_lists.json" in project.names()
    project.replay("--record-mode=none", "--block-network", passed=2)


@pytest.mark.slow
def test_a_recording_leaves_nothing_unclosed(project):
    """Connections and journals are closed: nothing is left for the garbage collector to complain of."""
    project.write(test_a=project.network + project.lists)
    for mode in ("record", "replay", "extend", "direct"):
        result = project.spawn("-W", "error", f"--contract-mode={mode}")
        result.assert_outcomes(passed=2)
        assert "ResourceWarning" not in result.stdout.str() + result.stderr.str()
