"""Limits of bandwidth for networks behind a gateway."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

pytestmark = pytest.mark.contract(creates=True)

Refusal = Callable[..., ServiceError]


def limit(client: Client, gateway: str, name: str, cidr: str) -> str:
    """A limit for traffic that leaves through a dedicated gateway."""
    made = client.vpc.create_gateway_limit_rule(
        ipVersion="4",
        name=name,
        serviceType="et",
        resourceId=gateway,
        direction="egress",
        cidr=cidr,
        bandwidth=10,
    )
    return made["glrId"]


def test_a_limit_lives_its_life(bce_client: Client, et_gateway: str, label: str, refusal: Refusal) -> None:
    """Create, list page by page and by filters, change, delete, gone."""
    call = bce_client.vpc
    first = limit(bce_client, et_gateway, f"{label}-a", "10.0.1.0/24")
    second = limit(bce_client, et_gateway, f"{label}-b", "10.0.2.0/24")
    (found,) = call.list_gateway_limit_rules(glrId=first)["result"]
    assert (found["name"], found["resourceId"], found["cidr"]) == (f"{label}-a", et_gateway, "10.0.1.0/24")
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
    made = limit(bce_client, et_gateway, label, "10.0.1.0/24")
    assert 400 <= refusal(bce_client.vpc.delete_et_gateway, etGatewayId=et_gateway).status < 500
    bce_client.vpc.delete_gateway_limit_rule(made)
    missing = refusal(lambda gateway: limit(bce_client, gateway, label, "10.0.1.0/24"), gateway="dcgw-000000000000")
    assert (missing.status, missing.code) == (404, "NoSuchObject")


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
