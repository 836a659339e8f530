"""Dedicated gateways: the channel they are bound to, and how it is watched."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.hops import require_unrouted
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]


def _change_gateway(act: Act, gateway: Thing, members: dict[str, Any]) -> None:
    if act.effect.does == "bind" and gateway.members["etId"]:
        raise act.refusal("state", "a channel is bound to the gateway already; unbind it first")
    if act.effect.does == "unbind" and not gateway.members["etId"]:
        raise act.refusal("state", "no channel is bound to the gateway; bind one first")
    if "healthThreshold" in act.body:
        _complete_health_check(act, gateway, members)


def _complete_health_check(act: Act, gateway: Thing, members: dict[str, Any]) -> None:
    """A health check may name the channel of the gateway, and no other."""
    members.setdefault("healthCheckType", "ICMP")
    for name, own in (("dcphyId", "etId"), ("channelId", "channelId")):
        if name in act.body and act.body[name] != gateway.members[own]:
            raise act.refusal("value", f"{name} is not that of the channel bound to the gateway; read the gateway")
    if "subnetId" in act.body:
        subnet = act.find(act.world.kinds["subnet"], act.body["subnetId"])
        if subnet.members["vpcId"] != gateway.members["vpcId"]:
            raise act.refusal("value", "the subnet is in another VPC; name one of the VPC of the gateway")


def _delete_gateway(act: Act, gateway: Thing) -> bool:
    require_unrouted(act, gateway)
    return False


BEHAVIOURS: Final = Behaviours(changing={"et_gateway": _change_gateway}, deleting={"et_gateway": _delete_gateway})
