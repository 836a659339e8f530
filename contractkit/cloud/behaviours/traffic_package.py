"""Shared traffic packages: how much they hold and how long."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.billing import tell_later
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.times import tell_time

__all__ = ["BEHAVIOURS", "read_capacity"]

_UNITS: Final = {"G": 2**30, "T": 2**40, "P": 2**50}


def read_capacity(text: str) -> int:
    """The bytes of a capacity such as `10G`."""
    return int(text[:-1]) * _UNITS[text[-1]]


def _create(act: Act, draft: dict[str, Any]) -> None:
    draft["capacity"] = str(read_capacity(draft["capacity"]))
    draft["usedCapacity"] = "0"
    draft["activeTime"] = tell_time(act.now, "utc")
    draft["expireTime"] = tell_later(act.now, draft.pop("reservationLength"), "month")


BEHAVIOURS: Final = Behaviours(creating={"eip_tp": _create})
