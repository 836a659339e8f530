"""VPCs and subnets live as the lifecycle tables say."""

import pytest


@pytest.fixture
def vpc(caller):
    return caller.ok("vpc.create_vpc", name="net", cidr="192.168.0.0/16")["vpcId"]


def subnet(caller, vpc, cidr, **more):
    return caller.ok("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr=cidr, vpcId=vpc, **more)["subnetId"]


def no_subnet(caller, vpc, cidr, **more):
    return caller.no("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr=cidr, vpcId=vpc, **more)


def test_a_vpc_is_read_as_it_was_created(caller, vpc):
    read = caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]
    assert read == {
        "vpcId": vpc,
        "name": "net",
        "cidr": "192.168.0.0/16",
        "description": "",
        "isDefault": False,
        "relay": False,
        "subnets": [],
        "secondaryCidr": [],
        "tags": [],
        "createdTime": "2024-05-01T12:00:00Z",
    }
    assert vpc.startswith("vpc-")
    assert len(vpc) == 16


def test_an_update_changes_what_it_names_and_nothing_else(caller, vpc):
    caller.ok("vpc.update_vpc", vpcId=vpc, name="renamed")
    caller.ok("vpc.update_vpc", vpcId=vpc, name="again", description="why")
    read = caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]
    assert (read["name"], read["description"], read["cidr"]) == ("again", "why", "192.168.0.0/16")


def test_a_network_is_normalised(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.1.2.3/8")["vpcId"]
    assert caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]["cidr"] == "10.0.0.0/8"


def test_a_vpc_with_subnets_is_not_deleted(caller, vpc):
    inside = subnet(caller, vpc, "192.168.1.0/24")
    assert caller.no("vpc.delete_vpc", vpcId=vpc) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_subnet", subnetId=inside)
    caller.ok("vpc.delete_vpc", vpcId=vpc)
    for name in ("get_vpc", "delete_vpc"):
        assert caller.no(f"vpc.{name}", vpcId=vpc) == (404, "NoSuchObject")
    assert caller.no("vpc.update_vpc", vpcId=vpc, name="n") == (404, "NoSuchObject")


def test_a_vpc_shows_its_subnets(caller, vpc):
    inside = subnet(caller, vpc, "192.168.1.0/24", description="d", subnetType="BBC")
    (shown,) = caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]["subnets"]
    assert shown == caller.ok("vpc.get_subnet", subnetId=inside)["subnet"]
    assert (shown["vpcId"], shown["availableIp"], shown["subnetType"]) == (vpc, 253, "BBC")


def test_a_subnet_needs_its_vpc(caller):
    assert no_subnet(caller, "vpc-000000000000", "192.168.1.0/24") == (404, "NoSuchObject")


@pytest.mark.parametrize("cidr", ["192.168.1.0/24", "192.168.1.0/25", "192.168.0.0/16", "192.168.1.77/32"])
def test_subnets_do_not_overlap(caller, vpc, cidr):
    subnet(caller, vpc, "192.168.1.0/24")
    assert no_subnet(caller, vpc, cidr) == (409, "CidrConflict")
    assert len(caller.ok("vpc.list_subnets", vpcId=vpc)["subnets"]) == 1


def test_a_subnet_lies_inside_its_vpc(caller, vpc):
    assert no_subnet(caller, vpc, "10.0.0.0/24") == (400, "BadRequest")
    assert no_subnet(caller, vpc, "192.0.0.0/8") == (400, "BadRequest")


def test_secondary_networks_replace_each_other_and_house_subnets(caller, vpc):
    caller.ok("vpc.update_vpc", vpcId=vpc, name="n", secondaryCidr=["10.0.0.0/16", "10.1.0.0/16"])
    inside = subnet(caller, vpc, "10.1.7.0/24", vpcSecondaryCidr="10.1.0.0/16")
    assert no_subnet(caller, vpc, "192.168.9.0/24", vpcSecondaryCidr="10.1.0.0/16") == (400, "BadRequest")
    assert no_subnet(caller, vpc, "10.1.8.0/24") == (400, "BadRequest"), "which of the networks has to be said"
    assert no_subnet(caller, vpc, "10.9.0.0/24", vpcSecondaryCidr="10.9.0.0/16") == (400, "BadRequest")
    gone = {"vpcId": vpc, "name": "n", "secondaryCidr": ["10.0.0.0/16"]}
    assert caller.no("vpc.update_vpc", **gone) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_subnet", subnetId=inside)
    caller.ok("vpc.update_vpc", **gone)
    assert caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]["secondaryCidr"] == ["10.0.0.0/16"]


def test_secondary_networks_overlap_nothing(caller, vpc):
    for networks in (["192.168.4.0/24"], ["10.0.0.0/8", "10.1.0.0/16"]):
        refused = caller.no("vpc.update_vpc", vpcId=vpc, name="n", secondaryCidr=networks)
        assert refused == (409, "CidrConflict")
    assert caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]["secondaryCidr"] == []


def test_ipv6_networks_are_handed_down(caller, vpc):
    assert no_subnet(caller, vpc, "192.168.1.0/24", enableIpv6=True) == (409, "OperationDenied")
    caller.ok("vpc.update_vpc", vpcId=vpc, name="n", enableIpv6=True)
    first = subnet(caller, vpc, "192.168.1.0/24", enableIpv6=True)
    second = subnet(caller, vpc, "192.168.2.0/24")
    caller.ok("vpc.update_subnet", subnetId=second, name="s", enableIpv6=True)
    networks = [caller.ok("vpc.get_subnet", subnetId=each)["subnet"]["ipv6Cidr"] for each in (first, second)]
    assert networks == ["2001:db8::/64", "2001:db8:0:1::/64"]
    assert caller.ok("vpc.get_vpc", vpcId=vpc)["vpc"]["ipv6Cidr"] == "2001:db8::/56"


def test_a_quota_of_the_account_is_kept(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"vpc": 1}))
    caller.ok("vpc.create_vpc", name="n", cidr="10.0.0.0/16")
    assert caller.no("vpc.create_vpc", name="n", cidr="10.0.0.0/16") == (413, "LimitExceeded")
