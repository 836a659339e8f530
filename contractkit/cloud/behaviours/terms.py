"""Terms of prepaid gateways and connections, whose expiry stands in `expiredTime` ("" of a postpaid one)."""

from __future__ import annotations

from typing import Any

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.billing import tell_end
from contractkit.cloud.times import read_time
from contractkit.cloud.world import Thing

__all__ = ["extend_term", "is_running", "start_term"]


def start_term(act: Act, draft: dict[str, Any]) -> None:
    """Let a thing to be expire at the end of its reservation, if it is prepaid."""
    if draft["paymentTiming"] == "Prepaid":
        draft["expiredTime"] = tell_end(act.now, act.body["billing"]["reservation"])


def extend_term(act: Act, members: dict[str, Any]) -> None:
    """Move an expiry on by the reservation of the request; what has expired is paid from now on."""
    start = max(act.now, read_time(members["expiredTime"], "utc"))
    members["expiredTime"] = tell_end(start, act.body["billing"]["reservation"])


def is_running(act: Act, thing: Thing) -> bool:
    """Whether a thing is prepaid and its time has not passed yet."""
    ends = thing.members["expiredTime"]
    return bool(ends) and read_time(ends, "utc") > act.now
