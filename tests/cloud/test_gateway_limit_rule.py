"""Limits behind gateways: whose they are, and how they are found."""

import pytest

LIMIT = {"ipVersion": "4", "name": "l", "direction": "egress", "cidr": "10.0.0.0/24", "bandwidth": 1}


@pytest.fixture
def gateway(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    return caller.ok("vpc.create_et_gateway", name="g", vpcId=vpc, speed=10)["etGatewayId"]


def test_a_limit_is_found_by_a_part_of_what_it_names(caller, gateway):
    made = caller.ok("vpc.create_gateway_limit_rule", **LIMIT, serviceType="et", resourceId=gateway)["glrId"]
    for part in ({"glrId": made[-6:]}, {"resourceId": gateway[:8]}, {"name": "l"}, {"serviceType": "et"}):
        assert [each["glrId"] for each in caller.ok("vpc.list_gateway_limit_rules", **part)["result"]] == [made]
    assert caller.ok("vpc.list_gateway_limit_rules", serviceType="csn")["result"] == []


def test_a_limit_goes_with_the_peering_it_is_behind(caller):
    one, two = (caller.ok("vpc.create_vpc", name="n", cidr=cidr)["vpcId"] for cidr in ("10.0.0.0/16", "10.1.0.0/16"))
    billing = {"paymentTiming": "Postpaid"}
    ends = {"localVpcId": one, "peerVpcId": two, "peerRegion": "bj"}
    peering = caller.ok("vpc.create_peer_conn", bandwidthInMbps=10, billing=billing, **ends)["peerConnId"]
    end = caller.ok("vpc.get_peer_conn", peerConnId=peering)["localIfId"]
    limit = {**LIMIT, "serviceType": "peerconn"}
    caller.ok("vpc.create_gateway_limit_rule", **limit, resourceId=end)
    assert caller.no("vpc.create_gateway_limit_rule", **limit, resourceId="qpif-1") == (404, "NoSuchObject")
    caller.ok("vpc.delete_peer_conn", peerConnId=peering)
    assert caller.ok("vpc.list_gateway_limit_rules")["result"] == []


def test_a_limit_is_for_its_version_of_ip(caller, gateway):
    limit = {**LIMIT, "cidr": "2001:db8::/64", "serviceType": "et", "resourceId": gateway}
    assert caller.no("vpc.create_gateway_limit_rule", **limit) == (400, "BadRequest")
