"""How a public address comes into the world, however it is asked for, and what comes with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.making import make_along, make_thing, require_room
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.world import Thing

__all__ = ["furnish_eip", "make_eips", "move_eip_in"]

# More in one go is more than any quota allows; the limit keeps one request from taking every address.
_LARGEST_BATCH: Final = 4096


def make_eips(
    act: Act, version: str, count: int, members: Mapping[str, Any], *, continuous: bool = False
) -> list[Thing]:
    """So many addresses of these members, all or none. Refuses beyond the quota and where no address is left."""
    kind = act.world.kinds["eip"]
    require_room(act, kind, members, count)  # before anything is drawn, so that a refusal leaves no trace
    made: list[Thing] = []
    try:
        for address in _draw(act, version, count, continuous=continuous):
            draft = {**kind.traits.defaults, **members, "eip": address, "ipVersion": version, "region": act.region}
            made.append(make_thing(act, kind, draft))
            furnish_eip(act, made[-1])
    except Refusal:
        for each in made:
            act.realm_of(kind).remove(each)
        raise
    return made


def _draw(act: Act, version: str, count: int, *, continuous: bool) -> list[str]:
    addresses = act.world.dice.addresses(version, count, continuous=continuous) if 0 < count <= _LARGEST_BATCH else []
    if len(addresses) < count:
        raise act.refusal("quota", "not so many public addresses are left; ask for fewer", act.world.kinds["eip"])
    return addresses


def furnish_eip(act: Act, eip: Thing) -> None:
    """What comes with every public address: its basic protection."""
    make_along(act, "ddos_protection", {"ip": eip.id, "ipVersion": eip.members["ipVersion"]})


def move_eip_in(act: Act, members: Mapping[str, Any], created: datetime) -> Thing:
    """Let an address that was elsewhere (in the recycle bin, in another account) exist here, ready and not bound."""
    kind = act.world.kinds["eip"]
    unbound = {"status": "available", "direct": False, "instanceType": None, "instanceId": None, "instanceIp": None}
    eip = Thing(kind, members["eip"], 0, {**members, **unbound}, created, act.now)
    act.realm_of(kind).add(eip)
    furnish_eip(act, eip)
    return eip
