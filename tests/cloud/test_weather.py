"""Planned weather strikes where it was planned, before or after the commit, and is accounted for."""

import pytest

from contractkit.cloud import ConnectionCut, Weather, cutting, delaying, failing, throttling
from contractkit.errors import ConfigurationError, TransportError

VPC = {"name": "n", "cidr": "10.0.0.0/16"}
OWNER = "a0" * 16


@pytest.fixture
def under(make_caller, make_cloud):
    """A caller under a planned sky."""

    def make(*plan, **options):
        return make_caller(make_cloud(weather=Weather(plan), **options))

    return make


def vpcs(caller):
    return len(caller.cloud.resources(OWNER, "vpc"))


def test_a_failure_before_the_commit_leaves_nothing(under):
    caller = under(failing("vpc.create_vpc", occurrences=[1]))
    assert caller.no("vpc.create_vpc", **VPC, clientToken="t") == (503, "ServiceUnavailable")
    assert vpcs(caller) == 0
    caller.ok("vpc.create_vpc", **VPC, clientToken="t")
    assert vpcs(caller) == 1


def test_a_failure_after_the_commit_hides_a_success_that_a_repeat_shows(under):
    caller = under(failing("vpc.*", status=500, occurrences=[1], after_commit=True))
    assert caller.no("vpc.create_vpc", **VPC, clientToken="t") == (500, "InternalError")
    assert vpcs(caller) == 1
    vpc = caller.ok("vpc.create_vpc", **VPC, clientToken="t")["vpcId"]
    assert [each["vpcId"] for each in caller.cloud.resources(OWNER, "vpc")] == [vpc]


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_cut_connection_is_a_transport_error(under, after_commit):
    caller = under(cutting("vpc.create_vpc", occurrences=[1], after_commit=after_commit))
    with pytest.raises(ConnectionCut) as caught:
        caller.call("vpc.create_vpc", **VPC, clientToken="t")
    assert isinstance(caught.value, TransportError)
    assert (caught.value.sent, caught.value.committed) == (None, after_commit)
    assert vpcs(caller) == int(after_commit)
    caller.ok("vpc.create_vpc", **VPC, clientToken="t")
    assert vpcs(caller) == 1


def test_throttling_says_when_to_come_back(under):
    caller = under(throttling(retry_after=7, occurrences=[1]), throttling("eip.*", retry_after=None))
    response = caller.call("vpc.list_vpcs")
    assert (response.status, response.headers.get("retry-after")) == (429, "7")
    assert not caller.call("eip.list_eips").headers.has("retry-after")


def test_a_delay_is_waited_out_before_the_answer(under):
    waited = []
    caller = under(delaying(2.5, "vpc.list_vpcs"), delaying(1, "vpc.*"), sleep=waited.append)
    caller.ok("vpc.list_vpcs")
    caller.ok("vpc.create_vpc", **VPC)
    assert waited == [3.5, 1]


def test_occurrences_count_the_requests_of_the_operation(under):
    caller = under(failing("vpc.list_vpcs", occurrences=[2, 3]))
    caller.ok("vpc.create_vpc", **VPC)
    assert [caller.call("vpc.list_vpcs").status for _ in range(4)] == [200, 503, 503, 200]


def test_chance_depends_on_the_seed_alone():
    def rain(seed):
        weather = Weather([failing(chance=0.3)], seed=seed)
        return [bool(weather.forecast("vpc.list_vpcs").meetings) for _ in range(200)]

    assert rain(1) == rain(1)
    assert rain(1) != rain(2)
    assert 30 < sum(rain(1)) < 90


def test_the_account_names_what_was_met_and_what_was_not(under):
    plan = [failing("vpc.list_vpcs", occurrences=[1]), failing("eip.*"), delaying(0.1, "vpc.get_vpc")]
    caller = under(*plan, sleep=lambda _: None)
    caller.call("vpc.list_vpcs")
    caller.call("vpc.get_vpc", vpcId="vpc-000000000000")
    met = [(each.spell, each.operation, each.occurrence) for each in caller.cloud.weather.met]
    assert met == [(plan[0], "vpc.list_vpcs", 1), (plan[2], "vpc.get_vpc", 1)]
    assert caller.cloud.weather.unmet == (plan[1],)


def test_a_fault_after_the_commit_is_not_met_by_a_request_that_a_gate_refused(under):
    caller = under(cutting("vpc.create_vpc", after_commit=True))
    response = caller.raw("POST", "/v1/vpc", b"{}")
    assert response.json()["code"] == "InappropriateJSON"
    assert caller.cloud.weather.met == ()


@pytest.mark.parametrize("plan", [{"chance": 1.5}, {"status": 200}, {"occurrences": [0]}])
def test_a_plan_that_makes_no_sense_is_refused(plan):
    with pytest.raises(ConfigurationError):
        failing(**plan)
