"""Public addresses bound to the private ones of a VPC: the address knows it, the other side looks it up."""

from __future__ import annotations

from collections.abc import Iterator

from contractkit.cloud.acts import Act
from contractkit.cloud.world import Thing

__all__ = ["bind_address", "list_bound", "require_bindable", "require_settled", "unbind_address"]


def list_bound(act: Act, holder: Thing) -> Iterator[Thing]:
    """The public addresses bound to a thing."""
    kind = act.world.kinds["eip"]
    for eip in act.realm_of(kind).all(kind.name).values():
        if eip.members["instanceId"] == holder.id:
            yield eip


def require_bindable(act: Act, address: str) -> Thing:
    """The public address of the asking account, free to be bound. Refuses any other."""
    kind = act.world.kinds["eip"]
    eip = act.realm_of(kind).find(kind.name, address)
    if eip is None:
        # The VPC service has no code of its own for addresses, whatever it calls the thing they are bound to.
        raise act.refusal("missing", "no such public address here; list them first", act.world.kinds["vpc"])
    eip.settle(act.now)
    if eip.members["status"] != "available":
        raise act.refusal("state", "the public address is not available; unbind it first")
    return eip


def bind_address(act: Act, eip: Thing, holder: Thing, instance_type: str, private: str) -> None:
    """Bind a public address to a private one of a thing; both sides show it."""
    bound = {"instanceType": instance_type, "instanceId": holder.id, "instanceIp": private}
    act.realm_of(eip.kind).change(eip, bound)
    eip.enter("binding", act.now, act.world.settle)
    eip.updated = act.now


def require_settled(act: Act, eip: Thing) -> None:
    """Refuse to let go of a public address that is changing."""
    eip.settle(act.now)
    if eip.members["status"] != "binded":
        raise act.refusal("state", "the public address is changing; wait until its status is binded")


def unbind_address(act: Act, eip: Thing) -> None:
    """Let a public address be free again. Refuses one that is changing."""
    require_settled(act, eip)
    act.realm_of(eip.kind).change(eip, {"instanceType": None, "instanceId": None, "instanceIp": ""})
    eip.enter("unbinding", act.now, act.world.settle)
    eip.updated = act.now
