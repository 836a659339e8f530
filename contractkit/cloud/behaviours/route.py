"""Routes: where they may lead, and the paths of those that have several."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import HOMES, Network
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import make_thing, require_room
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_ANYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
_ADDRESSES: Final = ("sourceAddress", "destinationAddress")
_ACTIVE, _STANDBY = "ha:active", "ha:standby"
# The kinds of next hop that have to exist, in the VPC of the route; an instance (custom) is taken as named.
_HOPS: Final = {
    "dcGateway": "et_gateway",
    "enic": "eni",
    "havip": "havip",
    "ipv6gateway": "ipv6_gateway",
    "nat": "nat_gateway",
    "peerConn": "peer_conn_interface",
    "vpn": "vpn",
}


def _create_rule(act: Act) -> dict[str, Any]:
    """One rule for each path; all of them or none."""
    table = act.find(act.world.kinds["route_table"], act.body["routeTableId"])
    common = {
        **act.kind.traits.defaults,
        **{name: act.body[name] for name in ("sourceAddress", "destinationAddress", "description") if name in act.body},
        "routeTableId": table.id,
        "vpcId": table.members["vpcId"],
    }
    _settle_addresses(act, common)
    if _paths(act, common):
        raise act.refusal("duplicate", "the table has a route of this source and destination; change that one")
    drafts = [{**common, **hop} for hop in _read_hops(act)]
    for draft in drafts:
        _require_hop(act, draft)
    made = _make_all(act, drafts)
    ids = [each.id for each in made]
    return {"routeRuleIds": ids} if act.body.get("nextHopList") else {"routeRuleId": ids[0]}


def _make_all(act: Act, drafts: list[dict[str, Any]]) -> list[Thing]:
    made: list[Thing] = []
    for draft in drafts:
        try:
            require_room(act, act.kind, draft)
        except Refusal:
            for thing in made:
                act.realm.remove(thing)
            raise
        made.append(make_thing(act, act.kind, draft))
    return made


def _read_hops(act: Act) -> list[Mapping[str, Any]]:
    """What sets the rule of each path apart."""
    hops: list[Mapping[str, Any]] = act.body.get("nextHopList") or []
    if not hops:
        return [{"nexthopId": act.body.get("nexthopId", ""), "nexthopType": act.body.get("nexthopType", "custom")}]
    types = sorted(each["pathType"] for each in hops)
    if len({each["nexthopId"] for each in hops}) < len(hops):
        raise act.refusal("value", "two paths have one next hop; name each once")
    if types != [_ACTIVE, _STANDBY] and (len(hops) == 1 or set(types) != {"ecmp"}):
        raise act.refusal("value", "paths are two or more of ecmp, or one ha:active and one ha:standby")
    return hops


def _settle_addresses(act: Act, members: dict[str, Any]) -> None:
    """Normalise source and destination. Refuses those that a route cannot have."""
    source, destination = (ip_network(members[name], strict=False) for name in _ADDRESSES)
    told = str(members.get("ipVersion") or source.version).removeprefix("IPv")
    if source.version != destination.version or told != str(source.version):
        raise act.refusal("value", "source, destination and ipVersion are not of one version of IP; let them agree")
    members["sourceAddress"], members["destinationAddress"] = str(source), str(destination)
    vpc = act.find(act.world.kinds["vpc"], members["vpcId"])
    if str(source) not in _ANYWHERE and not any(_within(source, each) for each in _subnets(act, vpc, source.version)):
        raise act.refusal("value", "the source is neither everything nor inside a subnet; choose 0.0.0.0/0 or a subnet")
    local = vpc.members.get(HOMES[source.version])
    if local and not {str(source), str(destination)} & _ANYWHERE and destination.overlaps(ip_network(local)):
        raise act.refusal("cidr", "the destination overlaps the network of the VPC; choose one outside")


def _subnets(act: Act, vpc: Thing, version: int) -> list[Network]:
    subnets = act.realm.children(vpc, "subnet").values()
    return [ip_network(cidr) for each in subnets if (cidr := each.members.get(HOMES[version]))]


def _within(network: Network, home: Network) -> bool:
    return network.subnet_of(home)  # type: ignore[arg-type] # both are of one version


def _paths(act: Act, members: Mapping[str, Any]) -> list[Thing]:
    """The rules of a table that have the same source and destination."""
    table = act.find(act.world.kinds["route_table"], members["routeTableId"])
    rules = act.realm.children(table, act.kind.name).values()
    return [each for each in rules if all(each.members[name] == members[name] for name in _ADDRESSES)]


def _require_hop(act: Act, members: Mapping[str, Any]) -> None:
    kind = act.world.kinds.get(_HOPS.get(members["nexthopType"], ""))
    if kind is not None:
        hop = act.find(kind, members["nexthopId"])
        home = kind.traits.parents.get("vpc", "vpcId")
        if hop.members.get(home, members["vpcId"]) != members["vpcId"]:
            raise act.refusal("value", "the next hop is in another VPC; choose one of this VPC")


def _change_rule(act: Act, rule: Thing, members: dict[str, Any]) -> None:
    if act.body.get("nextHopList"):
        raise act.refusal("state", "paths are chosen when a route is created; delete this route and create another")
    _settle_addresses(act, members)
    moved = any(members[name] != rule.members[name] for name in _ADDRESSES)
    if moved and rule.members["pathType"] != "normal":
        raise act.refusal("state", "a route of several paths keeps its addresses; delete its rules and create another")
    if moved and _paths(act, members):
        raise act.refusal("duplicate", "the table has a route of this source and destination; change that one")
    if any(members[name] != rule.members[name] for name in ("nexthopId", "nexthopType")):
        _require_changed_hop(act, rule, members)


def _require_changed_hop(act: Act, rule: Thing, members: Mapping[str, Any]) -> None:
    if rule.members["pathType"] != "normal":
        if members["nexthopType"] != rule.members["nexthopType"]:
            raise act.refusal("value", "the paths of a route lead over one type of next hop; keep nexthopType")
        if any(each is not rule and each.members["nexthopId"] == members["nexthopId"] for each in _paths(act, members)):
            raise act.refusal("value", "another path has this next hop; name each once")
    _require_hop(act, members)


def _switch(act: Act) -> None:
    active = act.target()
    standby = next((each for each in _paths(act, active.members) if each.members["pathType"] == _STANDBY), None)
    if active.members["pathType"] != _ACTIVE or standby is None:
        raise act.refusal("state", "the rule is not the active path of two; name the rule whose pathType is ha:active")
    active.members["pathType"], standby.members["pathType"] = _STANDBY, _ACTIVE
    active.updated = standby.updated = act.now


BEHAVIOURS: Final = Behaviours(
    changing={"route_rule": _change_rule},
    operations={"vpc.create_route_rule": _create_rule, "vpc.switch_route_rule_ha": _switch},
)
