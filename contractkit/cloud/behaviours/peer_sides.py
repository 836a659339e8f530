"""The two sides of a peering connection: an interface in each VPC, with a role, a name and a DNS state of its own.

A connection stands in every realm that has a side of it: once when both VPCs are in one region of one account, else
twice; the second record, the twin, is kept like the first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from contractkit.cloud.accounts import Account
from contractkit.cloud.acts import Act
from contractkit.cloud.making import make_along
from contractkit.cloud.world import Realm, Thing

__all__ = ["ACCEPTOR", "INITIATOR", "find_side", "list_sides", "make_sides", "mirror", "remove_twin", "view_side"]

INITIATOR: Final = "initiator"
ACCEPTOR: Final = "acceptor"
_KIND: Final = "peer_conn_interface"
# What both records of one connection have alike.
_SHARED: Final = ("status", "bandwidthInMbps", "expiredTime", "lapseTime", "deleteProtect")


def make_sides(act: Act, conn: Thing) -> None:
    """Make both sides of a new connection, and its twin if the other side is elsewhere."""
    given = conn.members
    here = _ends(given["localVpcId"], act.region, given["peerVpcId"], given["peerRegion"])
    there = _ends(given["peerVpcId"], given["peerRegion"], given["localVpcId"], act.region)
    common = {"peerConnId": conn.id, "description": given["description"]}
    here |= {**common, "role": INITIATOR, "localIfName": given["localIfName"], "peerAccountId": given["peerAccountId"]}
    there |= {**common, "role": ACCEPTOR, "localIfName": given["peerIfName"], "peerAccountId": act.account.id}
    make_along(act, _KIND, here)
    if given["twin"] is None:
        make_along(act, _KIND, there)
        return
    account, region = given["twin"]
    members = {**given, "role": ACCEPTOR, "twin": (act.account.id, act.region)}
    twin = replace(conn, members=members)
    act.world.realm_at(account, region).add(twin)
    make_along(replace(act, account=Account(account), region=region), _KIND, there)


def _ends(local: str, local_region: str, peer: str, peer_region: str) -> dict[str, Any]:
    return {"localVpcId": local, "localRegion": local_region, "peerVpcId": peer, "peerRegion": peer_region}


def list_sides(act: Act, conn: Thing) -> list[Thing]:
    """The sides that the asking account has in this region, the initiator's first."""
    return list(act.realm.children(conn, _KIND).values())


def find_side(act: Act, conn: Thing) -> Thing:
    """The side of the role in the request. Refuses that of another account or region."""
    for side in list_sides(act, conn):
        if side.members["role"] == act.query["role"]:
            side.settle(act.now)
            return side
    raise act.refusal("state", "the side of this role is in another region or account; ask for it there")


def view_side(act: Act, conn: Thing) -> dict[str, Any]:
    """A connection as seen from the side that is asked for: by role, by VPC, or the first there is."""
    sides = list_sides(act, conn)
    wanted = {"role": act.query.get("role"), "localVpcId": act.query.get("vpcId")}
    asked = [side for side in sides if any(value == side.members[name] for name, value in wanted.items())]
    side = (asked or sides)[0]
    side.settle(act.now)
    return side.members


def _find_twin(act: Act, conn: Thing) -> tuple[Realm, Thing] | None:
    if conn.members["twin"] is None:
        return None
    realm = act.world.realm_at(*conn.members["twin"])
    twin = realm.find(conn.kind.name, conn.id)
    return None if twin is None else (realm, twin)


def mirror(act: Act, conn: Thing) -> None:
    """Make the twin like the connection that was changed."""
    found = _find_twin(act, conn)
    if found is not None:
        realm, twin = found
        realm.change(twin, {name: conn.members[name] for name in _SHARED})
        twin.settles_at, twin.settles_to = conn.settles_at, conn.settles_to


def remove_twin(act: Act, conn: Thing) -> None:
    """Let the twin go together with the connection."""
    found = _find_twin(act, conn)
    if found is not None:
        realm, twin = found
        if conn.gone_at is None:
            realm.remove(twin)
        else:
            mirror(act, conn)
            realm.leave(twin, conn.gone_at)
