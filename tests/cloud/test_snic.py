"""Service network interfaces: their states, their address, and the groups that guard them."""

from datetime import timedelta

import pytest

from contractkit.message import encode_json


@pytest.fixture
def slow(make_caller, make_cloud):
    """A caller of a cloud in which a passing state lasts ten seconds."""
    return make_caller(cloud=make_cloud(settle=timedelta(seconds=10)))


def given(caller, cidr="10.0.1.0/24", **more):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    subnet = caller.ok("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr=cidr, vpcId=vpc)["subnetId"]
    service = caller.ok("vpc.list_snic_public_services")["services"][0]
    billing = {"paymentTiming": "Postpaid"}
    place = {"vpcId": vpc, "subnetId": subnet}
    return {"name": "e", "service": service, "bandwidth": 1, "billing": billing, **place, **more}


def test_an_interface_is_unavailable_until_it_has_settled(slow, clock):
    arguments = given(slow)
    made = slow.ok("vpc.create_snic", **arguments)["id"]
    assert slow.ok("vpc.get_snic", endpointId=made)["status"] == "unavailable"
    assert slow.ok("vpc.list_snics", vpcId=arguments["vpcId"], status="available")["endpoints"] == []
    clock.advance(seconds=10)
    (found,) = slow.ok("vpc.list_snics", vpcId=arguments["vpcId"], status="available")["endpoints"]
    assert (found["endpointId"], found["productType"]) == (made, "Postpaid")


def test_addresses_come_one_after_another_until_none_is_left(caller):
    """A subnet of 8 addresses keeps three: five interfaces, each with its own, and not one more."""
    arguments = given(caller, cidr="10.0.1.0/29")
    made = [caller.ok("vpc.create_snic", **arguments)["ipAddress"] for _ in range(5)]
    assert len(set(made)) == 5
    assert caller.no("vpc.create_snic", **arguments) == (413, "LimitExceeded")


def test_a_published_service_is_taken_as_named(caller):
    made = caller.ok("vpc.create_snic", **given(caller, service="77.uservpc.baidubce.com"))["id"]
    assert caller.ok("vpc.get_snic", endpointId=made)["service"] == "77.uservpc.baidubce.com"
    assert caller.no("vpc.create_snic", **given(caller, service="bos.example.com")) == (400, "BadRequest")


def test_an_interface_is_guarded_by_groups_of_its_own_vpc(caller):
    made = caller.ok("vpc.create_snic", **given(caller))["id"]
    other = caller.ok("vpc.create_vpc", name="other", cidr="10.0.0.0/16")["vpcId"]
    group = caller.ok("vpc.create_security_group", name="g", vpcId=other, rules=[])["securityGroupId"]
    arguments = {"endpointId": made, "securityGroupIds": [group]}
    assert caller.no("vpc.update_snic_security_groups", **arguments) == (400, "BadRequest")


def test_a_prepaid_interface_needs_a_reservation(caller):
    arguments = given(caller)
    body = {**arguments, "billing": {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1}}}
    request = caller.prepare("vpc.create_snic", **arguments)
    assert caller.send(request.replace(body=encode_json(body))).status == 400
