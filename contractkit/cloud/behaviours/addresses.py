"""Private addresses: which of a subnet are taken, by things of whatever kind, and which one is next.

A kind takes part by its trait `addresses`; it has to live inside a subnet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.world import Thing

__all__ = [
    "HOMES",
    "Address",
    "Network",
    "count_free",
    "find_taken",
    "list_holders",
    "require_subnet",
    "reserve_networks",
    "take_address",
    "take_free",
]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HOMES: Final = {4: "cidr", 6: "ipv6Cidr"}
"""The member of a subnet that holds its network of each version of IP."""

# The network address, the gateway and the broadcast address of a subnet are never handed out.
_KEPT: Final = 3


def list_holders(act: Act, subnet: Thing) -> Iterator[tuple[str, Thing]]:
    """Every private address in use in a subnet, with the thing that has it."""
    for kind in act.world.kinds.values():
        if kind.traits.addresses and subnet.kind.name in kind.traits.parents:
            for thing in act.realm_of(kind).children(subnet, kind.name).values():
                for pointer in kind.traits.addresses:
                    yield from ((each, thing) for each in _values(thing.members, pointer.strip("/").split("/")) if each)


def _values(value: Any, path: list[str]) -> Iterator[str]:
    if not path:
        yield str(value)
    elif path[0] == "*":
        for item in value:
            yield from _values(item, path[1:])
    elif isinstance(value, Mapping) and value.get(path[0]) is not None:
        yield from _values(value[path[0]], path[1:])


def find_taken(act: Act, subnet: Thing) -> set[Address]:
    """The private addresses in use in a subnet."""
    return {ip_address(address) for address, _ in list_holders(act, subnet)}


def reserve_networks(act: Act, subnet: Thing) -> list[Network]:
    """The ranges of a subnet that are kept back from being handed out."""
    kind = act.world.kinds["ip_reserve"]
    return [ip_network(each.members["ipCidr"]) for each in act.realm_of(kind).children(subnet, kind.name).values()]


def count_free(act: Act, subnet: Thing) -> tuple[int, int]:
    """How many IPv4 addresses are free: in all, and outside the reserved ranges."""
    network = IPv4Network(subnet.members["cidr"])
    gone = {each for each in find_taken(act, subnet) if isinstance(each, IPv4Address)} | set(_kept(network))
    reserved = [each for each in reserve_networks(act, subnet) if isinstance(each, IPv4Network)]
    held_back = sum(each.num_addresses - sum(one in each for one in gone) for each in reserved)
    free = max(0, network.num_addresses - len(gone))
    return free, max(0, free - held_back)


def require_subnet(act: Act, members: Mapping[str, Any]) -> Thing:
    """The subnet that `subnetId` names. Refuses one of another VPC than `vpcId` names."""
    subnet = act.find(act.world.kinds["subnet"], members["subnetId"])
    if subnet.members["vpcId"] != members["vpcId"]:
        raise act.refusal("value", "the subnet is in another VPC; name one of this VPC", subnet.kind)
    return subnet


def take_address(act: Act, subnet: Thing, wanted: str | None, version: int, taken: set[Address]) -> str:
    """The wanted address, or the next free one, added to `taken`. Refuses what is elsewhere or taken."""
    network = _network(act, subnet, version)
    address = _next_free(act, subnet, network, taken) if wanted is None else ip_address(wanted)
    if address not in network or address in _kept(network):
        raise act.refusal("value", "the address is none that the subnet hands out; choose one inside it", subnet.kind)
    if address in taken:
        raise act.refusal("state", "the address is in use; choose another, or name none")
    taken.add(address)
    return str(address)


def take_free(act: Act, subnet: Thing, count: int, version: int, taken: set[Address]) -> list[str]:
    """The next `count` free addresses, added to `taken`. Refuses more than there are."""
    network = _network(act, subnet, version)
    found = list(islice(_free(act, subnet, network, taken), max(0, min(count, network.num_addresses))))
    if len(found) < count:
        raise act.refusal("quota", "the subnet has not so many free addresses; ask for fewer")
    taken.update(found)
    return [str(each) for each in found]


def _network(act: Act, subnet: Thing, version: int) -> Network:
    cidr = subnet.members.get(HOMES[version])
    if not cidr:
        raise act.refusal("state", "the subnet has no IPv6 network; enable IPv6 on it first", subnet.kind)
    return ip_network(cidr)


def _kept(network: Network) -> Iterable[Address]:
    """The addresses nobody gets: the first two, and the last."""
    ends = {network.network_address, network.broadcast_address}
    return ends | set(islice(network, _KEPT - 1))


def _next_free(act: Act, subnet: Thing, network: Network, taken: set[Address]) -> Address:
    address = next(_free(act, subnet, network, taken), None)
    if address is None:
        raise act.refusal("quota", "no address of the subnet is free; release one first")
    return address


def _free(act: Act, subnet: Thing, network: Network, taken: set[Address]) -> Iterator[Address]:
    """The addresses to be handed out, in order: neither taken nor kept nor reserved."""
    gone, reserved = taken | set(_kept(network)), reserve_networks(act, subnet)
    address, last = network.network_address, network.broadcast_address
    while address <= last:  # type: ignore[operator] # both are of one version
        held = next((each for each in reserved if address in each), None)
        if held is None and address not in gone:
            yield address
        passed = held.broadcast_address if held else address
        if passed >= last:  # type: ignore[operator] # as above; beyond the last address there may be none to count on to
            return
        address = passed + 1
