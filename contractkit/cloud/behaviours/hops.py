"""Gateways as next hops: one that a route leads to is not deleted under it."""

from __future__ import annotations

from contractkit.cloud.acts import Act
from contractkit.cloud.world import Thing

__all__ = ["require_unrouted"]


def require_unrouted(act: Act, hop: Thing) -> None:
    """Refuse to let a next hop go while a route of its VPC leads to it."""
    vpc = act.find(act.world.kinds["vpc"], hop.members["vpcId"])
    for table in act.realm.children(vpc, "route_table").values():
        for rule in act.realm.children(table, "route_rule").values():
            if rule.members.get("nexthopId") == hop.id:
                raise act.refusal("children", "a route leads to it; delete the route first")
