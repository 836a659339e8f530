"""Shared bandwidths: the addresses born in them, the ones that move in and out, and when a group may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.bandwidth_package import view_packages
from contractkit.cloud.behaviours.billing import pay_ahead, renew
from contractkit.cloud.behaviours.eip_making import make_eips
from contractkit.cloud.behaviours.registry import Behaviours, Members
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS", "enter_group", "leave_group", "require_member"]

_LARGEST_V6: Final = 256
_COUNTS: Final = {"ipv4": ("eipCount", "eipAddCount"), "ipv6": ("eipv6Count", "eipv6AddCount")}


def _create(act: Act, draft: Members) -> None:
    draft["region"] = act.region
    pay_ahead(act, draft)
    _drop_counts(draft)


def _fill(act: Act, group: Thing) -> None:
    """Make the addresses a group is born with, or given later."""
    members = {
        "eipInstanceType": "shared",
        "nativeGroup": True,
        "shareGroupId": group.id,
        "paymentTiming": None,
        "routeType": group.members["routeType"],
        "bandwidthInMbps": group.members["bandwidthInMbps"],
    }
    for version, counts in _COUNTS.items():
        wanted = sum(act.body.get(each, 0) for each in counts)
        if version == "ipv6" and len(_members(act, group, version)) + wanted > _LARGEST_V6:
            raise act.refusal("quota", f"a shared bandwidth holds {_LARGEST_V6} IPv6 addresses at most; ask for fewer")
        make_eips(act, version, wanted, members)


def _members(act: Act, group: Thing, version: str) -> list[Thing]:
    children = act.realm_of(group.kind).children(group, "eip").values()
    return [each for each in children if each.members["ipVersion"] == version]


def _drop_counts(members: Members) -> None:
    for name in (each for counts in _COUNTS.values() for each in counts):
        members.pop(name, None)


def _change(act: Act, group: Thing, members: Members) -> None:
    if act.plan.operation.name == "renew_eip_group":
        renew(act, group, members)
        members["status"] = "available"
    if act.body.get("eipAddCount") or act.body.get("eipv6AddCount"):
        _fill(act, group)
        _drop_counts(members)


def _delete(act: Act, group: Thing) -> bool:
    """Its own addresses go along, but not while one serves a gateway or is blocked; those moved in hold it back."""
    for each in act.realm.children(group, "eip").values():
        if each.members["instanceType"] in ("VPN", "NAT"):
            raise act.refusal("state", "an address of the shared bandwidth is bound to a gateway; unbind it first")
        protection = act.realm.find("ddos_protection", each.id)
        if protection is not None and protection.members["status"] == "blackhole":
            raise act.refusal("state", "an address of the shared bandwidth is blocked; wait until it is unblocked")
    return False


def enter_group(act: Act, eip: Thing, members: Members) -> None:
    """Move an address into the shared bandwidth of the path; what it was before is kept."""
    group = act.find(act.world.kinds["eip_group"], act.path["id"])
    if group.members["status"] != "available":
        raise act.refusal("state", f"the state of the shared bandwidth is {group.members['status']}; wait or renew it")
    if eip.members["routeType"] != group.members["routeType"]:
        raise act.refusal("state", "address and shared bandwidth are of different lines; choose one of the same")
    if act.realm.children(eip, "eip_bp"):
        raise act.refusal("state", "a bandwidth package is on the address; release that first")
    members["shareGroupId"] = group.id
    members["originalBandwidth"] = eip.members["bandwidthInMbps"]
    members["originProductType"] = eip.members["paymentTiming"]
    members["originSubProductType"] = eip.members["billingMethod"]


def leave_group(act: Act, eip: Thing, members: Members) -> None:
    """Move an address out: one born there needs a bandwidth and a billing, another gets back what it had."""
    require_member(act, eip)
    group = act.find(act.world.kinds["eip_group"], act.path["id"])
    if group.members["status"] in ("creating", "updating"):
        raise act.refusal(
            "state", f"the state of the shared bandwidth is {group.members['status']}; wait for its order"
        )
    before, billing = eip.members, members.pop("given", None)
    if not before["nativeGroup"]:
        members["bandwidthInMbps"] = before["originalBandwidth"]
        members["billingMethod"] = before["originSubProductType"]
        return
    if billing is None or not _names_bandwidth(act.body["moveOutEips"], eip.id):
        raise act.refusal(
            "value", "an address born in the shared bandwidth needs bandwidthInMbps and billing; give both"
        )
    members["billingMethod"] = billing.get("billingMethod", "ByBandwidth")


def _names_bandwidth(items: Iterable[Mapping[str, Any]], address: str) -> bool:
    return all("bandwidthInMbps" in each for each in items if each["eip"] == address)


def require_member(act: Act, eip: Thing) -> None:
    """Refuse an address that is not in the shared bandwidth of the path."""
    group = act.find(act.world.kinds["eip_group"], act.path["id"])
    if eip.members["shareGroupId"] != group.id:
        raise act.refusal("state", "the address is not in this shared bandwidth; read it first")


BEHAVIOURS: Final = Behaviours(
    creating={"eip_group": _create},
    created={"eip_group": _fill},
    changing={"eip_group": _change},
    deleting={"eip_group": _delete},
    viewing={"eip_group": view_packages},
)
