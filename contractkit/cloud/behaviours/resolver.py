"""Resolvers of private DNS with their addresses in subnets, and the rules by which VPCs forward through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import find_taken, take_address
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import make_along
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

# The documentation spells the passing states of a rule in two ways; the cloud shows the value and takes the key too.
_SPELLINGS: Final = {"BINGDING": "BINDING", "UNBINGDING": "UNBINDING"}


def _in_region(act: Act, region: str) -> Act:
    """The same act, looking for VPCs and subnets in a region: private DNS itself is in none."""
    return replace(act, region=region)


def _create_resolver(act: Act, draft: dict[str, Any]) -> None:
    _in_region(act, draft["vpcRegion"]).find(act.world.kinds["vpc"], draft["vpcId"])
    if not draft.pop("ipModels"):
        raise act.refusal("value", "a resolver needs an address; name a subnet for each in ipModels")


def _house_resolver(act: Act, resolver: Thing) -> None:
    there = _in_region(act, resolver.members["vpcRegion"])
    for model in act.body["ipModels"]:
        subnet = there.find(act.world.kinds["subnet"], str(model.get("subnetId", "")))
        if subnet.members["vpcId"] != resolver.members["vpcId"]:
            raise act.refusal("value", "the subnet of an address lies in another VPC; choose one of the VPC named")
        address = _take_address(there, subnet, model)
        house = {"resolverId": resolver.id, "subnetId": subnet.id, "ipAddress": address}
        make_along(act, "dns_resolver_address", house)


def _take_address(there: Act, subnet: Thing, model: Mapping[str, Any]) -> str:
    wanted = model.get("ipAddress") or None
    version = ip_address(wanted).version if wanted else 4
    return take_address(there, subnet, wanted, version, find_taken(there, subnet))


def _create_rule(act: Act, draft: dict[str, Any]) -> None:
    resolver = act.find(act.world.kinds["dns_resolver"], draft["resolverId"])
    if resolver.members["type"] != "outbound":
        raise act.refusal("value", "only an outbound resolver forwards; name one of that type")
    if resolver.members["status"] != "RUNNING":
        raise act.refusal("state", "the resolver does not run; wait until it is RUNNING")
    draft["resolverRegion"] = resolver.members["vpcRegion"]


def _change_rule(act: Act, rule: Thing, members: dict[str, Any]) -> None:
    if members.pop("vpcRegions", None) is None:
        return
    named, bound = list(_named_vpcs(act)), _bindings(act, rule)
    if not named:
        raise act.refusal("value", "vpcRegions names no VPC; name one at least")
    if act.effect.does == "bind":
        for region, vpc in named:
            _in_region(act, region).find(act.world.kinds["vpc"], vpc)
            if vpc in bound:
                raise act.refusal("state", "a VPC named is bound already; name only others")
    elif any(vpc not in bound for _, vpc in named):
        raise act.refusal("state", "a VPC named is not bound to the rule; name only those that are")


def _named_vpcs(act: Act) -> Iterator[tuple[str, str]]:
    """Region and id of every VPC the request names."""
    for each in act.body["vpcRegions"]:
        for vpc in each.get("vpcIds", ()):
            yield each.get("region", ""), vpc


def _bindings(act: Act, rule: Thing) -> dict[str, Thing]:
    """What binds VPCs to a rule, by the id of the VPC."""
    kind = act.world.kinds["dns_resolver_binding"]
    return {each.members["vpcId"]: each for each in act.realm_of(kind).children(rule, kind.name).values()}


def _bind_rule(act: Act, rule: Thing) -> None:
    named = {vpc: region for region, vpc in _named_vpcs(act)} if "vpcRegions" in act.body else {}
    if act.effect.does == "bind":
        for vpc, region in named.items():
            make_along(act, "dns_resolver_binding", {"ruleId": rule.id, "vpcId": vpc, "region": region})
    elif act.effect.does == "unbind":
        bound = _bindings(act, rule)
        for vpc in named:
            act.realm.remove(bound.pop(vpc))
        rule.settles_to = "BOUND" if bound else "UNBOUND"


def _list_rules(act: Act) -> list[Callable[[Thing], bool]]:
    wanted = act.query.get("status")
    if wanted is None:
        return []
    status = _SPELLINGS.get(wanted, wanted)
    return [lambda rule: bool(rule.members["status"] == status)]


BEHAVIOURS: Final = Behaviours(
    creating={"dns_resolver": _create_resolver, "dns_resolver_rule": _create_rule},
    created={"dns_resolver": _house_resolver},
    changing={"dns_resolver_rule": _change_rule},
    changed={"dns_resolver_rule": _bind_rule},
    listing={"dns_resolver_rule": _list_rules},
)
