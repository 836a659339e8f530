"""Traffic burst service packages: which addresses they protect, and the rules of each protected address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.billing import renew_by_itself, tell_later
from contractkit.cloud.behaviours.registry import Behaviours, Members
from contractkit.cloud.making import make_along, make_thing, require_unique
from contractkit.cloud.times import read_time, tell_time
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

# How long cleaning stays off when nobody says, in minutes; the unit is a guess.
_USUALLY_OFF: Final = 30
_FIXED: Final = "fixedDuration"


def _create(act: Act, draft: Members) -> None:
    draft["expireTime"] = tell_later(act.now, draft.pop("reservationLength"), draft.pop("reservationTimeUnit"))
    draft["autoRenew"] = "autoRenewTime" in draft and "autoRenewTimeUnit" in draft
    draft["autoRenewSwitch"] = int(draft["autoRenew"])


def _resize(act: Act, package: Thing, members: Members) -> None:
    if members["defenseCountQuota"] <= package.members["defenseCountQuota"]:
        raise act.refusal("value", "ipCapacity has to be larger than before; it never shrinks")


def _renew(act: Act, package: Thing, members: Members) -> None:
    start = max(act.now, read_time(package.members["expireTime"], "utc"))
    members["expireTime"] = tell_later(start, members.pop("renewTime"), members.pop("renewTimeUnit"))
    members["productStatus"] = "RUNNING"


def _bind(act: Act) -> None:
    """Put addresses of the package's line under its protection; all of them or none."""
    package = act.target()
    _require_running(act, package)
    eips = [act.find(act.world.kinds["eip"], each) for each in dict.fromkeys(act.body["ipList"])]
    for eip in eips:
        if eip.members["routeType"] != package.members["defenseLineType"]:
            raise act.refusal("state", "address and package are of different lines; choose one of the same")
        if act.realm.children(eip, "tbsp_object"):
            raise act.refusal("duplicate", "the address is protected by a package already; unbind it there first")
    there = act.realm.children(package, "tbsp_object")
    if len(there) + len(eips) > package.members["defenseCountQuota"]:
        raise act.refusal("quota", "the package protects no more addresses; resize it first")
    for eip in eips:
        make_along(act, "tbsp_object", {"ip": eip.id, "id": package.id})


def _require_running(act: Act, package: Thing) -> None:
    """Addresses go into and out of a package that runs; one that has expired keeps them until it is gone."""
    if package.members["productStatus"] != "RUNNING":
        raise act.refusal("state", "the package has expired; renew it first")


def _unbind(act: Act, protected: Thing) -> bool:
    _require_running(act, act.find(act.world.kinds["tbsp"], protected.members["id"]))
    return False


def _view_object(act: Act, protected: Thing) -> Members:
    eip, own = act.find(act.world.kinds["eip"], protected.id).members, protected.members
    shown = {"status": eip["status"], "eipName": eip["name"], "eipId": eip["eipId"]}
    shown["protectLevel"] = str(own["protectLevel"])
    if own["turnOffEndTime"] and read_time(own["turnOffEndTime"], "utc") <= act.now:
        shown |= {"turnOffBeginTime": "", "turnOffEndTime": ""}
    return shown


def _require_meant(act: Act, protected: Thing, members: Members) -> None:  # noqa: ARG001 - one signature for all
    _meant(act)


def _turn_off(act: Act, protected: Thing, members: Members) -> None:  # noqa: ARG001 - as above
    ends = act.now + timedelta(minutes=members.pop("turnOffDuration", _USUALLY_OFF))
    members.update(turnOffBeginTime=tell_time(act.now, "utc"), turnOffEndTime=tell_time(ends, "utc"))


def _set_threshold(act: Act, protected: Thing, members: Members) -> None:  # noqa: ARG001 - as above
    if members["thresholdType"] != "manual":
        defaults = act.kind.traits.defaults
        members.update(ipCleanMbps=defaults["ipCleanMbps"], ipCleanPps=defaults["ipCleanPps"])


def _meant(act: Act) -> Thing:
    """The protected address of a request: the one it names, or the only one the package protects."""
    package = act.find(act.world.kinds["tbsp"], act.path["id"])
    there, address = act.realm.children(package, "tbsp_object"), act.argument("ip")
    if address is None and len(there) > 1:
        raise act.refusal("value", "the package protects several addresses; name one by ip")
    found = next(iter(there.values()), None) if address is None else there.get(str(address))
    if found is None:
        raise act.refusal("missing", "the package does not protect this address; bind it first")
    return found


