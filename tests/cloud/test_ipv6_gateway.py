"""IPv6 gateways: what binds a gateway and its rules to each other."""

import pytest


@pytest.fixture
def gateway(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16", enableIpv6=True)["vpcId"]
    given = {"name": "g", "bandwidthInMbps": 10, "billing": {"paymentTiming": "Postpaid"}}
    return caller.ok("vpc.create_ipv6_gateway", vpcId=vpc, **given)["gatewayId"]


def limit(caller, gateway, ingress, egress, address="2001:db8::5"):
    given = {"ipv6Address": address, "ingressBandwidthInMbps": ingress, "egressBandwidthInMbps": egress}
    return caller.call("vpc.create_ipv6_gateway_rate_limit_rule", gatewayId=gateway, **given)


def test_a_gateway_does_not_shrink_below_its_limits(caller, gateway, code_of):
    rule = limit(caller, gateway, 5, 8).json()["rateLimitRuleId"]
    assert caller.no("vpc.resize_ipv6_gateway", gatewayId=gateway, bandwidthInMbps=7) == (409, "OperationDenied")
    one = {"gatewayId": gateway, "rateLimitRuleId": rule, "egressBandwidthInMbps": 6}
    caller.ok("vpc.update_ipv6_gateway_rate_limit_rule", **one)
    caller.ok("vpc.resize_ipv6_gateway", gatewayId=gateway, bandwidthInMbps=7)
    one["egressBandwidthInMbps"] = 8
    assert caller.no("vpc.update_ipv6_gateway_rate_limit_rule", **one) == (400, "BadRequest")
    assert code_of(limit(caller, gateway, 8, 1, "2001:db8::6")) == (400, "BadRequest")


def test_an_address_is_limited_once_however_it_is_written(caller, gateway, code_of):
    assert limit(caller, gateway, 1, 1, "2001:db8::5").status == 200
    assert code_of(limit(caller, gateway, 2, 2, "2001:0DB8:0::5")) == (409, "OperationDenied")


def test_only_ipv6_networks_reach_out(caller, gateway):
    create = "vpc.create_ipv6_gateway_egress_only_rule"
    assert caller.no(create, gatewayId=gateway, cidr="10.0.0.0/24") == (400, "BadRequest")
    caller.ok(create, gatewayId=gateway, cidr="2001:db8::/64")
    assert caller.no(create, gatewayId=gateway, cidr="2001:db8:0::/64") == (409, "OperationDenied")


def test_rules_go_with_their_gateway(caller, gateway):
    limit(caller, gateway, 1, 1)
    caller.ok("vpc.create_ipv6_gateway_egress_only_rule", gatewayId=gateway, cidr="2001:db8::/64")
    caller.ok("vpc.delete_ipv6_gateway", gatewayId=gateway)
    left = caller.cloud.snapshot()["a0" * 16]
    assert not [kind for kind in left if kind.startswith("ipv6")]


@pytest.mark.parametrize(("sent", "told"), [(True, True), (1, True), (False, False), (0, False)])
def test_protection_is_told_as_a_boolean_however_it_was_sent(caller, gateway, sent, told):
    caller.ok("vpc.update_ipv6_gateway_delete_protect", gatewayId=gateway, deleteProtect=sent)
    (found,) = caller.cloud.resources("a0" * 16, "ipv6_gateway")
    assert found["deleteProtect"] is told


def test_bandwidths_may_come_as_digits(caller, gateway):
    response = caller.raw("PUT", f"/v1/IPv6Gateway/{gateway}?resize", b'{"bandwidthInMbps":"25"}')
    assert response.status == 200
    (found,) = caller.cloud.resources("a0" * 16, "ipv6_gateway")
    assert found["bandwidthInMbps"] == 25
