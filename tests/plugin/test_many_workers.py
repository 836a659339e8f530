"""Two, four and eight workers on one cassette and on one of each test: nothing is lost, and the bytes are the same."""

import os

import pytest

pytestmark = pytest.mark.slow

RUNS = int(os.environ.get("CONTRACTKIT_RUNS", "1"))
TESTS = 16
MANY = """
import pytest

def make(client, n):
    vpc = client.vpc.create_vpc(name=f"app-{n}", cidr="10.0.0.0/16", clientToken=f"token-of-{n}")["vpcId"]
    assert client.vpc.get_vpc(vpc)["vpc"]["name"] == f"app-{n}"

@pytest.mark.parametrize("n", range(8))
@pytest.mark.contract(cassette="shared")
def test_made_in_one(bce_client, n):
    make(bce_client, n)

@pytest.mark.parametrize("n", range(8, 16))
def test_made(bce_client, n):
    make(bce_client, n)
"""


def test_workers_lose_nothing(project, record_testsuite_property):
    """CONTRACTKIT_RUNS says how often; each run is recorded from nothing, and replayed once."""
    project.write(test_a=MANY)
    lost, written = 0, set()
    for _ in range(RUNS):
        for workers in (2, 4, 8):
            for path in project.cassettes.rglob("*.json"):
                path.unlink()
            project.spawn("--contract-mode=record", "-n", str(workers)).assert_outcomes(passed=TESTS)
            files = {name: data for name, (data, _) in project.files().items()}
            assert all(name.endswith(".json") for name in files), "no journal and no temporary file is left"
            assert len(files) == 1 + TESTS / 2
            lost += 2 * TESTS - sum(len(project.interactions(name)) for name in files)
            written.add(tuple(sorted(files.items())))
    project.spawn("-n", "4", "--contract-hygiene=unused=fail").assert_outcomes(passed=TESTS)
    project.replay("-k", "made_in_one and 7", passed=1, deselected=TESTS - 1)
    print(f"{3 * RUNS} runs, {lost} lost, {len(written)} different results")  # noqa: T201
    record_testsuite_property("workers", f"{3 * RUNS} runs, {lost} lost")
    assert lost == 0
    assert len(written) == 1
