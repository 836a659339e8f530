"""Cassettes that are left over, of no test, too old or of another contract: ignored, warned of or failed, as asked."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from contractkit.recording.store import load_cassette, replace_file

TWO = """
def test_one(bce_client):
    bce_client.vpc.list_vpcs()
    {more}

def test_two(bce_client):
    bce_client.vpc.list_vpcs()
"""
ONE = "test_a/test_one.json"


def rewrite(project, name, **changes):
    """Change fields of a cassette and seal it again."""
    path = project.cassettes / name
    cassette = load_cassette(path)
    for field, value in changes.items():
        object.__setattr__(cassette, field, value)
    replace_file(path, cassette.encode())


def days_ago(number):
    return (datetime.now(UTC).date() - timedelta(days=number)).isoformat()


@pytest.fixture
def recorded(project):
    """Two cassettes; the first holds an answer that its test does not ask for any more."""
    project.write(test_a=TWO.format(more="bce_client.eip.list_eips()"))
    project.record(passed=2)
    project.write(test_a=TWO.format(more=""))
    return project


def test_leftover_interactions_fail_only_their_own_test_and_only_if_it_passed(recorded):
    result = recorded.run("--contract-hygiene=unused=fail")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*test_one.json: nothing asked for 1 of its interactions (eip.list_eips /v1/eip)*"])
    recorded.run("--contract-hygiene=unused=fail", "-k", "test_two").assert_outcomes(passed=1, deselected=1)
    recorded.write(test_a=TWO.format(more="assert False"))
    recorded.run("--contract-hygiene=unused=fail").assert_outcomes(passed=1, failed=1)


def test_leftover_interactions_can_be_ignored(recorded):
    result = recorded.replay("--contract-hygiene=unused=ignore", passed=2)
    result.stdout.fnmatch_lines(["2 cassettes: 0 recorded, 2 replayed, 0 unused interactions"])


def test_a_cassette_of_no_test_is_told_or_fails_the_run(recorded):
    (recorded.cassettes / "test_a" / "test_gone.json").write_bytes((recorded.cassettes / ONE).read_bytes())
    result = recorded.run("--contract-hygiene=orphans=warn")
    result.stdout.fnmatch_lines(["orphans: test_a/test_gone.json: no test uses it; remove it"])
    assert result.ret == 0
    result = recorded.run("--contract-hygiene=orphans=fail")
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "orphans" not in recorded.run().stdout.str()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-k", "test_two"), True),
        (("-x",), True),
        (("test_a.py",), True),
        (("test_a.py::test_one",), False),
        (("--ignore=test_b.py",), False),
        (("test_b.py",), False),
        (("--lf",), False),
    ],
)
def test_a_selection_makes_no_orphan_of_a_test_that_was_left_out(recorded, arguments, told):
    """Deselected tests and tests after the first failure count; what was not collected is not judged."""
    recorded.write(test_b=recorded.lists)
    recorded.run("--contract-mode=record", "test_b.py")
    (recorded.cassettes / "test_a" / "test_gone.json").write_bytes((recorded.cassettes / ONE).read_bytes())
    result = recorded.run("--contract-hygiene=orphans=fail", *arguments)
    lines = [line for line in result.outlines if line.startswith("orphans:")]
    assert lines == (["orphans: test_a/test_gone.json: no test uses it; remove it"] if told else [])


SHARED = """
import pytest

pytestmark = pytest.mark.contract(cassette="area/shared")

@pytest.mark.contract(verify=False)
@pytest.mark.parametrize("n", [{numbers}])
def test_shares(bce_client, n):
    bce_client.vpc.list_vpcs(maxKeys=n)
