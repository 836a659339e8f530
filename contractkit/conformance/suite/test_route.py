"""The route table of a VPC and its routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateRouteRuleNextHopList

pytestmark = pytest.mark.contract(creates=True)

needs_next_hop = pytest.mark.reference_only("no instance or dedicated line to route to")
POSTPAID: Final[Any] = {"paymentTiming": "Postpaid"}
SIX: Final = "ipv6gateway"


@pytest.fixture
def table(bce_client: Client, vpc: str) -> str:
    """The id of the route table of the test's VPC."""
    return bce_client.vpc.get_route_table(vpcId=vpc)["routeTableId"]


@pytest.fixture
def hops(
    bce_client: Client, vpc: str, subnet: str, et_gateway: str, vpn: str, *, label: str, eventually: Eventually
) -> Iterator[dict[str, str]]:
    """A next hop of every type, by its type, all in the VPC of the test, removed at the end."""
    call = bce_client.vpc
    call.update_vpc(vpc, name=label, enableIpv6=True)
    peer = call.create_vpc(name=f"{label}-p", cidr="10.1.0.0/16")["vpcId"]
    nat = call.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing=POSTPAID)["natId"]
    conn = call.create_peer_conn(
        localVpcId=vpc, peerVpcId=peer, peerRegion=bce_client.region, bandwidthInMbps=10, billing=POSTPAID
    )["peerConnId"]
    six = call.create_ipv6_gateway(vpcId=vpc, name=label, bandwidthInMbps=10, billing=POSTPAID)["gatewayId"]
    eni = call.create_eni(name=label, subnetId=subnet, privateIpSet=[{"primary": True}])["eniId"]
    havip = call.create_havip(name=label, subnetId=subnet, privateIpAddress="")["haVipId"]
    eventually(lambda: call.get_nat_gateway(nat)["status"] == "unconfigured")
    eventually(lambda: call.get_peer_conn(conn)["status"] == "active")
    yield {
        "custom": "i-ck000001",
        "vpn": vpn,
        "nat": nat,
        "dcGateway": et_gateway,
        "peerConn": call.get_peer_conn(conn)["localIfId"],
        "enic": eni,
        "havip": havip,
        SIX: six,
    }
    call.delete_havip(havip)
    call.delete_eni(eni)
    call.delete_ipv6_gateway(six)
    call.delete_peer_conn(conn)
    call.delete_nat_gateway(nat)
    eventually(lambda: not call.list_peer_conns(vpcId=vpc)["peerConns"])
    eventually(lambda: not call.list_nat_gateways(vpcId=vpc)["nats"])
    call.delete_vpc(peer)


def own_rules(client: Client, table: str) -> list[Any]:
    """The routes somebody added, with a next hop."""
    return [each for each in client.vpc.list_route_rules.each(routeTableId=table) if each.get("nexthopId")]


def test_a_vpc_has_one_route_table(bce_client: Client, vpc: str, table: str) -> None:
    """Found by the VPC and by its own id it is the same."""
    by_vpc, by_id = bce_client.vpc.get_route_table(vpcId=vpc), bce_client.vpc.get_route_table(routeTableId=table)
    assert by_vpc == by_id
    assert (by_id["routeTableId"], by_id["vpcId"]) == (table, vpc)


def test_a_route_table_needs_one_name(bce_client: Client, vpc: str, table: str) -> None:
    """Neither the id nor the VPC, or both of them: refused with 400."""
    request = bce_client.prepare("vpc.get_route_table", {"vpcId": vpc})
    bare = request.url.partition("?")[0]
    for url in (bare, f"{bare}?vpcId={vpc}&routeTableId={table}"):
        assert bce_client.exchange(request.replace(url=url)).status == 400


@pytest.mark.usefixtures("subnet")
@needs_next_hop
def test_a_route_lives_its_life(bce_client: Client, vpc: str, table: str, refusal: Refusal) -> None:
    """Add, list, change, delete, gone."""
    call = bce_client.vpc
    given = {"sourceAddress": "10.0.1.0/24", "destinationAddress": "192.168.0.0/24"}
    hop = {"nexthopId": "i-ck000001", "nexthopType": "custom"}
    made = bce_client.call("vpc.create_route_rule", {"routeTableId": table, **given, **hop})["routeRuleId"]
    (found,) = own_rules(bce_client, table)
    assert found == {
        "routeRuleId": made,
        "routeTableId": table,
        "pathType": "normal",
        "description": "",
        **given,
        **hop,
    }
    assert list(call.list_route_rules.each(vpcId=vpc)) == call.get_route_table(vpcId=vpc)["routeRules"]
    call.update_route_rule(made, nexthopId="i-ck000002", description="changed")
    (changed,) = own_rules(bce_client, table)
    assert (changed["nexthopId"], changed["description"]) == ("i-ck000002", "changed")
    assert changed["destinationAddress"] == "192.168.0.0/24"
    call.delete_route_rule(made)
    assert own_rules(bce_client, table) == []
    assert refusal(call.delete_route_rule, routeRuleId=made).status == 404


