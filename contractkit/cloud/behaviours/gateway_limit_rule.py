"""Limits of bandwidth: the gateway, or the end of a peering, that each is behind."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours

__all__ = ["BEHAVIOURS"]

_LIMITED: Final = {"et": "et_gateway", "peerconn": "peer_conn_interface"}


def _create_limit(act: Act, draft: dict[str, Any]) -> None:
    """A limit belongs to its gateway, or to its end of a peering; enterprise networks are taken as named."""
    if ip_network(draft["cidr"], strict=False).version != int(draft["ipVersion"]):
        raise act.refusal("value", "cidr is not of the ipVersion of the rule; let them agree")
    kind = act.world.kinds.get(_LIMITED.get(draft["serviceType"], ""))
    if kind is not None:
        draft[act.kind.traits.parents[kind.name]] = act.find(kind, draft["resourceId"]).id


BEHAVIOURS: Final = Behaviours(creating={"gateway_limit_rule": _create_limit})
