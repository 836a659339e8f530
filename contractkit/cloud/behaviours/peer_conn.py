"""Peering connections: what may be done with one, and by which of its two accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.peer_sides import (
    ACCEPTOR,
    INITIATOR,
    find_side,
    list_sides,
    make_sides,
    mirror,
    remove_twin,
    view_side,
)
from contractkit.cloud.behaviours.registry import Behaviours, Members
from contractkit.cloud.behaviours.terms import extend_term, is_running, start_term
from contractkit.cloud.times import tell_time
from contractkit.cloud.world import Realm, Thing

__all__ = ["BEHAVIOURS"]

# How long an offer to another account stands.
_OFFER: Final = timedelta(days=7)
# A connection between one of these regions and another crosses the border.
_ABROAD: Final = frozenset({"hkg"})


def _create(act: Act, draft: Members) -> None:
    account = draft.setdefault("peerAccountId", act.account.id)
    home, away = (act.account.id, act.region), (account, draft["peerRegion"])
    local = act.find(act.world.kinds["vpc"], draft["localVpcId"])
    peer = _find_peer(act, away, draft["peerVpcId"])
    _require_connectable(act, local, peer)
    _require_unconnected(act, local, away, peer)
    if draft["paymentTiming"] == "Prepaid" and act.region == draft["peerRegion"]:
        raise act.refusal("value", "a connection within one region is postpaid; set paymentTiming to Postpaid")
    if draft["bandwidthInMbps"] < 1:
        raise act.refusal("value", "the bandwidth is too small; give 1 Mbit/s or more")
    start_term(act, draft)
    draft |= {"role": INITIATOR, "initiatorAccountId": act.account.id, "twin": None if home == away else away}
    offered = account != act.account.id
    draft["lapseTime"] = tell_time(act.now + _OFFER, "utc") if offered else draft["expiredTime"]


def _find_peer(act: Act, away: tuple[str, str], vpc_id: str) -> Thing:
    realm = act.world.realms.get(away)
    vpc = realm.find("vpc", vpc_id) if realm else None
    if vpc is None:
        raise act.refusal("missing", "no such VPC in that account and region; ask its owner for its id")
    return vpc


def _require_connectable(act: Act, local: Thing, peer: Thing) -> None:
    if local is peer:
        raise act.refusal("value", "both ends are one VPC; name another as the peer")
    if local.members["relay"] and peer.members["relay"]:
        raise act.refusal("state", "both VPCs relay traffic; close the relay of one of them first")


def _require_unconnected(act: Act, local: Thing, away: tuple[str, str], peer: Thing) -> None:
    """Refuse a second connection of two VPCs; one that the peer rejected stands on this side alone."""
    ends = {local.id, peer.id}
    for realm, vpc in ((act.realm, local), (act.world.realms[away], peer)):
        for side in realm.children(vpc, "peer_conn_interface").values():
            if {vpc.id, side.members["peerVpcId"]} == ends:
                raise act.refusal("duplicate", "the two VPCs have a connection; delete that first")


def _created(act: Act, conn: Thing) -> None:
    if conn.members["peerAccountId"] != act.account.id:
        conn.settles_to = "consulting"
    make_sides(act, conn)


def _require_own(act: Act, conn: Thing) -> None:
    if conn.members["initiatorAccountId"] != act.account.id:
        raise act.refusal("state", "only the account that made the connection may do this; ask its owner")


def _answer(act: Act, conn: Thing, members: Members) -> None:
    if conn.members["role"] != ACCEPTOR:
        raise act.refusal("state", "the connection is offered to the other account; let that one answer")
    members["lapseTime"] = members["expiredTime"]


def _resize(act: Act, conn: Thing, members: Members) -> None:
    _require_own(act, conn)
    bandwidth = members["bandwidthInMbps"]
    if bandwidth < 1:
        raise act.refusal("value", "the bandwidth is too small; give 1 Mbit/s or more")
    if members["paymentTiming"] == "Prepaid" and bandwidth < conn.members["bandwidthInMbps"]:
        raise act.refusal("state", "a prepaid connection only grows; give more than it has")


def _renew(act: Act, conn: Thing, members: Members) -> None:
    _require_own(act, conn)
    members.pop("billing")
    extend_term(act, members)
    members["lapseTime"] = members["expiredTime"]
    members["status"] = "active"


def _rename(act: Act, conn: Thing, members: Members) -> None:
    if act.body["localIfId"] not in {each.id for each in list_sides(act, conn)}:
        raise act.refusal("missing", "localIfId is no side of this connection here; read the connection for its id")
    for name in ("localIfId", "localIfName", "description"):
        members[name] = conn.members.get(name, "")


def _switch_dns(act: Act, conn: Thing, members: Members) -> None:  # noqa: ARG001 - one signature for all
    if find_side(act, conn).members["dnsStatus"] in ("syncing", "closing"):
        raise act.refusal("state", "the DNS of this side is changing; wait until it is open or close")


_DNS: Final = {"open_peer_conn_dns_sync": "syncing", "close_peer_conn_dns_sync": "closing"}


def _changed(act: Act, conn: Thing) -> None:
    name = act.plan.operation.name
    if name in _DNS:
        find_side(act, conn).enter(_DNS[name], act.now, act.world.settle)
    elif name == "update_peer_conn":
        side = next(each for each in list_sides(act, conn) if each.id == act.body["localIfId"])
        side.members |= {each: act.body[each] for each in ("localIfName", "description") if each in act.body}
    mirror(act, conn)
    if name == "reject_peer_conn":
        act.realm.remove(conn)


def _deleting(act: Act, conn: Thing) -> bool:
    _require_own(act, conn)
    if act.plan.operation.name == "refund_peer_conn":
        ends = {side.members[name] for side in list_sides(act, conn) for name in ("localRegion", "peerRegion")}
        if 0 < len(ends & _ABROAD) < len(ends):
            raise act.refusal("state", "a connection across the border is not refunded; let it expire")
    elif is_running(act, conn) and conn.members["status"] == "active":
        raise act.refusal("state", "the connection is paid for in advance and has not expired; refund it instead")
    return False


def _lapse(realm: Realm, conn: Thing) -> bool:  # noqa: ARG001 - one signature for all
    """An offer nobody answered fails, and is seen no more by whom it was made to; what was paid for expires."""
    ended = conn.deadline or conn.updated
    conn.settle(ended)
    if conn.members["status"] != "consulting":
        conn.enter("expired", ended, timedelta(0))
        return True
    if conn.members["role"] == ACCEPTOR:
        return False
    conn.enter("consult_failed", ended, timedelta(0))
    return True


def _list(act: Act) -> list[Callable[[Thing], bool]]:
    """With the filter `vpcId`, only the connections that have a side in that VPC."""
    wanted = act.query.get("vpcId")
    if wanted is None:
        return []
    return [lambda conn: any(each.members["localVpcId"] == wanted for each in list_sides(act, conn))]


BEHAVIOURS: Final = Behaviours(
    creating={"peer_conn": _create},
    created={"peer_conn": _created},
    changing={
        "vpc.accept_peer_conn": _answer,
        "vpc.reject_peer_conn": _answer,
        "vpc.resize_peer_conn": _resize,
        "vpc.renew_peer_conn": _renew,
        "vpc.update_peer_conn": _rename,
        "vpc.open_peer_conn_dns_sync": _switch_dns,
        "vpc.close_peer_conn_dns_sync": _switch_dns,
    },
    changed={"peer_conn": _changed},
    deleting={"peer_conn": _deleting},
    deleted={"peer_conn": remove_twin},
    viewing={"peer_conn": view_side},
    lapsing={"peer_conn": _lapse},
    listing={"peer_conn": _list},
)
