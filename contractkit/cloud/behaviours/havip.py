"""High-availability virtual addresses: their private address, the instances behind them, their public address."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import find_taken, take_address
from contractkit.cloud.behaviours.eip_binding import (
    bind_address,
    list_bound,
    require_bindable,
    require_settled,
    unbind_address,
)
from contractkit.cloud.behaviours.hops import require_unrouted
from contractkit.cloud.behaviours.registry import Behaviours, Members
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_IPV4: Final = 4


def _create(act: Act, draft: Members) -> None:
    subnet = act.find(act.world.kinds["subnet"], draft["subnetId"])
    draft["vpcId"] = subnet.members["vpcId"]
    wanted = draft["privateIpAddress"] or None
    draft["privateIpAddress"] = take_address(act, subnet, wanted, _IPV4, find_taken(act, subnet))


def _public(act: Act, havip: Thing) -> Thing | None:
    return next(list_bound(act, havip), None)


def _forget_type(act: Act, havip: Thing, members: Members) -> None:  # noqa: ARG001 - one signature for all
    """The type of the instances is kept with each of them."""
    members.pop("instanceType", None)


def _bind(act: Act, havip: Thing, members: Members) -> None:
    require_bindable(act, members.pop("publicIpAddress"))
    if _public(act, havip) is not None:
        raise act.refusal("state", "it has a public address already; unbind that one first")


def _unbind(act: Act, havip: Thing, members: Members) -> None:  # noqa: ARG001 - as above
    public = _public(act, havip)
    if public is None:
        raise act.refusal("state", "it has no public address; bind one first")
    require_settled(act, public)


def _require_type(act: Act, havip: Thing, members: Members) -> None:  # noqa: ARG001 - as above
    types = {each["instanceId"]: each["instanceType"] for each in havip.members["bindedInstances"]}
    if any(types.get(each, act.body["instanceType"]) != act.body["instanceType"] for each in act.body["instanceIds"]):
        raise act.refusal("state", "an instance is of the other type; read the virtual address first")


def _changed(act: Act, havip: Thing) -> None:
    name, public = act.plan.operation.name, _public(act, havip)
    if name == "bind_havip_eip":
        eip = require_bindable(act, act.body["publicIpAddress"])
        bind_address(act, eip, havip, "HAVIP", havip.members["privateIpAddress"])
    elif name == "unbind_havip_eip" and public is not None:
        unbind_address(act, public)


def _attach(act: Act, havip: Thing, items: list[Any]) -> list[Any]:
    """The instances to add: network interfaces are there, in the subnet; servers are taken as named."""
    kind = act.world.kinds.get("eni")
    for item in items if act.body["instanceType"] == "ENI" else ():
        if kind and act.find(kind, item["instanceId"]).members["subnetId"] != havip.members["subnetId"]:
            raise act.refusal("value", "the network interface is in another subnet; name one of the same subnet")
    return [{**item, "instanceType": act.body["instanceType"]} for item in items]


def _deleting(act: Act, havip: Thing) -> bool:
    if _instances(act, havip) or _public(act, havip) is not None:
        raise act.refusal("state", "something is bound to it; unbind that first")
    require_unrouted(act, havip)
    return False


def _instances(act: Act, havip: Thing) -> list[dict[str, Any]]:
    """The instances behind it; a network interface that was deleted is there no more. The first one is the master."""
    interfaces = act.realm.all("eni")
    there = [
        each
        for each in havip.members["bindedInstances"]
        if each["instanceType"] != "ENI" or each["instanceId"] in interfaces
    ]
    return [{**each, "master": number == 0} for number, each in enumerate(there)]


def _view(act: Act, havip: Thing) -> Members:
    public, instances = _public(act, havip), _instances(act, havip)
    return {
        "status": "binded" if instances else "available",
        "bindedInstances": instances,
        "publicIpAddress": public.id if public else "",
    }


BEHAVIOURS: Final = Behaviours(
    creating={"havip": _create},
    changing={
        "havip": _forget_type,
        "vpc.bind_havip_eip": _bind,
        "vpc.unbind_havip_eip": _unbind,
        "vpc.detach_havip_instances": _require_type,
    },
    changed={"havip": _changed},
    collecting={"havip": _attach},
    deleting={"havip": _deleting},
    viewing={"havip": _view},
)
