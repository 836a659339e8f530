"""Private zones: records, and the VPCs that resolve them."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.dns import require_length
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]


def _create_record(act: Act, draft: dict[str, Any]) -> None:
    zone = act.find(act.world.kinds["private_zone"], draft["zoneId"])
    _complete_record(act, draft, zone)


def _change_record(act: Act, record: Thing, members: dict[str, Any]) -> None:
    zone = act.find(act.world.kinds["private_zone"], record.members["zoneId"])
    _complete_record(act, members, zone)


def _complete_record(act: Act, members: dict[str, Any], zone: Thing) -> None:
    for text in (members["rr"], members["value"]):
        require_length(act, text, zone.members["zoneName"])
    if members["type"] != "MX":
        members["priority"] = 0


def _bind_vpcs(act: Act, zone: Thing, items: list[Any]) -> list[Any]:  # noqa: ARG001 - one signature for all
    """The bindings to add: every VPC has to exist in the region the request names."""
    region, realm = act.body["region"], act.world.realm_at(act.account.id, act.body["region"])
    kind = act.world.kinds["vpc"]
    for item in items:
        if realm.find(kind.name, item["vpcId"]) is None:
            raise act.refusal("missing", f"no such VPC in region {region!r}; list the VPCs of that region", kind)
    return [{**item, "vpcRegion": region} for item in items]


def _view_zone(act: Act, zone: Thing) -> dict[str, Any]:
    """The bound VPCs under the names they have now; one that was deleted is bound no more."""
    shown = []
    for binding in zone.members["bindVpcs"]:
        vpc = act.world.realm_at(act.account.id, binding["vpcRegion"]).find("vpc", binding["vpcId"])
        if vpc is not None:
            shown.append({**binding, "vpcName": vpc.members["name"]})
    return {"bindVpcs": shown}


BEHAVIOURS: Final = Behaviours(
    creating={"private_record": _create_record},
    changing={"private_record": _change_record},
    collecting={"private_zone": _bind_vpcs},
    viewing={"private_zone": _view_zone},
)
