"""IPv6 gateways: what a rule may say about the addresses behind one."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.hops import require_unrouted
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_BANDWIDTHS: Final = ("ingressBandwidthInMbps", "egressBandwidthInMbps")


def _require_bandwidth(act: Act, bandwidth: int) -> None:
    if bandwidth < 1:
        raise act.refusal("value", "the bandwidth is too small; give 1 Mbit/s or more")


def _create(act: Act, draft: dict[str, Any]) -> None:
    _require_bandwidth(act, draft["bandwidthInMbps"])
    draft.pop("billing", None)


def _change(act: Act, gateway: Thing, members: dict[str, Any]) -> None:
    members["deleteProtect"] = bool(members["deleteProtect"])
    _require_bandwidth(act, members["bandwidthInMbps"])
    limits = act.realm.children(gateway, "ipv6_rate_limit_rule").values()
    if any(each.members[name] > members["bandwidthInMbps"] for each in limits for name in _BANDWIDTHS):
        raise act.refusal("state", "a rate limit is above this bandwidth; lower or delete that one first")


def _delete(act: Act, gateway: Thing) -> bool:
    require_unrouted(act, gateway)
    return False


def _create_egress_only(act: Act, draft: dict[str, Any]) -> None:
    network = ip_network(draft["cidr"], strict=False)
    if not isinstance(network, IPv6Network):
        raise act.refusal("value", "the network has to be an IPv6 one, such as 2001:db8::/64")
    draft["cidr"] = str(network)


def _create_limit(act: Act, draft: dict[str, Any]) -> None:
    draft["ipv6Address"] = str(IPv6Address(draft["ipv6Address"]))
    _require_within(act, draft)


def _change_limit(act: Act, rule: Thing, members: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    _require_within(act, members)


def _require_within(act: Act, members: dict[str, Any]) -> None:
    gateway = act.find(act.world.kinds["ipv6_gateway"], members["gatewayId"])
    most = gateway.members["bandwidthInMbps"]
    if any(members[name] > most for name in _BANDWIDTHS):
        raise act.refusal("value", f"the limit is above the bandwidth of its gateway; give 1 to {most}")


BEHAVIOURS: Final = Behaviours(
    creating={
        "ipv6_gateway": _create,
        "ipv6_egress_only_rule": _create_egress_only,
        "ipv6_rate_limit_rule": _create_limit,
    },
    changing={"ipv6_gateway": _change, "ipv6_rate_limit_rule": _change_limit},
    deleting={"ipv6_gateway": _delete},
)
