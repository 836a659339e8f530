"""Routes: where they start and lead, their paths, and the table they live in."""

import pytest


@pytest.fixture
def vpc(caller):
    return caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]


@pytest.fixture
def table(caller, vpc):
    caller.ok("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc)
    return caller.ok("vpc.get_route_table", vpcId=vpc)["routeTableId"]


def route(table, source="10.0.1.0/24", destination="192.168.0.0/24", **more):
    hop = {} if "nextHopList" in more else {"nexthopId": "i-1", "nexthopType": "custom"}
    return {"routeTableId": table, "sourceAddress": source, "destinationAddress": destination, **hop, **more}


@pytest.fixture
def gateways(caller, vpc):
    """Dedicated gateways: what routes of several paths lead over."""
    return [caller.ok("vpc.create_et_gateway", name="g", vpcId=vpc, speed=100)["etGatewayId"] for _ in range(4)]


def paths(gateways, *types):
    return [
        {"nexthopId": gateway, "nexthopType": "dcGateway", "pathType": each}
        for gateway, each in zip(gateways, types, strict=False)
    ]


def test_the_table_goes_with_its_vpc(caller, vpc, table):
    caller.ok("vpc.create_route_rule", **route(table))
    (subnet,) = caller.ok("vpc.list_subnets", vpcId=vpc)["subnets"]
    caller.ok("vpc.delete_subnet", subnetId=subnet["subnetId"])
    caller.ok("vpc.delete_vpc", vpcId=vpc)
    assert caller.no("vpc.get_route_table", routeTableId=table) == (404, "NoSuchObject")
    assert caller.no("vpc.get_route_table", vpcId=vpc) == (404, "NoSuchObject")
    assert caller.cloud.resources("a0" * 16, "route_rule") == ()


@pytest.mark.parametrize(
    ("ends", "refusal"),
    [
        (("10.0.1.0/25", "192.168.0.0/24"), None),
        (("0.0.0.0/0", "10.0.200.0/24"), None),
        (("10.0.1.0/24", "0.0.0.0/0"), None),
        (("10.0.1.7/24", "192.168.0.9/24"), None),
        (("10.0.0.0/16", "192.168.0.0/24"), (400, "BadRequest")),
        (("10.0.1.0/24", "10.0.0.0/8"), (409, "CidrConflict")),
        (("10.0.1.0/24", "2001:db8::/64"), (400, "BadRequest")),
    ],
)
def test_ends_are_held_against_the_networks_of_the_vpc(caller, table, ends, refusal):
    response = caller.call("vpc.create_route_rule", **route(table, *ends))
    assert (None if response.status == 200 else (response.status, response.json()["code"])) == refusal


def test_ends_are_compared_as_networks(caller, table):
    caller.ok("vpc.create_route_rule", **route(table, "10.0.1.7/24"))
    assert caller.no("vpc.create_route_rule", **route(table)) == (409, "OperationDenied")
    other = caller.ok("vpc.create_route_rule", **route(table, "0.0.0.0/0"))["routeRuleId"]
    moved = {"routeRuleId": other, "sourceAddress": "10.0.1.0/24"}
    assert caller.no("vpc.update_route_rule", **moved) == (409, "OperationDenied")


@pytest.mark.parametrize(
    "types", [("ecmp",), ("ha:active",), ("ha:active", "ha:active"), ("ecmp", "ha:active"), ("ha:standby",) * 2]
)
def test_paths_come_in_the_two_known_shapes(caller, table, gateways, types):
    hops = paths(gateways, *types)
    assert caller.no("vpc.create_route_rule", **route(table, nextHopList=hops)) == (400, "BadRequest")
    assert caller.ok("vpc.list_route_rules", routeTableId=table)["routeRules"] == []


def test_many_equal_paths_are_one_route(caller, table, gateways):
    hops = paths(gateways, "ecmp", "ecmp", "ecmp")
    made = caller.ok("vpc.create_route_rule", **route(table, nextHopList=hops))["routeRuleIds"]
    assert len(set(made)) == 3
    twice = paths([gateways[0]] * 2, "ecmp", "ecmp")
    other = route(table, destination="192.168.1.0/24", nextHopList=twice)
    assert caller.no("vpc.create_route_rule", **other) == (400, "BadRequest")
    for change in ({"destinationAddress": "192.168.9.0/24"}, {"nextHopList": hops}):
        assert caller.no("vpc.update_route_rule", routeRuleId=made[0], **change) == (409, "OperationDenied")
    assert caller.no("vpc.update_route_rule", routeRuleId=made[0], nexthopId=gateways[1]) == (400, "BadRequest")
    nobody = caller.no("vpc.update_route_rule", routeRuleId=made[0], nexthopId="dcgw-000000000000")
    assert nobody == (404, "NoSuchObject")
    caller.ok("vpc.update_route_rule", routeRuleId=made[0], nexthopId=gateways[3])
    assert caller.no("vpc.switch_route_rule_ha", routeRuleId=made[0]) == (409, "OperationDenied")


def test_a_standby_path_left_alone_cannot_be_switched(caller, table, gateways):
    hops = paths(gateways, "ha:active", "ha:standby")
    active, standby = caller.ok("vpc.create_route_rule", **route(table, nextHopList=hops))["routeRuleIds"]
    caller.ok("vpc.delete_route_rule", routeRuleId=standby)
    assert caller.no("vpc.switch_route_rule_ha", routeRuleId=active) == (409, "OperationDenied")


def test_an_interface_routed_to_stays(caller, vpc, table):
    """It cannot be deleted, and none of another VPC can be routed to."""
    (subnet,) = caller.ok("vpc.list_subnets", vpcId=vpc)["subnets"]
    items = [{"primary": True, "privateIpAddress": "10.0.1.9"}]
    eni = caller.ok("vpc.create_eni", name="e", subnetId=subnet["subnetId"], privateIpSet=items)["eniId"]
    hop = {"nexthopType": "enic", "nexthopId": eni}
    made = caller.ok("vpc.create_route_rule", **{**route(table), **hop})["routeRuleId"]
    assert caller.no("vpc.delete_eni", eniId=eni) == (409, "ResourceNeedRelease")
    far = caller.ok("vpc.create_vpc", name="far", cidr="10.0.0.0/16")["vpcId"]
    other = caller.ok("vpc.get_route_table", vpcId=far)["routeTableId"]
    stranger = {**route(other, "0.0.0.0/0"), **hop}
    assert caller.no("vpc.create_route_rule", **stranger) == (400, "BadRequest")
    caller.ok("vpc.delete_route_rule", routeRuleId=made)
    caller.ok("vpc.delete_eni", eniId=eni)


def test_an_interface_has_to_exist_to_be_routed_to(caller, table):
    hop = {"nexthopType": "enic", "nexthopId": "eni-000000000000"}
    assert caller.no("vpc.create_route_rule", **{**route(table), **hop}) == (404, "NoSuchObject")
    made = caller.ok("vpc.create_route_rule", **route(table))["routeRuleId"]
    assert caller.no("vpc.update_route_rule", routeRuleId=made, **hop) == (404, "NoSuchObject")


def test_a_quota_refuses_a_route_with_all_of_its_paths(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"route_rule": 1}))
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    table = caller.ok("vpc.get_route_table", vpcId=vpc)["routeTableId"]
    gateways = [caller.ok("vpc.create_et_gateway", name="g", vpcId=vpc, speed=100)["etGatewayId"] for _ in range(2)]
    both = route(table, "0.0.0.0/0", nextHopList=paths(gateways, "ecmp", "ecmp"))
    assert caller.no("vpc.create_route_rule", **both) == (413, "LimitExceeded")
    assert caller.ok("vpc.get_route_table", vpcId=vpc)["routeRules"] == []


def test_the_version_of_ip_may_be_a_number(caller, table, vpc):
    """The official Java client always sends it, as the number 4; reads answer text all the same."""
    made = caller.ok("vpc.create_route_rule", **route(table), ipVersion=4)["routeRuleId"]
    rules = caller.ok("vpc.get_route_table", vpcId=vpc)["routeRules"]
    assert next(each for each in rules if each["routeRuleId"] == made).get("ipVersion", "4") in ("4", "IPv4")
