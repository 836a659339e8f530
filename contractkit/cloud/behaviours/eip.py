"""Public addresses: where they come from, what billing leaves behind, and the recycle bin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.times import tell_time
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_MONTH: Final = timedelta(days=30)


def _create_eip(act: Act, draft: dict[str, Any]) -> None:
    address = act.world.dice.address(draft["ipVersion"])
    if address is None:
        raise act.refusal("quota", "no public address is left; release one first")
    draft["eip"] = address
    draft["region"] = act.region
    if draft.get("paymentTiming") == "Prepaid":
        # Only a prepaid address expires, and only a postpaid one has a billing method.
        draft["billingMethod"] = None
        draft["expireTime"] = tell_time(_expiry(act), "utc")


def _expiry(act: Act) -> datetime:
    months: int = act.body["billing"]["reservation"].get("reservationLength", 1)
    return act.now + _MONTH * months


def _delete_eip(act: Act, eip: Thing) -> bool:
    """Into the recycle bin an address goes from any state, its binding dropped; released it has to be unbound."""
    if eip.members.get("deleteProtect"):
        raise act.refusal("state", "the address is protected against deletion; take the protection off first")
    if act.query.get("releaseToRecycle"):
        return True
    if eip.members.get("paymentTiming") == "Prepaid":
        raise act.refusal("state", "a prepaid address is not released but refunded, or put into the recycle bin")
    return False


BEHAVIOURS: Final = Behaviours(creating={"eip": _create_eip}, deleting={"eip": _delete_eip})
