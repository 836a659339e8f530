"""Rules of NAT gateways: which public addresses they may use, and which ports are still free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.nat_addresses import addresses_for
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_LAST_PORT: Final = 65535
_ALL: Final = (0, _LAST_PORT)
_PORTS: Final = (("publicPort", "publicPortRange"), ("privatePort", "privatePortRange"))


def _gateway(act: Act, members: Mapping[str, Any]) -> Thing:
    return act.find(act.world.kinds["nat_gateway"], members["natId"])


def _require_bound(act: Act, members: Mapping[str, Any], addresses: list[str], older: str) -> None:
    """Refuse addresses that are not bound to the gateway; the older generation keeps those of SNAT and DNAT apart."""
    nat = _gateway(act, members)
    name = older if nat.members["natType"] == "normal" else "bindEips"
    if not addresses or set(addresses) - set(addresses_for(act, nat, name)):
        raise act.refusal("state", f"a rule uses addresses of {name} of its gateway; bind them first")


def _complete_snat(act: Act, members: dict[str, Any]) -> None:
    _require_bound(act, members, members["publicIpsAddress"], "eips")


def _change_snat(act: Act, rule: Thing, members: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    _complete_snat(act, members)


def _create_dnat(act: Act, draft: dict[str, Any]) -> None:
    _complete_dnat(act, draft, None)


def _change_dnat(act: Act, rule: Thing, members: dict[str, Any]) -> None:
    """What the request gives in one form replaces what was there in the other; all ports leave none to name."""
    for port, ports in _PORTS:
        if port in act.body:
            members[ports] = None
        if ports in act.body:
            members[port] = None
    if members["protocol"] == "all":
        members.update({name: None for pair in _PORTS for name in pair})
    _complete_dnat(act, members, rule)


def _complete_dnat(act: Act, members: dict[str, Any], itself: Thing | None) -> None:
    _require_bound(act, members, [members["publicIpAddress"]], "dnatEips")
    public, private = (_read_ports(act, members, *pair) for pair in _PORTS)
    if members["protocol"] != "all" and public[1] - public[0] != private[1] - private[0]:
        raise act.refusal("value", "public and private ports are not equally many; let them agree")
    for other in act.realm.children(_gateway(act, members), "dnat_rule").values():
        if other is not itself and _clash(act, other.members, members, public):
            raise act.refusal("duplicate", "another rule forwards these ports of the address; choose others")


def _read_ports(act: Act, members: Mapping[str, Any], port: str, ports: str) -> tuple[int, int]:
    """First and last port; a rule for everything has them all."""
    if members["protocol"] == "all":
        return _ALL
    if members.get(port):
        return members[port], members[port]
    if not members.get(ports):
        raise act.refusal("value", f"TCP and UDP need ports; give {port} or {ports}")
    first, last = (int(each) for each in members[ports].split("-"))
    if not 1 <= first <= last <= _LAST_PORT:
        raise act.refusal("value", f"{ports} is no range of ports; give one such as 80-90")
    return first, last


def _clash(act: Act, one: Mapping[str, Any], two: Mapping[str, Any], ports: tuple[int, int]) -> bool:
    protocols = {one["protocol"], two["protocol"]}
    if one["publicIpAddress"] != two["publicIpAddress"] or (len(protocols) > 1 and "all" not in protocols):
        return False
    first, last = _read_ports(act, one, *_PORTS[0])
    return first <= ports[1] and ports[0] <= last


def _tidy_dnat(act: Act, rule: Thing) -> None:  # noqa: ARG001 - one signature for all
    """Ports are told in the one form they have, and the other is left out."""
    rule.members = {name: value for name, value in rule.members.items() if value is not None}


BEHAVIOURS: Final = Behaviours(
    creating={"snat_rule": _complete_snat, "dnat_rule": _create_dnat},
    changing={"snat_rule": _change_snat, "dnat_rule": _change_dnat},
    changed={"dnat_rule": _tidy_dnat},
)
