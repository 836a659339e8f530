"""Dedicated gateways: what belongs to their channel."""

import pytest


@pytest.fixture
def gateway(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    return caller.ok("vpc.create_et_gateway", name="g", vpcId=vpc, speed=10)["etGatewayId"]


CHECK = {"healthCheckInterval": 3, "healthThreshold": 2, "unhealthThreshold": 2}
LINE = {"etId": "dcphy-1", "channelId": "dedicatedconn-1"}


def test_a_gateway_can_be_made_with_its_channel(caller, gateway):
    vpc = caller.ok("vpc.get_et_gateway", etGatewayId=gateway)["vpcId"]
    made = caller.ok("vpc.create_et_gateway", name="g", vpcId=vpc, speed=10, **LINE)["etGatewayId"]
    assert caller.no("vpc.bind_et_gateway_channel", etGatewayId=made, **LINE) == (409, "OperationDenied")
    caller.ok("vpc.unbind_et_gateway_channel", etGatewayId=made)
    assert caller.no("vpc.unbind_et_gateway_channel", etGatewayId=made) == (409, "OperationDenied")
    caller.ok("vpc.bind_et_gateway_channel", etGatewayId=made, **LINE)


def test_a_health_check_leaves_the_channel_alone(caller, gateway):
    caller.ok("vpc.bind_et_gateway_channel", etGatewayId=gateway, **LINE)
    named = {"dcphyId": "dcphy-1", "channelId": "dedicatedconn-1"}
    caller.ok("vpc.create_et_gateway_health_check", etGatewayId=gateway, **CHECK, **named)
    found = caller.ok("vpc.get_et_gateway", etGatewayId=gateway)
    assert (found["etId"], found["channelId"], found["healthCheckType"]) == (*LINE.values(), "ICMP")


@pytest.mark.parametrize("wrong", [{"dcphyId": "dcphy-2"}, {"channelId": "dedicatedconn-2"}])
def test_a_health_check_of_another_channel_is_refused(caller, gateway, wrong):
    caller.ok("vpc.bind_et_gateway_channel", etGatewayId=gateway, **LINE)
    refused = caller.no("vpc.create_et_gateway_health_check", etGatewayId=gateway, **CHECK, **wrong)
    assert refused == (400, "BadRequest")
    assert "healthThreshold" not in caller.ok("vpc.get_et_gateway", etGatewayId=gateway)


def test_a_health_check_starts_in_a_subnet_of_the_vpc(caller, gateway):
    other = caller.ok("vpc.create_vpc", name="other", cidr="10.0.0.0/16")["vpcId"]
    arguments = {"name": "s", "zoneName": "cn-bj-a", "cidr": "10.0.1.0/24", "vpcId": other}
    subnet = caller.ok("vpc.create_subnet", **arguments)["subnetId"]
    for wrong, refused in ((subnet, (400, "BadRequest")), ("sbn-unknown", (404, "NoSuchObject"))):
        arguments = {"etGatewayId": gateway, **CHECK, "subnetId": wrong}
        assert caller.no("vpc.create_et_gateway_health_check", **arguments) == refused
