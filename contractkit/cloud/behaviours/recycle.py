"""The recycle bin: what goes in, what is pushed out, and how an address comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.billing import tell_later
from contractkit.cloud.behaviours.eip_making import move_eip_in
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import require_room
from contractkit.cloud.times import tell_time
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS", "put_into_bin"]

_DAYS: Final = 7
_PLACES: Final = 10
_TIMES: Final = ("recycleTime", "scheduledDeleteTime")


def put_into_bin(act: Act, eip: Thing) -> None:
    """Keep a released address for seven days, if that was asked for; in a full bin it takes the oldest one's place."""
    if not act.query.get("releaseToRecycle"):
        return
    kind, realm = act.world.kinds["recycled_eip"], act.realm
    for oldest in list(realm.all(kind.name).values())[: -(_PLACES - 1)]:
        realm.remove(oldest)
    ends = tell_time(act.now + timedelta(days=_DAYS), "utc")
    times = {"status": "paused", "recycleTime": tell_time(act.now, "utc"), "scheduledDeleteTime": ends}
    realm.add(Thing(kind, eip.id, 0, {**eip.members, **times}, eip.created, act.now))


def _restore(act: Act) -> None:
    """Back among the living, not bound: a prepaid address renewed for a month, a postpaid one billed as before."""
    recycled = act.target()
    members: dict[str, Any] = {name: value for name, value in recycled.members.items() if name not in _TIMES}
    require_room(act, act.world.kinds["eip"], members)
    if members["paymentTiming"] == "Prepaid":
        members["expireTime"] = tell_later(act.now, 1, "month")
    act.realm.remove(recycled)
    move_eip_in(act, members, recycled.created)


BEHAVIOURS: Final = Behaviours(operations={"eip.restore_recycled_eip": _restore})