@needs_next_hop
def test_a_route_of_two_paths_is_switched(
    bce_client: Client, vpc: str, table: str, label: str, refusal: Refusal
) -> None:
    """An active and a standby path change places, only the active one can; equal paths stay so; so do the gateways."""
    call = bce_client.vpc
    gateways = [call.create_et_gateway(name=f"{label}-{n}", vpcId=vpc, speed=100)["etGatewayId"] for n in "ab"]
    hops: list[VpcCreateRouteRuleNextHopList] = [
        {"nexthopId": gateways[0], "nexthopType": "dcGateway", "pathType": "ha:active"},
        {"nexthopId": gateways[1], "nexthopType": "dcGateway", "pathType": "ha:standby"},
    ]
    active, standby = call.create_route_rule(
        routeTableId=table, sourceAddress="0.0.0.0/0", destinationAddress="192.168.0.0/24", nextHopList=hops
    )["routeRuleIds"]
    call.switch_route_rule_ha(active)
    paths = {each["routeRuleId"]: each["pathType"] for each in own_rules(bce_client, table)}
    assert paths == {active: "ha:standby", standby: "ha:active"}
    assert 400 <= refusal(call.switch_route_rule_ha, routeRuleId=active).status < 500
    assert refusal(call.delete_et_gateway, etGatewayId=gateways[0]).status == 409
    equal: list[VpcCreateRouteRuleNextHopList] = [
        {"nexthopId": each, "nexthopType": "dcGateway", "pathType": "ecmp"} for each in gateways
    ]
    pair = call.create_route_rule(
        routeTableId=table, sourceAddress="0.0.0.0/0", destinationAddress="192.168.1.0/24", nextHopList=equal
    )["routeRuleIds"]
    found = {each["routeRuleId"]: each for each in own_rules(bce_client, table)}
    assert [(found[each]["nexthopId"], found[each]["pathType"]) for each in pair] == [(hop, "ecmp") for hop in gateways]
    for each in found:
        call.delete_route_rule(each)
    for each in gateways:
        call.delete_et_gateway(each)


def route(kind: str, hops: dict[str, str], number: int, source: str) -> dict[str, Any]:
    """The route of that number from a source over the hop of that type; a gateway of IPv6 has routes of IPv6."""
    ends = {"sourceAddress": source, "destinationAddress": f"192.168.{number}.0/24"}
    if kind == SIX:
        ends = {"sourceAddress": "::/0", "destinationAddress": f"2001:db8:{number}::/48"}
    return {**ends, "nexthopType": kind, "nexthopId": hops[kind], "description": f"number {number} over {kind}"}


@needs_next_hop
def test_routes_lead_over_every_type_of_next_hop(bce_client: Client, table: str, hops: dict[str, str]) -> None:
    """A route over each, of both versions, is listed page by page as it was made; each can lead elsewhere later."""

    def listed() -> dict[str, dict[str, Any]]:
        names, pages = tuple(route(SIX, hops, 0, "")), bce_client.vpc.list_route_rules.each
        rules = [each for each in pages(routeTableId=table, maxKeys=5) if each.get("nexthopId")]
        return {each["routeRuleId"]: {name: each.get(name) for name in names} for each in rules}

    wanted = {}
    for number, kind in enumerate(hops):
        given = route(kind, hops, number, "0.0.0.0/0")
        arguments = {"routeTableId": table, "ipVersion": 6 if kind == SIX else 4, **given}
        wanted[bce_client.call("vpc.create_route_rule", arguments)["routeRuleId"]] = given
    assert listed() == wanted
    others = [kind for kind in hops if kind != SIX]
    following = {SIX: SIX, **dict(zip(others, [*others[1:], others[0]], strict=True))}
    for number, (rule, given) in enumerate(wanted.items()):
        kind = following[given["nexthopType"]]
        wanted[rule] = route(kind, hops, 100 + number, "10.0.1.0/24")
        arguments = {"routeRuleId": rule, "ipVersion": 6 if kind == SIX else 4, **wanted[rule]}
        bce_client.call("vpc.update_route_rule", arguments)
    assert listed() == wanted
    for rule in wanted:
        bce_client.vpc.delete_route_rule(rule)


@needs_next_hop
def test_a_source_and_destination_have_one_route(bce_client: Client, table: str, refusal: Refusal) -> None:
    """The same pair again is refused."""
    given = {"routeTableId": table, "sourceAddress": "0.0.0.0/0", "destinationAddress": "192.168.0.0/24"}
    hop = {"nexthopId": "i-ck000001", "nexthopType": "custom"}
    made = bce_client.call("vpc.create_route_rule", {**given, **hop})["routeRuleId"]
    assert 400 <= refusal(bce_client.vpc.create_route_rule, **given, **hop).status < 500
    bce_client.vpc.delete_route_rule(made)


@pytest.mark.usefixtures("subnet")
@pytest.mark.parametrize("ends", [("10.0.9.0/24", "192.168.0.0/24"), ("10.0.1.0/24", "10.0.128.0/24")])
def test_routes_start_in_a_subnet_and_lead_out(
    bce_client: Client, table: str, ends: tuple[str, str], refusal: Refusal
) -> None:
    """A source in no subnet, or a destination inside the VPC, is refused."""
    error = refusal(
        bce_client.vpc.create_route_rule,
        routeTableId=table,
        sourceAddress=ends[0],
        destinationAddress=ends[1],
        nexthopId="i-00000000",
        nexthopType="custom",
    )
    assert 400 <= error.status < 500
