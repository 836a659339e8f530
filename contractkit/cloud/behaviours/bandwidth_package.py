"""Bandwidth packages: what they may be put on, how much they may hold, and until when."""

from __future__ import annotations

from typing import Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours, Members
from contractkit.cloud.times import read_time
from contractkit.cloud.world import Realm, Thing

__all__ = ["BEHAVIOURS", "require_accelerated", "view_packages"]

_LARGEST_SUM: Final = 200
_ACCELERATED_REGION: Final = "hkg"
# Under which members an address or a shared bandwidth shows a package of which type.
_SHOWN: Final = {
    "BandwidthPackage": ("bwShortId", "bwBandwidthInMbps"),
    "AccelerationPackage": ("domesticBwShortId", "domesticBwBandwidthInMbps"),
}


def _create(act: Act, draft: Members) -> None:
    if draft.get("eip"):
        draft.pop("eipGroupId", None)  # named both, the address wins
    carrier = _carrier(act, draft)
    _require_carrier(act, carrier)
    siblings = _packages(act, carrier)
    if draft["type"] == "AccelerationPackage":
        require_accelerated(act)
    if any(each.members["type"] == draft["type"] for each in siblings):
        raise act.refusal("duplicate", "it has a package of this type already; resize that one")
    _require_sum(act, carrier, siblings, draft["bandwidthInMbps"])
    draft["follows"] = "autoReleaseTime" not in draft
    draft.setdefault("autoReleaseTime", carrier.members["expireTime"])
    draft["bindType"] = carrier.kind.name.replace("_", "")
    _require_end(act, carrier, draft)


def _change(act: Act, package: Thing, members: Members) -> None:
    carrier = _carrier(act, members)
    if "bandwidthInMbps" in act.body:
        others = [each for each in _packages(act, carrier) if each is not package]
        _require_sum(act, carrier, others, members["bandwidthInMbps"])
    if "autoReleaseTime" in act.body:
        members["follows"] = False
        _require_end(act, carrier, members)


def require_accelerated(act: Act) -> None:
    """Refuse a region in which there are no acceleration packages."""
    if act.region != _ACCELERATED_REGION:
        raise act.refusal("value", f"an acceleration package exists only in the region {_ACCELERATED_REGION}")


def _carrier(act: Act, members: Members) -> Thing:
    kind, member = ("eip", "eip") if members.get("eip") else ("eip_group", "eipGroupId")
    return act.find(act.world.kinds[kind], members[member])


def _packages(act: Act, carrier: Thing) -> list[Thing]:
    return list(act.realm_of(carrier.kind).children(carrier, "eip_bp").values())


def _require_carrier(act: Act, carrier: Thing) -> None:
    if carrier.members["paymentTiming"] != "Prepaid":
        raise act.refusal("state", "only what is prepaid takes a bandwidth package; change it to prepaid first")
    if carrier.members.get("shareGroupId"):
        raise act.refusal("state", "the address is in a shared bandwidth; put the package on that")


def _require_sum(act: Act, carrier: Thing, others: list[Thing], wanted: int) -> None:
    there = carrier.members["bandwidthInMbps"] + sum(each.members["bandwidthInMbps"] for each in others)
    if there + wanted > _LARGEST_SUM:
        raise act.refusal("value", f"all bandwidths together may be {_LARGEST_SUM} Mbps at most; ask for less")


def _require_end(act: Act, carrier: Thing, members: Members) -> None:
    try:
        ends = read_time(members["autoReleaseTime"], "utc")
    except ValueError:
        raise act.refusal("value", "autoReleaseTime is no instant such as 2024-05-01T12:00:00Z") from None
    if not act.now < ends <= read_time(carrier.members["expireTime"], "utc"):
        raise act.refusal("value", "autoReleaseTime has to lie between now and the expiry of what the package is on")


def _outlast(realm: Realm, package: Thing) -> bool:
    """A package without an end of its own lasts as long as what it is on, which may have been renewed meanwhile."""
    carrier = _find_carrier(realm, package)
    if carrier is None or not package.members["follows"]:
        return False
    renewed: bool = carrier.members["expireTime"] != package.members["autoReleaseTime"]
    realm.change(package, {"autoReleaseTime": carrier.members["expireTime"]})
    return renewed


def _find_carrier(realm: Realm, package: Thing) -> Thing | None:
    address = package.members.get("eip")
    return realm.find("eip", address) if address else realm.find("eip_group", package.members["eipGroupId"])


def _view(act: Act, package: Thing) -> Members:
    realm, address = act.realm_of(package.kind), package.members.get("eip")
    carrier = _find_carrier(realm, package)
    if carrier is None:
        return {}
    ends = carrier.members["expireTime"] if package.members["follows"] else package.members["autoReleaseTime"]
    return {
        "autoReleaseTime": ends,
        "instanceId": carrier.members["eipId"] if address else carrier.id,
        "eips": [address] if address else list(realm.children(carrier, "eip")),
        "instanceBandwidthInMbps": carrier.members["bandwidthInMbps"],
        "region": act.region,
    }


def view_packages(act: Act, carrier: Thing) -> Members:
    """The packages an address or a shared bandwidth has, as it shows them."""
    shown: Members = {"bwShortId": None, "domesticBwShortId": None}
    for package in _packages(act, carrier):
        name, bandwidth = _SHOWN[package.members["type"]]
        shown |= {name: package.id, bandwidth: package.members["bandwidthInMbps"]}
    return shown


BEHAVIOURS: Final = Behaviours(
    creating={"eip_bp": _create}, changing={"eip_bp": _change}, viewing={"eip_bp": _view}, lapsing={"eip_bp": _outlast}
)