def _allow(act: Act) -> None:
    """Let networks pass to a protected address; all of them or none."""
    protected = _meant(act)
    networks = [_read_network(act, each) for each in act.body.get("ipCidrList", ())]
    if not networks:
        raise act.refusal("value", "ipCidrList names no network; give at least one")
    drafts = [{"id": act.path["id"], "ip": protected.id, "ipCidr": each} for each in dict.fromkeys(networks)]
    for draft in drafts:
        require_unique(act, act.kind, draft)
    for draft in drafts:
        make_thing(act, act.kind, draft)


def _read_network(act: Act, text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise act.refusal("value", "ipCidrList holds something that is no network; write 192.0.2.0/24") from None


def _disallow(act: Act) -> None:
    """Take back one network by its id, or all of an address."""
    wanted = act.query.get("whitelistId")
    there = act.realm.children(_meant(act), act.kind.name) if wanted is None or "ip" in act.query else _all_rules(act)
    if wanted is not None and wanted not in there:
        raise act.refusal("missing", "no such network is let pass; list them first")
    for each in [there[wanted]] if wanted is not None else list(there.values()):
        act.realm.remove(each)


def _all_rules(act: Act) -> Mapping[str, Thing]:
    return act.realm.children(act.find(act.world.kinds["tbsp"], act.path["id"]), act.kind.name)


def _block_protocols(act: Act) -> None:
    """Block further protocols and ports of a protected address, in its one record."""
    protected = _meant(act)
    ports = act.body.get("protocolPortList", [])
    if not ports or any(each.get("portBegin", 0) > each.get("portEnd", 65535) for each in ports):
        raise act.refusal("value", "protocolPortList needs a protocol, and ports in order")
    record = act.realm.find(act.kind.name, protected.id)
    if record is None:
        members = {"id": act.path["id"], "ip": protected.id, "protocolPortList": ports}
        make_thing(act, act.kind, members)
    else:
        there = record.members["protocolPortList"]
        act.realm.change(record, {"protocolPortList": [*there, *(each for each in ports if each not in there)]})


def _unblock_protocols(act: Act) -> None:
    record = act.realm.find(act.kind.name, _meant(act).id)
    if record is None:
        raise act.refusal("missing", "no protocol of the address is blocked; list them first")
    act.realm.remove(record)


def _block_areas(act: Act) -> None:
    """Block for a time, or until the system says otherwise; each way once for an address."""
    draft = {**act.kind.traits.defaults, "id": act.path["id"], "ip": _meant(act).id}
    draft |= {"blockType": act.body.get("blockType", _FIXED), "blockBeginTime": tell_time(act.now, "utc")}
    if draft["blockType"] == _FIXED:
        draft["blockEndTime"] = tell_time(act.now + timedelta(minutes=act.body["blockTime"]), "utc")
    make_thing(act, act.kind, draft)


def _unblock_areas(act: Act) -> None:
    """Take back the record of the type given; without one the only record, or the one of fixed duration."""
    records = list(act.realm.children(_meant(act), act.kind.name).values())
    wanted = act.query.get("blockType") or (records[0].members["blockType"] if len(records) == 1 else _FIXED)
    record = next((each for each in records if each.members["blockType"] == wanted), None)
    if record is None:
        raise act.refusal("missing", "no region is blocked like this; list them first")
    act.realm.remove(record)


BEHAVIOURS: Final = Behaviours(
    creating={"tbsp": _create},
    changing={
        "eip.resize_tbsp": _resize,
        "eip.renew_tbsp": _renew,
        "tbsp_object": _require_meant,
        "eip.disable_tbsp_ip_clean": _turn_off,
        "eip.update_tbsp_ip_clean_threshold": _set_threshold,
    },
    deleting={"tbsp_object": _unbind},
    viewing={"tbsp_object": _view_object},
    lapsing={"tbsp": renew_by_itself},
    operations={
        "eip.bind_tbsp_protection_objects": _bind,
        "eip.add_tbsp_ip_whitelist": _allow,
        "eip.remove_tbsp_ip_whitelist": _disallow,
        "eip.add_tbsp_protocol_blocking": _block_protocols,
        "eip.remove_tbsp_protocol_blocking": _unblock_protocols,
        "eip.add_tbsp_area_blocking": _block_areas,
        "eip.remove_tbsp_area_blocking": _unblock_areas,
    },
)
