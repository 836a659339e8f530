"""Who uses which private address of a VPC, and the ranges kept back from use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import HOMES, Address, list_holders, reserve_networks
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.times import tell_time
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]


def _create_reserve(act: Act, draft: dict[str, Any]) -> None:
    subnet = act.find(act.world.kinds["subnet"], draft["subnetId"])
    network = ip_network(draft["ipCidr"], strict=False)
    if network.version != draft["ipVersion"]:
        raise act.refusal("value", "ipVersion is not the version of ipCidr; let them agree")
    home = subnet.members.get(HOMES[network.version])
    if home is None or not network.subnet_of(ip_network(home)):  # type: ignore[arg-type] # HOMES gives the same version
        raise act.refusal("value", "the range lies outside the subnet; choose one inside")
    if any(network.overlaps(each) for each in reserve_networks(act, subnet) if each.version == network.version):
        raise act.refusal("cidr", "the range overlaps one that is reserved already; choose one apart")
    draft["ipCidr"] = str(network)


def _view_reserve(act: Act, reserve: Thing) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    return {"ipVersion": str(reserve.members["ipVersion"])}


def _list_resource_ips(act: Act) -> dict[str, Any]:
    vpc = act.target(act.query["vpcId"])
    kind, subnet = act.query.get("resourceType"), act.query.get("subnetId")
    found = [
        {"ip": address, "resourceType": holder.kind.name}
        for address, holder, home in _holders(act, vpc)
        if kind in (None, holder.kind.name) and subnet in (None, home.id)
    ]
    number = act.query.get("pageNo", act.plan.query_defaults["pageNo"])
    size = act.query.get("pageSize", act.plan.query_defaults["pageSize"])
    page = found[(number - 1) * size : number * size]
    return {"pageNo": number, "pageSize": size, "totalCount": len(found), "result": page}


def _list_private_ips(act: Act) -> dict[str, Any]:
    vpc = act.target(act.path["vpcId"])
    asked_for = _asked_for(act)
    found = [
        {
            "cidr": home.members[HOMES[ip_address(address).version]],
            "privateIpAddress": address,
            "privateIpAddressType": holder.kind.name,
            "createdTime": tell_time(holder.created, "utc"),
        }
        for address, holder, home in _holders(act, vpc)
        if asked_for(ip_address(address))
    ]
    return {"vpcPrivateIpAddresses": found}


def _holders(act: Act, vpc: Thing) -> Iterator[tuple[str, Thing, Thing]]:
    """Every private address in use in a VPC, with who has it and in which subnet."""
    for subnet in act.realm.children(vpc, "subnet").values():
        for address, holder in list_holders(act, subnet):
            yield address, holder, subnet


def _asked_for(act: Act) -> Callable[[Address], bool]:
    """Whether an address is one of those asked for; the range wins where both are given."""
    if "privateIpRange" not in act.query:
        wanted = {ip_address(each) for each in act.query["privateIpAddresses"]}
        return lambda address: address in wanted
    first, _, last = act.query["privateIpRange"].partition("-")
    try:
        low, high = ip_address(first.strip()), ip_address((last or first).strip())
    except ValueError:
        raise act.refusal("value", "the range is none; give first and last address, as 10.0.0.1-10.0.0.9") from None
    if low.version != high.version or int(low) > int(high):
        raise act.refusal("value", "the range runs backwards, or from one version to the other; turn it round")
    return lambda address: address.version == low.version and int(low) <= int(address) <= int(high)


BEHAVIOURS: Final = Behaviours(
    creating={"ip_reserve": _create_reserve},
    viewing={"ip_reserve": _view_reserve},
    operations={"vpc.list_vpc_resource_ips": _list_resource_ips, "vpc.list_vpc_private_ips": _list_private_ips},
)
