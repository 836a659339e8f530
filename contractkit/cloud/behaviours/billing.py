"""Terms of prepaid things: until when they are paid, how they are renewed, and how they renew themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contractkit.cloud.acts import Act
from contractkit.cloud.times import add_span, read_time, tell_time
from contractkit.cloud.world import Realm, Thing

__all__ = ["is_expired", "pay_ahead", "renew", "renew_by_itself", "tell_end", "tell_later"]


def pay_ahead(act: Act, members: dict[str, Any]) -> None:
    """Complete what billing leaves in a new thing: an expiry if it is prepaid, a billing method if it is postpaid."""
    if members["paymentTiming"] == "Prepaid":
        members["billingMethod"] = None
        members["expireTime"] = tell_end(act.now, act.body["billing"]["reservation"])
    elif not members.get("billingMethod"):
        members["billingMethod"] = "ByBandwidth"


def renew(act: Act, thing: Thing, members: dict[str, Any]) -> None:
    """Move the expiry on by the reservation of the request; what has expired is paid from now on."""
    members["expireTime"] = tell_end(max(act.now, _expiry(thing)), members.pop("reservation", {}))


def renew_by_itself(realm: Realm, thing: Thing) -> bool:
    """Renew a thing whose time has come, if it is to renew itself."""
    if not thing.members.get("autoRenew"):
        return False
    length, unit = thing.members.get("autoRenewTime", 1), thing.members.get("autoRenewTimeUnit", "month")
    realm.change(thing, {"expireTime": tell_time(add_span(_expiry(thing), length, unit), "utc")})
    return True


def is_expired(act: Act, thing: Thing) -> bool:
    """Whether a thing is prepaid and its time has passed."""
    return bool(thing.members.get("expireTime")) and _expiry(thing) <= act.now


def tell_later(at: datetime, length: int, unit: str) -> str:
    """The instant so much later, as bodies tell it."""
    return tell_time(add_span(at, length, unit), "utc")


def tell_end(start: datetime, reservation: Mapping[str, Any]) -> str:
    """The end of a reservation that starts then, as bodies tell it."""
    return tell_later(start, reservation.get("reservationLength", 1), reservation.get("reservationTimeUnit", "month"))


def _expiry(thing: Thing) -> datetime:
    return read_time(thing.members["expireTime"], "utc")
