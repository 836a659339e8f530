"""Public addresses: where they come from, what may be done with them, and when they may go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.bandwidth_package import view_packages
from contractkit.cloud.behaviours.billing import is_expired, pay_ahead, renew, renew_by_itself, tell_later
from contractkit.cloud.behaviours.eip_group import enter_group, leave_group, require_member
from contractkit.cloud.behaviours.eip_making import furnish_eip, make_eips
from contractkit.cloud.behaviours.nat_addresses import require_takes, require_unused
from contractkit.cloud.behaviours.recycle import put_into_bin
from contractkit.cloud.behaviours.registry import Behaviours, Members
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_DIRECT_TYPES: Final = ("BCC", "DCC", "ENI")
_RECYCLED_METHODS: Final = ("ByTraffic", "ByBandwidth")
_SHARED_METHODS: Final = ("ByPeak95", "ByNetrafficMax")


def _create(act: Act, draft: Members) -> None:
    address = act.world.dice.address(draft["ipVersion"])
    if address is None:
        raise act.refusal("quota", "no public address is left; release one first")
    draft.update(eip=address, region=act.region)
    _complete(act, draft)


def _complete(act: Act, draft: Members) -> None:
    if draft.get("billingMethod") in _SHARED_METHODS:
        raise act.refusal("value", "billing by peaks is for shared bandwidth alone; choose ByTraffic or ByBandwidth")
    pay_ahead(act, draft)
    draft["autoRenew"] = draft["paymentTiming"] == "Prepaid" and "autoRenewTime" in draft


def _batch_create(act: Act) -> dict[str, Any]:
    """Several addresses alike, following one another where that is asked for; all of them or none."""
    count = act.body.get("count", 1)
    settable = act.plan.settable - {"billing", "count", "continuous"}
    draft = {name: value for name, value in act.body.items() if name in settable}
    billing = act.body["billing"]
    draft |= {name: billing[name] for name in ("paymentTiming", "billingMethod") if name in billing}
    draft = {**act.plan.body_defaults, **act.kind.traits.defaults, **draft}
    _complete(act, draft)
    things = make_eips(act, "ipv4", count, draft, continuous=act.body.get("continuous", False))
    return {"eips": [each.id for each in things]}


def _bind(act: Act, eip: Thing, members: Members) -> None:
    if members["instanceType"] == "NAT":
        require_takes(act, eip, members["instanceId"])
        return
    if members["instanceType"] == "VPN":
        act.find(act.world.kinds["vpn"], members["instanceId"])
    others: Iterable[Thing] = act.realm.all("eip").values()
    if any(each.members["instanceId"] == members["instanceId"] for each in others if each is not eip):
        raise act.refusal("duplicate", "the instance has an address already; unbind that one first")


def _unbind(act: Act, eip: Thing, members: Members) -> None:  # noqa: ARG001 - one signature for all changes
    require_unused(act, eip)


def _resize(act: Act, eip: Thing, members: Members) -> None:  # noqa: ARG001 - one signature for all changes
    _require_own_billing(act, eip)


def _direct(act: Act, eip: Thing, members: Members) -> None:  # noqa: ARG001 - one signature for all
    if members["instanceType"] not in _DIRECT_TYPES:
        raise act.refusal("state", f"it has to be bound to one of {', '.join(_DIRECT_TYPES)}; bind it to such a one")


def _renew(act: Act, eip: Thing, members: Members) -> None:
    renew(act, eip, members)
    if members["status"] == "paused":
        members["status"] = "binded" if members["instanceId"] else "available"


def _convert(act: Act, eip: Thing, members: Members) -> None:
    _require_own_billing(act, eip)
    members["expireTime"] = tell_later(act.now, members.pop("purchaseLength"), "month")


def _require_own_billing(act: Act, eip: Thing) -> None:
    if eip.members["shareGroupId"]:
        raise act.refusal("state", "the address is in a shared bandwidth; move it out first")


def _delete(act: Act, eip: Thing) -> bool:
    """Which way out is open: release, the recycle bin, a refund, or release from a shared bandwidth."""
    name = act.plan.operation.name
    require_unused(act, eip)
    if name == "refund_eip":
        _require_refundable(act, eip)
        return False
    if eip.members["deleteProtect"]:
        raise act.refusal("state", "the address is protected against release; take the protection off first")
    if name == "release_eip_group_ips":
        require_member(act, eip)
        return False
    _require_own_billing(act, eip)
    if act.query.get("releaseToRecycle"):
        _require_recyclable(act, eip)
    elif eip.members["paymentTiming"] == "Prepaid":
        raise act.refusal("state", "a prepaid address is not released but given back (refund)")
    elif eip.members["status"] != "available":
        raise act.refusal("state", f"its state is {eip.members['status']}; unbind it, or put it into the recycle bin")
    return False


def _require_recyclable(act: Act, eip: Thing) -> None:
    members = eip.members
    if members["paymentTiming"] == "Prepaid" and not is_expired(act, eip):
        raise act.refusal("state", "a prepaid address goes into the recycle bin once it has expired; refund it instead")
    if members["paymentTiming"] == "Postpaid" and members["billingMethod"] not in _RECYCLED_METHODS:
        raise act.refusal("state", "billed like this it does not go into the recycle bin; release it instead")


def _require_refundable(act: Act, eip: Thing) -> None:
    _require_own_billing(act, eip)
    if eip.members["instanceType"] in ("VPN", "NAT"):
        raise act.refusal("state", "the address is bound to a gateway; unbind it first")
    protection = act.realm.find("ddos_protection", eip.id)
    if protection is not None and protection.members["status"] == "blackhole":
        raise act.refusal("state", "the address is blocked after an attack; wait until it is unblocked")


def _view(act: Act, eip: Thing) -> Members:
    """Its packages, and in a shared bandwidth that of the group."""
    shown = view_packages(act, eip)
    group = act.realm_of(eip.kind).find("eip_group", eip.members["shareGroupId"] or "")
    return shown if group is None else {**shown, "bandwidthInMbps": group.members["bandwidthInMbps"]}


BEHAVIOURS: Final = Behaviours(
    creating={"eip": _create},
    created={"eip": furnish_eip},
    changing={
        "eip.bind_eip": _bind,
        "eip.unbind_eip": _unbind,
        "eip.resize_eip": _resize,
        "eip.enable_eip_direct": _direct,
        "eip.renew_eip": _renew,
        "eip.convert_eip_to_prepaid": _convert,
        "eip.move_eips_into_group": enter_group,
        "eip.move_eips_out_of_group": leave_group,
    },
    deleting={"eip": _delete},
    deleted={"eip": put_into_bin},
    viewing={"eip": _view},
    lapsing={"eip": renew_by_itself},
    operations={"eip.batch_create_eips": _batch_create},
)
