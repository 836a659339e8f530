"""A cassette is kept when its test has passed, to the end of the last teardown, and not otherwise."""

import os
import signal
import sys
from pathlib import Path

import pytest

OLD = "test_a/test_lists.json"
WAYS_TO_END = {
    "a failing assertion": "bce_client.vpc.list_vpcs(maxKeys=5)\n    assert False",
    "an exception": "bce_client.vpc.list_vpcs(maxKeys=5)\n    raise RuntimeError('no')",
    "a skip half way": "bce_client.vpc.list_vpcs(maxKeys=5)\n    pytest.skip('enough')",
    "a failing fixture": "pass",
    "a failing teardown": "bce_client.vpc.list_vpcs(maxKeys=5)",
    "the teardown of a fixture set up before the cassette": "bce_client.vpc.list_vpcs(maxKeys=5)",
    "the teardown of a module-scoped fixture": "bce_client.vpc.list_vpcs(maxKeys=5)",
    "a failing subtest": "bce_client.vpc.list_vpcs(maxKeys=5)\n    with subtests.test():\n        assert False",
    "a strict xfail that passes": "bce_client.vpc.list_vpcs(maxKeys=5)",
}
FIXTURES = {
    "a failing fixture": "bce_client, late",
    "a failing teardown": "bce_client, late",
    "the teardown of a fixture set up before the cassette": "early, bce_client",
    "the teardown of a module-scoped fixture": "whole, bce_client",
    "a failing subtest": "bce_client, subtests",
}
SETUP = """
import pytest

BREAK = {way!r}

@pytest.fixture
def late(bce_client):
    bce_client.vpc.list_vpcs(maxKeys=6)
    assert BREAK != "a failing fixture"
    yield
    assert BREAK != "a failing teardown"

@pytest.fixture
def early():
    yield
    assert BREAK != "the teardown of a fixture set up before the cassette"

@pytest.fixture(scope="module")
def whole():
    yield
    assert BREAK != "the teardown of a module-scoped fixture"

{mark}
def test_lists({fixtures}):
    {body}
"""


def write(project, way, body):
    mark = "@pytest.mark.xfail(strict=True)" if "xfail" in way else ""
    fixtures = FIXTURES.get(way, "bce_client")
    project.write(test_a=SETUP.format(way=way, fixtures=fixtures, mark=mark, body=body))


def end(project, *arguments):
    return project.run("--contract-mode=record", *arguments).parseoutcomes()


@pytest.mark.parametrize("way", WAYS_TO_END)
def test_a_test_that_did_not_pass_leaves_its_old_cassette_alone(project, way):
    """What was recorded lies beside the old cassette, which has not changed by a byte."""
    project.write(test_a=project.lists)
    project.record()
    old = project.files()[OLD]
    write(project, way, WAYS_TO_END[way])
    assert {"failed", "errors", "error", "skipped"} & set(end(project))
    assert project.files()[OLD] == old
    assert project.names() == [OLD, f"{OLD}.partial"]
    assert b"maxKeys=" in (project.cassettes / f"{OLD}.partial").read_bytes()


@pytest.mark.parametrize("way", WAYS_TO_END)
def test_a_test_that_did_not_pass_makes_no_cassette(project, way):
    write(project, way, WAYS_TO_END[way])
    end(project)
    assert project.names() == [f"{OLD}.partial"]
    assert "0 recorded" in "\n".join(project.run("--contract-mode=record").outlines)


def test_the_next_recording_that_passes_takes_the_remains_away(project):
    write(project, "an exception", WAYS_TO_END["an exception"])
    end(project)
    project.write(test_a=project.lists)
    project.record()
    assert project.names() == [OLD]


def test_a_test_expected_to_fail_is_kept_when_it_does(project):
    project.write(
        test_a="""
        import pytest

        @pytest.mark.xfail(raises=AssertionError, strict=True)
        def test_lists(bce_client):
            assert bce_client.vpc.list_vpcs()["vpcs"] == ["one"]
        """
    )
    project.record(xfailed=1)
    assert project.names() == [OLD]
    project.replay(xfailed=1)


