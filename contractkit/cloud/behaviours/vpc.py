"""VPCs and subnets: which networks fit into which."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.acl import make_default_rules
from contractkit.cloud.behaviours.addresses import count_free
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.behaviours.security_group import give_default_group
from contractkit.cloud.making import give_along
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]


def _create_vpc(act: Act, draft: dict[str, Any]) -> None:
    draft["cidr"] = str(_network(act, draft["cidr"]))
    if draft.get("enableIpv6"):
        draft["ipv6Cidr"] = _allocate_v6(act)


def _furnish_vpc(act: Act, vpc: Thing) -> None:
    """What comes with every VPC: its route table and a security group."""
    give_along(act, "route_table", {"vpcId": vpc.id})
    give_default_group(act, vpc)


def _change_vpc(act: Act, vpc: Thing, members: dict[str, Any]) -> None:
    if members.get("enableIpv6") and not members.get("ipv6Cidr"):
        members["ipv6Cidr"] = _allocate_v6(act)
    if "secondaryCidr" in act.body:
        secondary = [_network(act, each) for each in members["secondaryCidr"]]
        networks = [_network(act, vpc.members["cidr"]), *secondary]
        if any(one.overlaps(two) for index, one in enumerate(networks) for two in networks[:index]):
            raise act.refusal("cidr", "a secondary network overlaps another network of the VPC; choose one apart")
        _require_housed(act, vpc, networks)
        members["secondaryCidr"] = [str(each) for each in secondary]


def _require_housed(act: Act, vpc: Thing, networks: Iterable[IPv4Network]) -> None:
    homes = list(networks)
    for subnet in act.realm.children(vpc, "subnet").values():
        if not _is_within(_network(act, subnet.members["cidr"]), homes):
            raise act.refusal("children", "a subnet lives in a secondary network left out; delete the subnet first")


def _allocate_v6(act: Act) -> str:
    network = act.world.dice.network_v6()
    if network is None:
        raise act.refusal("quota", "no IPv6 network is left; create the VPC without")
    return str(network)


def _create_subnet(act: Act, draft: dict[str, Any]) -> None:
    vpc = act.find(act.world.kinds["vpc"], draft["vpcId"])
    network = _network(act, draft["cidr"])
    if not _is_within(network, _homes(act, vpc, draft.get("vpcSecondaryCidr"))):
        raise act.refusal("value", "the network of the subnet lies in no network of the VPC; choose one inside")
    siblings = act.realm.children(vpc, "subnet").values()
    if any(network.overlaps(_network(act, each.members["cidr"])) for each in siblings):
        raise act.refusal("cidr", "the network overlaps that of another subnet of the VPC; choose one apart")
    draft["cidr"] = str(network)
    if draft.get("enableIpv6"):
        draft["ipv6Cidr"] = _slice_v6(act, vpc)


def _change_subnet(act: Act, subnet: Thing, members: dict[str, Any]) -> None:
    if members.get("enableIpv6") and not members.get("ipv6Cidr"):
        vpc = act.find(act.world.kinds["vpc"], subnet.members["vpcId"])
        members["ipv6Cidr"] = _slice_v6(act, vpc)


def _homes(act: Act, vpc: Thing, secondary: str | None) -> list[IPv4Network]:
    """The networks a subnet may lie in: the secondary one it names, else that of the VPC."""
    if secondary is None:
        return [_network(act, vpc.members["cidr"])]
    named = _network(act, secondary)
    if named not in [_network(act, each) for each in vpc.members.get("secondaryCidr", ())]:
        raise act.refusal("value", "vpcSecondaryCidr is no secondary network of the VPC; add it to the VPC first")
    return [named]


def _slice_v6(act: Act, vpc: Thing) -> str:
    """A /64 of the VPC's IPv6 network that no subnet has."""
    if not vpc.members.get("ipv6Cidr"):
        raise act.refusal("state", "the VPC has no IPv6 network; enable IPv6 on it first")
    taken = {each.members.get("ipv6Cidr") for each in act.realm.children(vpc, "subnet").values()}
    for network in IPv6Network(vpc.members["ipv6Cidr"]).subnets(new_prefix=64):
        if str(network) not in taken:
            return str(network)
    raise act.refusal("quota", "the IPv6 network of the VPC is used up; create the subnet without")


def _view_subnet(act: Act, subnet: Thing) -> dict[str, Any]:
    """How many addresses are left, and the names under which the ACL shows the subnet."""
    free, unreserved = count_free(act, subnet)
    name, cidr = subnet.members["name"], subnet.members["cidr"]
    return {"availableIp": free, "availableUnreservedIp": unreserved, "subnetName": name, "subnetCidr": cidr}


def _network(act: Act, cidr: str) -> IPv4Network:
    network = _parse(cidr)
    if not isinstance(network, IPv4Network):
        raise act.refusal("value", "the network has to be an IPv4 one, such as 192.168.0.0/16")
    return network


@lru_cache(maxsize=1024)
def _parse(cidr: str) -> IPv4Network | IPv6Network:
    """Remembered, since every new subnet is compared with all the others."""
    return ip_network(cidr, strict=False)


def _is_within(network: IPv4Network, homes: Iterable[IPv4Network]) -> bool:
    return any(network.subnet_of(home) for home in homes)


BEHAVIOURS: Final = Behaviours(
    creating={"vpc": _create_vpc, "subnet": _create_subnet},
    created={"vpc": _furnish_vpc, "subnet": make_default_rules},
    changing={"vpc": _change_vpc, "subnet": _change_subnet},
    viewing={"subnet": _view_subnet},
)