"""


def test_a_part_of_no_test_in_a_cassette_that_tests_share_is_told(project):
    """A test that was renamed or removed leaves its part behind, which no other test would ever ask for."""
    project.write(test_a=SHARED.format(numbers="1, 2"), test_b=SHARED.format(numbers="3"))
    project.record(passed=3)
    project.replay("--contract-hygiene=orphans=fail,unused=fail", passed=3)
    project.write(test_a=SHARED.format(numbers="1"))
    told = "orphans: area/shared.json: its part test_a/test_shares-2-* is of no test; remove the file, and record*"
    result = project.run("--contract-hygiene=orphans=fail")
    result.stdout.fnmatch_lines([told])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    project.run("--contract-hygiene=orphans=fail", "test_a.py").stdout.fnmatch_lines([told])
    assert project.run("--contract-hygiene=orphans=fail", "test_b.py").ret == 0, "that module was not collected"
    project.spawn("-n", "1", "--contract-hygiene=orphans=warn").stdout.fnmatch_lines([told])


def test_a_shared_cassette_makes_no_orphans_of_its_neighbours(project):
    """Its folder has the name of no module, so that other modules, not collected now, may use what lies in it."""
    project.write(test_a=SHARED.format(numbers="1"), test_b=SHARED.format(numbers="1").replace("shared", "other"))
    project.record(passed=2)
    project.replay("--contract-hygiene=orphans=fail", passed=2)
    assert project.run("--contract-hygiene=orphans=fail", "test_a.py").ret == 0


def test_a_mark_that_a_conftest_adds_makes_no_orphan(project):
    project.write(
        test_a=project.lists,
        conftest="""
        import pytest

        def pytest_collection_modifyitems(items):
            for each in items:
                each.add_marker(pytest.mark.contract(cassette="shared"))
        """,
    )
    project.record()
    assert project.run("--contract-hygiene=orphans=fail").ret == 0


def test_a_cassette_of_another_contract_or_an_older_sanitizer_is_told(recorded):
    rewrite(recorded, ONE, contract="sha256:old")
    result = recorded.run("--contract-hygiene=unused=ignore,stale=fail")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*test_one.json: recorded under another version of the contract*"])
    recorded.replay(passed=2).stdout.fnmatch_lines(["stale: test_a/test_one.json: recorded under another version*"])
    assert "stale" not in recorded.replay("--contract-hygiene=stale=ignore", passed=2).stdout.str()


def test_an_expired_cassette_is_told_and_never_goes_live_by_itself(recorded):
    rewrite(recorded, ONE, recorded=days_ago(100))
    before = recorded.files()
    recorded.replay("--contract-hygiene=max-age=101,expired=fail", passed=2)
    result = recorded.run("--contract-hygiene=max-age=99,expired=fail")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*test_one.json: recorded 100 days ago, more than 99; record it again"])
    assert recorded.files() == before


def test_recording_again_keeps_the_day_unless_it_has_expired(project):
    """Unchanged behaviour changes no line; only a cassette that has expired gets its new day."""
    project.write(test_a=project.lists)
    project.record()
    name = "test_a/test_lists.json"
    rewrite(project, name, recorded=days_ago(100))
    project.record()
    assert json.loads((project.cassettes / name).read_bytes())["recorded"] == days_ago(100)
    project.record("--contract-hygiene=max-age=99")
    assert json.loads((project.cassettes / name).read_bytes())["recorded"] == days_ago(0)


def test_the_option_counts_more_than_the_ini_value_kind_by_kind(recorded):
    recorded.ini("contract_hygiene = unused=fail stale=fail")
    recorded.run().assert_outcomes(passed=2, errors=1)
    rewrite(recorded, ONE, contract="sha256:old")
    result = recorded.run("--contract-hygiene=unused=ignore")
    result.assert_outcomes(passed=2, errors=1)
    assert "another version" in result.stdout.str()


def test_a_rule_that_nobody_knows_is_refused_before_the_first_test(recorded):
    result = recorded.run("--contract-hygiene=unused=explode")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'unused=explode' is no rule of contract_hygiene*"])


@pytest.mark.slow
def test_workers_tell_what_they_saw_once(recorded):
    (recorded.cassettes / "test_a" / "test_gone.json").write_bytes((recorded.cassettes / ONE).read_bytes())
    rewrite(recorded, ONE, contract="sha256:old")
    result = recorded.spawn("-n", "2", "--contract-hygiene=orphans=fail,unused=ignore")
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for start in ("orphans: test_a/test_gone.json", "stale: test_a/test_one.json"):
        assert sum(line.startswith(start) for line in result.outlines) == 1
