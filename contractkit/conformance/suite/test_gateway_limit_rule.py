"""Limits of bandwidth for networks behind a gateway."""

from __future__ import annotations

from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal

pytestmark = pytest.mark.contract(creates=True)


def limit(client: Client, resource: str, name: str, cidr: str = "10.0.1.0/24", **more: Any) -> str:
    """A limit for traffic that leaves through a dedicated gateway, or another kind of way if `more` says so."""
    given: Any = {"serviceType": "et", "ipVersion": "4", "direction": "egress", "bandwidth": 10, **more}
    return client.vpc.create_gateway_limit_rule(name=name, resourceId=resource, cidr=cidr, **given)["glrId"]


def test_a_limit_lives_its_life(bce_client: Client, et_gateway: str, label: str, refusal: Refusal) -> None:
    """Create, list page by page and by filters, change, delete, gone."""
    call = bce_client.vpc
    first = limit(bce_client, et_gateway, f"{label}-a", description="made by a test")
    second = limit(bce_client, et_gateway, f"{label}-b", "10.0.2.0/24")
    (found,) = call.list_gateway_limit_rules(glrId=first)["result"]
    assert (found["name"], found["resourceId"], found["cidr"]) == (f"{label}-a", et_gateway, "10.0.1.0/24")
    assert (found["serviceType"], found["description"]) == ("et", "made by a test")
    assert (found["ipVersion"], found["direction"], found["bandwidth"], found["enable"]) == ("4", "egress", 10, True)
    paged = call.list_gateway_limit_rules.each(resourceId=et_gateway, serviceType="et", maxKeys=1)
    assert [each["glrId"] for each in paged] == [first, second]
    assert [each["glrId"] for each in call.list_gateway_limit_rules.each(name=f"{label}-b"[3:])] == [second]
    call.update_gateway_limit_rule(first, name=f"{label}-c", description="changed", bandwidth=20)
    (changed,) = call.list_gateway_limit_rules(glrId=first)["result"]
    assert (changed["name"], changed["description"], changed["bandwidth"]) == (f"{label}-c", "changed", 20)
    for each in (first, second):
        call.delete_gateway_limit_rule(each)
    assert call.list_gateway_limit_rules(resourceId=et_gateway)["result"] == []
    assert refusal(call.delete_gateway_limit_rule, glrId=first).status == 404


def test_a_limit_holds_its_gateway_back(bce_client: Client, et_gateway: str, label: str, refusal: Refusal) -> None:
    """A gateway with a limit is not deleted, and none is limited that does not exist."""
    made = limit(bce_client, et_gateway, label)
    assert 400 <= refusal(bce_client.vpc.delete_et_gateway, etGatewayId=et_gateway).status < 500
    bce_client.vpc.delete_gateway_limit_rule(made)
    missing = refusal(lambda gateway: limit(bce_client, gateway, label), gateway="dcgw-000000000000")
    assert (missing.status, missing.code) == (404, "NoSuchObject")


@pytest.mark.reference_only("the interface of the end is named by the service, and a live run names only its own")
def test_an_end_of_a_peering_is_limited(bce_client: Client, vpc: str, label: str, eventually: Eventually) -> None:
    """The limit names the interface of the end, and is listed among those of peerings."""
    call = bce_client.vpc
    peer = call.create_vpc(name=f"{label}-p", cidr="10.1.0.0/16")["vpcId"]
    conn = call.create_peer_conn(
        localVpcId=vpc,
        peerVpcId=peer,
        peerRegion=bce_client.region,
        bandwidthInMbps=10,
        billing={"paymentTiming": "Postpaid"},
    )["peerConnId"]
    eventually(lambda: call.get_peer_conn(conn)["status"] == "active")
    end = call.get_peer_conn(conn, role="initiator")["localIfId"]
    made = limit(bce_client, end, label, serviceType="peerconn")
    (found,) = call.list_gateway_limit_rules.each(serviceType="peerconn", resourceId=end)
    assert (found["glrId"], found["serviceType"], found["resourceId"]) == (made, "peerconn", end)
    call.delete_gateway_limit_rule(made)
    call.delete_peer_conn(conn)
    eventually(lambda: not call.list_peer_conns(vpcId=vpc)["peerConns"])
    call.delete_vpc(peer)


@pytest.mark.reference_only("no enterprise network")
def test_each_part_of_an_enterprise_network_is_limited(bce_client: Client, label: str) -> None:
    """Inside the region, to another region of the cloud, and to an edge: a limit tells which part it is of."""
    network = "csn-000000000000"
    parts: list[dict[str, str]] = [
        {"subServiceType": "LOCAL"},
        {"subServiceType": "PEER_CLOUD", "peerRegion": "gz"},
        {"subServiceType": "PEER_EDGE", "peerRegion": "gz"},
    ]
    made = [limit(bce_client, network, label, serviceType="csn", **each) for each in parts]
    listed = list(bce_client.vpc.list_gateway_limit_rules.each(serviceType="csn", resourceId=network))
    told = [(each["glrId"], each["serviceType"], each["subServiceType"]) for each in listed]
    assert told == [(each, "csn", part["subServiceType"]) for each, part in zip(made, parts, strict=True)]
    for each in made:
        bce_client.vpc.delete_gateway_limit_rule(each)


def test_a_limit_in_an_enterprise_network_names_its_part(bce_client: Client, label: str) -> None:
    """A limit of csn without subServiceType, and PEER_CLOUD without peerRegion, are refused with 400."""
    given = {
        "ipVersion": "4",
        "name": label,
        "serviceType": "et",
        "resourceId": "csn-000000000000",
        "direction": "egress",
        "cidr": "10.0.1.0/24",
        "bandwidth": 10,
    }
    request = bce_client.prepare("vpc.create_gateway_limit_rule", given)
    for part in (b'"csn"', b'"csn","subServiceType":"PEER_CLOUD"'):
        assert bce_client.exchange(request.replace(body=request.body.replace(b'"et"', part))).status == 400