def test_the_tests_before_and_after_a_failure_are_kept(project):
    project.write(test_a=project.network + "\ndef test_breaks(bce_client):\n    bce_client.nothing\n" + project.lists)
    project.run("--contract-mode=record").assert_outcomes(passed=2, failed=1)
    assert project.names() == ["test_a/test_lists.json", "test_a/test_the_network_is_made.json"]


def test_x_stops_after_the_failure_and_keeps_what_passed(project):
    project.write(test_a=project.network + "\ndef test_breaks(bce_client):\n    bce_client.nothing\n" + project.lists)
    project.run("--contract-mode=record", "-x").assert_outcomes(passed=1, failed=1)
    assert project.names() == ["test_a/test_the_network_is_made.json"]


@pytest.mark.parametrize("where", ["in the test", "in a fixture"])
def test_an_interrupted_test_keeps_nothing_and_its_fixtures_still_find_the_cloud(project, where):
    project.write(
        test_a=f"""
        import pytest

        @pytest.fixture
        def vpc(bce_client):
            made = bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16")["vpcId"]
            yield made
            bce_client.vpc.delete_vpc(made)
            print("removed", made)

        @pytest.fixture
        def breaks(vpc):
            if {where!r} == "in a fixture":
                raise KeyboardInterrupt

        def test_lists(vpc, breaks):
            raise KeyboardInterrupt

        {project.network}
        """.replace("\n        \ndef", "\ndef").replace(project.network, "")
    )
    result = project.spawn("--contract-mode=record", "-s", "-W", "error")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*removed vpc-*"])
    assert project.names() == [f"{OLD}.partial"]
    assert "Traceback" not in result.stderr.str()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_killed_run_loses_nothing_that_was_answered_and_replaces_nothing(project):
    project.write(test_a=project.lists)
    project.record()
    old = project.files()[OLD]
    project.write(
        test_a=f"""
        import os

        def test_lists(bce_client):
            bce_client.vpc.list_vpcs(maxKeys=7)
            os.kill(os.getpid(), {int(signal.SIGKILL)})
        """
    )
    assert project.spawn("--contract-mode=record").ret == -signal.SIGKILL
    assert project.files()[OLD] == old
    assert b"maxKeys=7" in (project.cassettes / f"{OLD}.partial").read_bytes()


def test_a_test_run_again_starts_with_a_cassette_and_a_cloud_of_its_own(project):
    """A plugin that repeats failing tests finds the second attempt unspoilt by the first."""
    project.write(
        conftest="""
        import pytest
        from _pytest.runner import runtestprotocol

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item, nextitem):
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            if any(report.failed for report in reports):
                item._initrequest()
                reports = runtestprotocol(item, nextitem=nextitem, log=False)
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """,
        test_a="""
        tries = []

        def test_lists(bce_client):
            tries.append(1)
            assert bce_client.vpc.list_vpcs()["vpcs"] == []
            bce_client.vpc.create_vpc(name="app", cidr="10.0.0.0/16")
            assert len(tries) == 2
        """,
    )
    project.record()
    assert [each["operation"] for each in project.interactions(OLD)] == ["vpc.list_vpcs", "vpc.create_vpc"]


def test_a_cassette_that_cannot_be_written_fails_the_test_and_says_why(project):
    project.write(test_a=project.lists)
    project.cassettes.mkdir()
    (project.cassettes / "test_a").mkdir()
    Path(project.cassettes / OLD).symlink_to(os.devnull)
    result = project.run("--contract-mode=record")
    result.assert_outcomes(errors=1)  # before anything was sent
    result.stdout.fnmatch_lines(["*is a symbolic link; put the cassette itself there*"])


def test_a_cassette_that_cannot_be_kept_is_told_once(project):
    """Not a second time as the cause of what pytest shows."""
    project.write(
        test_a="""
        def test_a(bce_client):
            bce_client.vpc.list_vpcs()
            {}
        """.format("bce_client.eip.list_eips()")
    )
    project.record()
    project.write(test_a="def test_a(bce_client):\n    bce_client.vpc.list_vpcs()\n")
    result = project.run("--contract-hygiene=unused=fail")
    result.assert_outcomes(passed=1, errors=1)
    told = result.stdout.str()
    assert "During handling of the above exception" not in told
    assert told.count("nothing asked for 1 of its interactions") <= 2, "the error, and its line in the short summary"
