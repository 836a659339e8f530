"""Over two workers everything is recorded, replayed, summed up and reported once, by the controller."""

import json

import pytest

pytestmark = pytest.mark.slow

MANY = """
import pytest

@pytest.mark.parametrize("n", range(12))
def test_made(bce_client, n):
    vpc = bce_client.vpc.create_vpc(name=f"app-{n}", cidr="10.0.0.0/16")["vpcId"]
    assert bce_client.vpc.get_vpc(vpc)["vpc"]["name"] == f"app-{n}"

def test_fails(bce_client):
    bce_client.vpc.list_vpcs()
    assert False

def test_plain():
    pass
"""


def test_two_workers_record_and_replay_as_one(project):
    project.write(test_a=MANY)
    alone = project.spawn("--contract-mode=record")
    alone.assert_outcomes(passed=13, failed=1)
    single = {name: data for name, (data, _) in project.files().items() if not name.endswith(".partial")}
    result = project.spawn("--contract-mode=record", "-n", "2", "--contract-report=r.json", "--contract-report=r.html")
    result.assert_outcomes(passed=13, failed=1)
    result.stdout.fnmatch_lines(["13 cassettes: 24 recorded, 0 replayed, 0 unused interactions"])
    assert {name: data for name, (data, _) in project.files().items() if not name.endswith(".partial")} == single
    report = json.loads((project.root / "r.json").read_text())
    assert report["totals"] | {"seconds": 0, "findings": {}} == {
        "tests": 13,
        "passed": 12,
        "failed": 1,
        "error": 0,
        "skipped": 0,
        "seconds": 0,
        "exchanges": 25,
        "findings": {},
    }
    assert (
        result.outlines.count("================================= contractkit ==================================") == 1
    )
    assert "13" in (project.root / "r.html").read_text()

    before = project.files()
    result = project.spawn("-n", "2", "--contract-report=s.json")
    result.assert_outcomes(passed=13, failed=1)
    result.stdout.fnmatch_lines(["13 cassettes: 0 recorded, 24 replayed, 0 unused interactions"])
    assert json.loads((project.root / "s.json").read_text())["totals"]["exchanges"] == 24
    assert project.files() == before


def test_workers_that_use_nothing_of_ours_say_nothing(project):
    project.write(test_a="def test_plain():\n    pass\n")
    result = project.spawn("-n", "2")
    result.assert_outcomes(passed=1)
    assert not [line for line in result.outlines if "contractkit" in line and "plugins:" not in line]


def test_a_worker_that_crashes_leaves_the_cassettes_and_the_counts_of_the_others(project):
    project.write(test_a=project.lists + project.network, test_b="import os\ndef test_crash():\n    os._exit(1)\n")
    result = project.spawn("-n", "2", "--dist=loadfile", "--contract-mode=record")
    assert result.parseoutcomes()["passed"] == 2
    assert project.names() == ["test_a/test_lists.json", "test_a/test_the_network_is_made.json"]
    result.stdout.fnmatch_lines(["2 cassettes: 4 recorded, 0 replayed, 0 unused interactions"])
