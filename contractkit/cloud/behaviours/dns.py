"""Public DNS: domain names, and what a record may be."""

from __future__ import annotations

import re
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS", "require_length"]

_LABEL: Final = re.compile(r"[\w*-]{1,63}")
# The smallest time to live a record gets when it names none, in seconds, by edition of the domain.
_DEFAULT_TTL: Final = {"free": 300, "discount": 120, "flagship": 1}
_LONGEST_NAME: Final = 255


def _create_zone(act: Act, draft: dict[str, Any]) -> None:
    labels = draft["name"].split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise act.refusal("value", "the name is no domain; give one such as example.com")


def _create_record(act: Act, draft: dict[str, Any]) -> None:
    zone = act.find(act.world.kinds["dns_zone"], draft["zoneName"])
    draft.setdefault("ttl", _DEFAULT_TTL[zone.members["productVersion"]])
    _complete_record(act, draft, zone.id)


def _change_record(act: Act, record: Thing, members: dict[str, Any]) -> None:
    _complete_record(act, members, record.members["zoneName"])


def _complete_record(act: Act, members: dict[str, Any], zone_name: str) -> None:
    require_length(act, members["rr"], zone_name)
    if members["type"] != "MX":
        members["priority"] = None


def require_length(act: Act, text: str, zone_name: str) -> None:
    """Refuse a name that with the name of its zone is longer than DNS allows."""
    if len(f"{text}.{zone_name}") > _LONGEST_NAME:
        raise act.refusal("value", f"name and zone together are longer than {_LONGEST_NAME} characters; shorten it")


BEHAVIOURS: Final = Behaviours(
    creating={"dns_zone": _create_zone, "dns_record": _create_record}, changing={"dns_record": _change_record}
)
