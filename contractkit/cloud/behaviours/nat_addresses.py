"""Public addresses of NAT gateways: which are bound, how many and of which kind may be, which a rule uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.eip_binding import list_bound
from contractkit.cloud.world import Thing

__all__ = ["addresses_for", "list_uses", "require_fitting", "require_takes", "require_unused"]

# How many public addresses a gateway of the older generation takes, by its specification.
_PLACES: Final = {"small": 5, "medium": 10, "large": 15}


def addresses_for(act: Act, nat: Thing, name: str) -> list[str]:
    """The addresses bound to a gateway: all (`bindEips`), those for SNAT (`eips`) or those for DNAT (`dnatEips`)."""
    bound, for_dnat = [each.id for each in list_bound(act, nat)], nat.members.get("forDnat", ())
    if name == "bindEips":
        return bound
    return [each for each in bound if (each in for_dnat) == (name == "dnatEips")]


def list_uses(act: Act, nat: Thing) -> Iterator[str]:
    """Every public address that a rule of the gateway uses."""
    realm = act.realm_of(nat.kind)
    for rule in realm.children(nat, "snat_rule").values():
        yield from rule.members["publicIpsAddress"]
    for rule in realm.children(nat, "dnat_rule").values():
        yield rule.members["publicIpAddress"]


def require_fitting(act: Act, members: Mapping[str, Any], eips: Iterable[Thing]) -> None:
    """Refuse more addresses than a gateway of these members takes, and such as do not go together."""
    eips, places = list(eips), _PLACES.get(members.get("spec", ""))
    if places is not None and len(eips) > places:
        raise act.refusal("quota", f"the gateway takes {places} public addresses; unbind one first")
    if len({each.members["shareGroupId"] for each in eips}) > 1:
        raise act.refusal("state", "addresses are all in one shared bandwidth, or all in none; bind such ones")


def require_takes(act: Act, eip: Thing, identity: str) -> None:
    """Refuse to bind an address, by way of its own service, to a gateway that does not exist or does not take it."""
    kind = act.world.kinds["nat_gateway"]
    nat = act.realm_of(kind).find(kind.name, identity)
    if nat is None:
        raise act.refusal("missing", "no such NAT gateway here; list them first", act.world.kinds["vpc"])
    nat.settle(act.now)
    if nat.members["status"] != "active":
        raise act.refusal("state", "the gateway is changing; wait until it is active or unconfigured")
    require_fitting(act, nat.members, [*list_bound(act, nat), eip])


def require_unused(act: Act, eip: Thing) -> None:
    """Refuse to take an address from a gateway while a rule uses it."""
    kind = act.world.kinds["nat_gateway"]
    nat = act.realm_of(kind).find(kind.name, eip.members["instanceId"] or "")
    if nat is not None and eip.id in set(list_uses(act, nat)):
        raise act.refusal("state", "a rule of its NAT gateway uses the address; change or delete the rule first")
