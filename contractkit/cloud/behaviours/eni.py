"""Elastic network interfaces: their addresses, groups and public addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, ip_address
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import Address, find_taken, take_address
from contractkit.cloud.behaviours.eip_binding import bind_address, list_bound, require_bindable, unbind_address
from contractkit.cloud.behaviours.hops import require_unrouted
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_SETS: Final = {4: "privateIpSet", 6: "ipv6PrivateIpSet"}


def _create_eni(act: Act, draft: dict[str, Any]) -> None:
    subnet = act.find(act.world.kinds["subnet"], draft["subnetId"])
    draft["vpcId"], draft["zoneName"] = subnet.members["vpcId"], subnet.members["zoneName"]
    _complete_groups(act, draft)
    for item in _items(draft):
        if item.get("publicIpAddress"):
            require_bindable(act, item["publicIpAddress"])
    taken = find_taken(act, subnet)
    for version, name in _SETS.items():
        draft[name] = _take_addresses(act, subnet, draft[name], version, taken)
    draft["macAddress"] = _make_mac(_require_primary(act, draft["privateIpSet"]))


def _take_addresses(
    act: Act, subnet: Thing, items: list[dict[str, Any]], version: int, taken: set[Address]
) -> list[dict[str, Any]]:
    """The items with their addresses; those named are taken first, so that no free one gets in their way."""
    named = [
        take_address(act, subnet, each, version, taken) if (each := item.get("privateIpAddress")) else None
        for item in items
    ]
    return [
        {"primary": item["primary"], "privateIpAddress": each or take_address(act, subnet, None, version, taken)}
        for item, each in zip(items, named, strict=True)
    ]


def _items(members: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return [item for name in _SETS.values() for item in members[name]]


def _require_primary(act: Act, items: Iterable[Mapping[str, Any]]) -> str:
    primary = [each["privateIpAddress"] for each in items if each["primary"]]
    if len(primary) != 1:
        raise act.refusal("value", "one of privateIpSet has to be primary, and only one; say which")
    return str(primary[0])


def _make_mac(address: str) -> str:
    """A hardware address that no other interface of the VPC has, from the private one."""
    return ":".join(f"{each:02x}" for each in b"\xfa\x16" + IPv4Address(address).packed)


def _complete_groups(act: Act, members: dict[str, Any]) -> None:
    """Groups exist, and security groups in the VPC of the interface; without any the default group guards it."""
    kinds = act.world.kinds
    for name, kind in (
        ("securityGroupIds", "security_group"),
        ("enterpriseSecurityGroupIds", "enterprise_security_group"),
    ):
        members[name] = list(dict.fromkeys(members[name]))
        for identity in members[name]:
            if act.find(kinds[kind], identity).members.get("vpcId", members["vpcId"]) != members["vpcId"]:
                raise act.refusal("value", "a security group is in another VPC; name groups of the same VPC")
    if not members["securityGroupIds"] and not members["enterpriseSecurityGroupIds"]:
        vpc = act.find(kinds["vpc"], members["vpcId"])
        groups = act.realm.children(vpc, "security_group").values()
        members["securityGroupIds"] = [each.id for each in groups if each.members["isDefault"]]


def _start_eni(act: Act, eni: Thing) -> None:
    """Bind and attach what the interface was created with."""
    for item, made in zip(act.body["privateIpSet"], eni.members["privateIpSet"], strict=True):
        if item.get("publicIpAddress"):
            eip = require_bindable(act, item["publicIpAddress"])
            bind_address(act, eip, eni, "ENI", made["privateIpAddress"])
    if eni.members["instanceId"]:
        eni.enter("attaching", act.now, act.world.settle)


def _change_eni(act: Act, eni: Thing, members: dict[str, Any]) -> None:
    if act.effect.via == "detaching" and act.body["instanceId"] != eni.members["instanceId"]:
        raise act.refusal("state", "the interface is attached to another instance; read it first")
    if {"securityGroupIds", "enterpriseSecurityGroupIds"} & act.body.keys():
        _complete_groups(act, members)


def _delete_eni(act: Act, eni: Thing) -> bool:
    if any(list_bound(act, eni)):
        raise act.refusal("state", "a public address is bound to the interface; unbind it first")
    require_unrouted(act, eni)
    return False


def _view_eni(act: Act, eni: Thing) -> dict[str, Any]:
    public = _public_addresses(act, eni)
    return {
        name: [{**item, "publicIpAddress": public.get(item["privateIpAddress"], "")} for item in eni.members[name]]
        for name in _SETS.values()
    }


def _public_addresses(act: Act, eni: Thing) -> dict[str, str]:
    """The public address of each private one; what was bound to the interface as such is at its primary address."""
    primary = next(each["privateIpAddress"] for each in eni.members["privateIpSet"] if each["primary"])
    return {eip.members.get("instanceIp") or primary: eip.id for eip in list_bound(act, eni)}


def _list_enis(act: Act) -> list[Callable[[Thing], bool]]:
    """By private address: one matches by its end, several as they are."""
    wanted = act.query.get("privateIpAddress")
    if not wanted:
        return []
    if len(wanted) == 1:
        return [lambda eni: any(each["privateIpAddress"].endswith(wanted[0]) for each in _items(eni.members))]
    return [lambda eni: any(each["privateIpAddress"] in wanted for each in _items(eni.members))]


def _add_address(act: Act) -> dict[str, Any]:
    (added,) = _add(act, [act.body.get("privateIpAddress")])
    return {"privateIpAddress": added}


def _add_addresses(act: Act) -> dict[str, Any]:
    wanted = act.body.get("privateIpAddresses") or [None] * act.body.get("privateIpAddressCount", 0)
    act.target()  # an interface that does not exist is told first
    if not wanted:
        raise act.refusal("value", "give privateIpAddresses, or privateIpAddressCount")
    return {"privateIpAddresses": _add(act, wanted)}


def _add(act: Act, wanted: Iterable[str | None]) -> list[str]:
    """Give the interface these addresses, or free ones for None; all of them or none."""
    eni = act.target()
    subnet = act.find(act.world.kinds["subnet"], eni.members["subnetId"])
    taken, added = find_taken(act, subnet), []
    for address in wanted:
        version = _version_of(act, address)
        added.append((version, take_address(act, subnet, address, version, taken)))
    for version, address in added:
        items = [*eni.members[_SETS[version]], {"primary": False, "privateIpAddress": address}]
        act.realm.change(eni, {_SETS[version]: items})
    eni.updated = act.now
    return [address for _, address in added]


def _version_of(act: Act, address: str | None) -> int:
    told = 6 if act.body.get("isIpv6") else 4
    version = told if address is None else ip_address(address).version
    if "isIpv6" in act.body and version != told:
        raise act.refusal("value", "isIpv6 does not fit the address; let them agree")
    return version


def _remove_address(act: Act) -> None:
    _remove(act, [act.path["privateIpAddress"]])


def _remove_addresses(act: Act) -> None:
    _remove(act, act.body["privateIpAddresses"])


def _remove(act: Act, addresses: Iterable[str]) -> None:
    eni, leaving = act.target(), {str(ip_address(each)) for each in addresses}
    items = {each["privateIpAddress"]: each for each in _items(eni.members)}
    if leaving - items.keys():
        raise act.refusal("missing", "the interface has no such private address; read it first")
    if any(items[each]["primary"] for each in leaving):
        raise act.refusal("state", "the primary address stays with the interface; delete the interface instead")
    if leaving & _public_addresses(act, eni).keys():
        raise act.refusal("state", "a public address is bound to this private one; unbind it first")
    for name in _SETS.values():
        kept = [each for each in eni.members[name] if each["privateIpAddress"] not in leaving]
        act.realm.change(eni, {name: kept})
    eni.updated = act.now


def _bind_eip(act: Act) -> None:
    eni, private = act.target(), act.body["privateIpAddress"]
    if private not in {each["privateIpAddress"] for each in eni.members["privateIpSet"]}:
        raise act.refusal("missing", "the interface has no such private address; read it first")
    if private in _public_addresses(act, eni):
        raise act.refusal("state", "the private address has a public one already; unbind that first")
    bind_address(act, require_bindable(act, act.body["publicIpAddress"]), eni, "ENI", private)


def _unbind_eip(act: Act) -> None:
    eni = act.target()
    eip = next((each for each in list_bound(act, eni) if each.id == act.body["publicIpAddress"]), None)
    if eip is None:
        raise act.refusal("state", "this public address is not bound to the interface; read it first")
    unbind_address(act, eip)


BEHAVIOURS: Final = Behaviours(
    creating={"eni": _create_eni},
    created={"eni": _start_eni},
    changing={"eni": _change_eni},
    deleting={"eni": _delete_eni},
    viewing={"eni": _view_eni},
    listing={"eni": _list_enis},
    operations={
        "vpc.add_eni_private_ip": _add_address,
        "vpc.batch_add_eni_private_ips": _add_addresses,
        "vpc.delete_eni_private_ip": _remove_address,
        "vpc.batch_delete_eni_private_ips": _remove_addresses,
        "vpc.bind_eni_eip": _bind_eip,
        "vpc.unbind_eni_eip": _unbind_eip,
    },
)
