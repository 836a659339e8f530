"""Transfers of addresses between accounts: both sides see the same transfer, each may do its own part.

A transfer is one thing in each of the two accounts; the two share their members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.eip_making import move_eip_in
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import make_thing, require_room
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.times import tell_time
from contractkit.cloud.world import Realm, Thing

__all__ = ["BEHAVIOURS"]

# How long an offer stands is not documented; this is a guess.
_OPEN_FOR: Final = timedelta(days=7)
_SIDES: Final = {"sent": "userId", "received": "toUserId"}
_ACTORS: Final = {"accept_eip_transfer": "toUserId", "reject_eip_transfer": "toUserId", "cancel_eip_transfer": "userId"}


def _offer(act: Act) -> dict[str, Any]:
    """One transfer for each address named; all of them or none."""
    named = dict.fromkeys(act.body["transferResourceList"])
    eips = [_require_movable(act, each) for each in named]
    return {"transfers": [_open(act, eip) for eip in eips]}


def _require_movable(act: Act, short_id: str) -> Thing:
    eip = _find(act.realm, short_id)
    if eip is None:
        raise act.refusal("missing", "no public address of this id here; list them first", act.world.kinds["eip"])
    eip.settle(act.now)
    if not _is_movable(act.realm, eip):
        raise act.refusal("state", "it has to be available, and in no shared bandwidth; unbind it or move it out first")
    if any(_is_open(each, short_id) for each in act.realm.all("eip_transfer").values()):
        raise act.refusal("state", "it is offered already; cancel that transfer first")
    return eip


def _find(realm: Realm, short_id: str) -> Thing | None:
    return next((each for each in realm.all("eip").values() if each.members["eipId"] == short_id), None)


def _is_movable(realm: Realm, eip: Thing) -> bool:
    burdens = (eip.members["shareGroupId"], realm.children(eip, "eip_bp"), realm.children(eip, "tbsp_object"))
    return eip.members["status"] == "available" and not any(burdens)


def _is_open(transfer: Thing, short_id: str) -> bool:
    return (transfer.members["instanceId"], transfer.members["status"]) == (short_id, "processing")


def _open(act: Act, eip: Thing) -> dict[str, Any]:
    members = {
        **act.kind.traits.defaults,
        "userId": act.account.id,
        "toUserId": act.body["toUserId"],
        "instanceId": eip.members["eipId"],
        "instanceName": eip.members["name"],
        "instanceIp": eip.id,
        "instanceType": eip.members["eipInstanceType"],
        "instanceBandwidth": eip.members["bandwidthInMbps"],
        "openUntil": tell_time(act.now + _OPEN_FOR, "utc"),
    }
    transfer = make_thing(act, act.kind, members)
    if act.body["toUserId"] != act.account.id:
        there = act.world.realm_at(act.body["toUserId"], act.region)
        there.add(Thing(act.kind, transfer.id, 0, members, act.now, act.now))
    return {"transferId": transfer.id, "instanceId": eip.members["eipId"]}


def _change(act: Act, transfer: Thing, members: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    if transfer.members[_ACTORS[act.plan.operation.name]] != act.account.id:
        raise act.refusal("state", "the receiver accepts or rejects a transfer, the sender cancels it")


def _follow(act: Act, transfer: Thing) -> None:
    """Hand the address over if it still can be; tell the other side what became of the transfer."""
    if act.plan.operation.name == "accept_eip_transfer" and not _hand_over(act, transfer):
        transfer.settles_to = "failed"
    for twin in _sides(act, transfer):
        twin.updated, twin.settles_at, twin.settles_to = act.now, transfer.settles_at, transfer.settles_to


def _sides(act: Act, transfer: Thing) -> Iterator[Thing]:
    for member in _SIDES.values():
        side = act.world.realm_at(transfer.members[member], act.region).find(transfer.kind.name, transfer.id)
        if side is not None:
            yield side


def _hand_over(act: Act, transfer: Thing) -> bool:
    here = act.world.realm_at(transfer.members["userId"], act.region)
    eip = _find(here, transfer.members["instanceId"])
    if eip is None:
        return False
    eip.settle(act.now)
    try:
        require_room(act, eip.kind, eip.members)
    except Refusal:
        return False
    if not _is_movable(here, eip):
        return False
    here.remove(eip)
    move_eip_in(act, eip.members, eip.created)
    return True


def _select(act: Act) -> list[Callable[[Thing], bool]]:
    """Tests for the sides and the ids (joined by underscores) that a list asks for."""
    tests: list[Callable[[Thing], bool]] = []
    direction, ids = act.query.get("direction"), act.query.get("transferId")
    if direction:
        side = _SIDES[direction]
        tests.append(lambda thing: thing.members[side] == act.account.id)
    if ids:
        wanted = set(ids.split("_"))
        tests.append(lambda thing: thing.id in wanted)
    return tests


BEHAVIOURS: Final = Behaviours(
    changing={"eip_transfer": _change},
    changed={"eip_transfer": _follow},
    listing={"eip_transfer": _select},
    operations={"eip.create_eip_transfer": _offer},
)
