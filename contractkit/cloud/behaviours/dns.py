"""Public DNS: domain names and their editions, what a record may be, and the line groups that records name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import make_thing
from contractkit.cloud.times import add_span, read_time, tell_time
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS", "require_length"]

_LABEL: Final = re.compile(r"[\w*-]{1,63}")
# The smallest time to live a record gets when it names none, in seconds, by edition of the domain.
_DEFAULT_TTL: Final = {"free": 300, "discount": 120, "flagship": 1}
_LONGEST_NAME: Final = 255
# The lines that every edition has; only a flagship domain takes others, and the names of line groups.
_LINES: Final = frozenset({"default", "ct", "cmnet", "cnc", "edu", "search"})


def _create_zone(act: Act, draft: dict[str, Any]) -> None:
    _require_domain(act, draft["name"])


def _require_domain(act: Act, name: str) -> None:
    labels = name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise act.refusal("value", "the name is no domain; give one such as example.com")


def _buy_zones(act: Act) -> None:
    """All the domains of one order, or none of them."""
    names = act.body["names"]
    for name in names:
        _require_domain(act, name)
        if act.realm.find(act.kind.name, name) is not None or names.count(name) > 1:
            raise act.refusal("duplicate", "one of the domains is there already, or named twice; name only new ones")
    bought = {"productVersion": act.body["productVersion"], "expireTime": _extend(act, act.now)}
    for name in names:
        make_thing(act, act.kind, {**act.kind.traits.defaults, "name": name, **bought})


def _change_zone(act: Act, zone: Thing, members: dict[str, Any]) -> None:
    """Every change of a domain pays for years of a paid edition: from now on, or on top of those there are."""
    members.pop("billing", None)
    if members["productVersion"] == "free":
        raise act.refusal("state", "the free edition has no term to extend; upgrade the domain first")
    until = zone.members["expireTime"]
    members["expireTime"] = _extend(act, max(act.now, read_time(until, "beijing")) if until else act.now)


def _extend(act: Act, start: datetime) -> str:
    """When the years end that the request pays for, one unless it says more."""
    reservation: Mapping[str, int] = act.body["billing"].get("reservation", {})
    return tell_time(add_span(start, reservation.get("reservationLength", 1), "year"), "beijing")


def _create_line_group(act: Act, draft: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    zones = act.realm.all("dns_zone").values()
    if not any(each.members["productVersion"] == "flagship" for each in zones):
        raise act.refusal("state", "line groups belong to the flagship edition; buy it for a domain first")


def _rename_line(act: Act, group: Thing) -> None:
    for record in act.realm.children(group, "dns_record").values():
        act.realm.change(record, {"line": group.members["name"]})


def _view_line_group(act: Act, group: Thing) -> dict[str, Any]:
    records = act.realm.children(group, "dns_record").values()
    return {"relatedZoneCount": len({each.members["zoneName"] for each in records})}


def _create_record(act: Act, draft: dict[str, Any]) -> None:
    zone = act.find(act.world.kinds["dns_zone"], draft["zoneName"])
    draft.setdefault("ttl", _DEFAULT_TTL[zone.members["productVersion"]])
    draft["lineGroupId"] = _find_line_group(act, zone, draft["line"])
    _complete_record(act, draft, zone.id)


def _find_line_group(act: Act, zone: Thing, line: str) -> str | None:
    """The id of the line group that a line names, None for a line. Refuses what the edition does not have."""
    if line in _LINES:
        return None
    if zone.members["productVersion"] != "flagship":
        raise act.refusal("value", f"only the flagship edition has other lines than {', '.join(sorted(_LINES))}")
    groups = act.realm.all("dns_line_group").values()
    return next((each.id for each in groups if each.members["name"] == line), None)


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
    creating={"dns_zone": _create_zone, "dns_line_group": _create_line_group, "dns_record": _create_record},
    changing={"dns_zone": _change_zone, "dns_record": _change_record},
    changed={"dns_line_group": _rename_line},
    viewing={"dns_line_group": _view_line_group},
    operations={"dns.create_paid_dns_zone": _buy_zones},
)
