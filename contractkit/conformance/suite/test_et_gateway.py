"""Dedicated gateways: a VPC's way to a dedicated line."""

from __future__ import annotations

from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import RESOURCE_GROUP, TAGS, Refusal

pytestmark = pytest.mark.contract(creates=True)

needs_line = pytest.mark.reference_only("no dedicated line with a channel")

LINE = {"etId": "dcphy-ck0000000001", "channelId": "dedicatedconn-000000000000"}


def test_a_dedicated_gateway_lives_its_life(bce_client: Client, vpc: str, label: str, refusal: Refusal) -> None:
    """Create, read, list page by page, change, delete, gone."""
    call = bce_client.vpc
    first, second = (
        call.create_et_gateway(name=f"{label}-{n}", vpcId=vpc, speed=100, description=f"{n} of two", tags=TAGS)[
            "etGatewayId"
        ]
        for n in "ab"
    )
    found = call.get_et_gateway(first)
    assert (found["name"], found["status"], found["speed"], found["vpcId"]) == (f"{label}-a", "running", 100, vpc)
    assert (found["description"], found["tags"]) == ("a of two", TAGS)
    assert [each["etGatewayId"] for each in call.list_et_gateways.each(vpcId=vpc, maxKeys=1)] == [first, second]
    assert [each["etGatewayId"] for each in call.list_et_gateways.each(vpcId=vpc, name=f"{label}-b")] == [second]
    running = call.list_et_gateways.each(vpcId=vpc, etGatewayId=first, status="running")
    assert [each["etGatewayId"] for each in running] == [first]
    call.update_et_gateway(
        first, name=f"{label}-c", speed=50000, description="changed", localCidrs=["10.0.0.0/24"], enableIpv6=0
    )
    changed = call.get_et_gateway(first)
    assert (changed["name"], changed["speed"], changed["description"]) == (f"{label}-c", 50000, "changed")
    assert changed["localCidrs"] == ["10.0.0.0/24"]
    for each in (first, second):
        call.delete_et_gateway(each)
    error = refusal(call.get_et_gateway, etGatewayId=first)
    assert (error.status, error.code) == (404, "NoSuchObject")


@needs_line
def test_a_channel_is_bound_watched_and_unbound(
    bce_client: Client, subnet: str, et_gateway: str, refusal: Refusal
) -> None:
    """Bind, refuse a second binding, set up the health check, unbind, refuse a second unbinding."""
    call = bce_client.vpc
    call.bind_et_gateway_channel(et_gateway, localCidrs=["10.0.0.0/24"], **LINE)
    found = call.get_et_gateway(et_gateway)
    assert (found["etId"], found["channelId"], found["localCidrs"]) == (*LINE.values(), ["10.0.0.0/24"])
    assert refusal(call.bind_et_gateway_channel, etGatewayId=et_gateway, **LINE).code == "OperationDenied"
    call.create_et_gateway_health_check(
        et_gateway,
        dcphyId=LINE["etId"],
        channelId=LINE["channelId"],
        subnetId=subnet,
        healthCheckSourceIp="10.0.1.9",
        healthCheckType="ICMP",
        healthCheckPort=8080,
        healthCheckInterval=3,
        healthThreshold=5,
        unhealthThreshold=4,
        autoGenerateRouteRule=False,
    )
    watched = call.get_et_gateway(et_gateway)
    assert (watched["healthCheckInterval"], watched["healthThreshold"], watched["unhealthThreshold"]) == (3, 5, 4)
    assert (watched["healthCheckType"], watched["healthCheckSourceIp"]) == ("ICMP", "10.0.1.9")
    assert watched["healthCheckPort"] == 8080
    call.unbind_et_gateway_channel(et_gateway)
    assert not call.get_et_gateway(et_gateway).get("etId")
    assert refusal(call.unbind_et_gateway_channel, etGatewayId=et_gateway).code == "OperationDenied"


@needs_line
def test_a_gateway_is_made_with_its_channel(bce_client: Client, vpc: str, label: str) -> None:
    """Its channel and networks are there from the start; networks of IPv6 come with a change."""
    call = bce_client.vpc
    given: Any = {"localCidrs": ["10.0.0.0/24"], "resourceGroupId": RESOURCE_GROUP, **LINE}
    made = call.create_et_gateway(name=label, vpcId=vpc, speed=100, **given)["etGatewayId"]
    found = call.get_et_gateway(made)
    assert (found["etId"], found["channelId"], found["localCidrs"]) == (*LINE.values(), ["10.0.0.0/24"])
    call.update_et_gateway(made, enableIpv6=1, ipv6LocalCidrs=["2001:db8::/64"])
    changed = call.get_et_gateway(made)
    assert (changed["enableIpv6"], changed["ipv6LocalCidrs"]) == (1, ["2001:db8::/64"])
    assert changed["localCidrs"] == ["10.0.0.0/24"]
    call.delete_et_gateway(made)


def test_a_vpc_with_a_dedicated_gateway_is_not_deleted(
    bce_client: Client, vpc: str, et_gateway: str, refusal: Refusal
) -> None:
    """The gateway holds its VPC back."""
    assert bce_client.vpc.get_et_gateway(et_gateway)["vpcId"] == vpc
    assert refusal(bce_client.vpc.delete_vpc, vpcId=vpc).status == 409


@pytest.mark.parametrize("speed", [1, 10001])
def test_a_speed_out_of_bounds_is_refused(bce_client: Client, vpc: str, label: str, speed: int) -> None:
    """A gateway is not created with a speed outside 2 to 10000."""
    request = bce_client.prepare("vpc.create_et_gateway", {"name": label, "vpcId": vpc, "speed": 2})
    assert bce_client.exchange(request.replace(body=request.body.replace(b":2}", b":%d}" % speed))).status == 400


def test_a_channel_needs_its_line(bce_client: Client, vpc: str, label: str) -> None:
    """A channelId without an etId is refused with 400."""
    request = bce_client.prepare("vpc.create_et_gateway", {"name": label, "vpcId": vpc, "speed": 2})
    body = request.body.replace(b":2}", b':2,"channelId":"dedicatedconn-000000000000"}')
    assert bce_client.exchange(request.replace(body=body)).status == 400
