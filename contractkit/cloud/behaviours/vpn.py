"""VPN gateways: their public address, which decides their state, and the terms of prepaid ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import require_subnet
from contractkit.cloud.behaviours.eip_binding import (
    bind_address,
    list_bound,
    require_bindable,
    require_settled,
    unbind_address,
)
from contractkit.cloud.behaviours.hops import require_unrouted
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.behaviours.terms import extend_term, is_running, start_term
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]


def _find_eip(act: Act, vpn: Thing) -> Thing | None:
    return next(list_bound(act, vpn), None)


def _settle(act: Act, vpn: Thing) -> Thing | None:
    """The public address of a gateway; once nothing is under way, having one makes it active.

    The address is the one that knows: it can be unbound on its own side too.
    """
    eip = _find_eip(act, vpn)
    vpn.settle(act.now)
    if vpn.settles_at is None:
        vpn.members["status"] = "unconfigured" if eip is None else "active"
    return eip


def _create(act: Act, draft: dict[str, Any]) -> None:
    if "subnetId" in draft:
        require_subnet(act, draft)
    draft.pop("eip", None)
    start_term(act, draft)


def _created(act: Act, vpn: Thing) -> None:
    if act.body.get("eip"):
        bind_address(act, require_bindable(act, act.body["eip"]), vpn, "VPN", "")


def _change(act: Act, vpn: Thing, members: dict[str, Any]) -> None:
    if act.effect.via:
        _require_binding(act, vpn)
        members.pop("eip", None)
        members["status"] = vpn.members["status"]
    if members.pop("billing", None):
        extend_term(act, members)


def _require_binding(act: Act, vpn: Thing) -> None:
    """Binding needs a gateway without an address, unbinding one with it; neither goes while something is under way."""
    eip, wanted = _settle(act, vpn), "unconfigured" if act.effect.does == "bind" else "active"
    status = vpn.members["status"]
    if status != wanted:
        raise act.refusal("state", f"the status of the gateway is {status}; wait until, or see that, it is {wanted}")
    if act.effect.does == "bind":
        require_bindable(act, act.body["eip"])
    elif eip is not None:
        require_settled(act, eip)


def _changed(act: Act, vpn: Thing) -> None:
    eip = _find_eip(act, vpn)
    if act.effect.does == "bind":
        bind_address(act, require_bindable(act, act.body["eip"]), vpn, "VPN", "")
    elif act.effect.does == "unbind" and eip is not None:
        unbind_address(act, eip)


def _delete(act: Act, vpn: Thing) -> bool:
    if is_running(act, vpn):
        raise act.refusal("state", "the gateway is paid for in advance and has not expired; wait until it has")
    require_unrouted(act, vpn)
    eip = _find_eip(act, vpn)
    if eip is not None:
        require_settled(act, eip)
    return False


def _deleted(act: Act, vpn: Thing) -> None:
    eip = _find_eip(act, vpn)
    if eip is not None:
        unbind_address(act, eip)


def _view(act: Act, vpn: Thing) -> dict[str, Any]:
    eip = _settle(act, vpn)
    shown: dict[str, Any] = {"status": vpn.members["status"], "eip": eip.id if eip else ""}
    if eip is not None:
        shown["bandwidthInMbps"] = eip.members["bandwidthInMbps"]
    server = next(iter(act.realm.children(vpn, "ssl_vpn_server").values()), None)
    if server is not None:
        shown["sslVpnServer"] = {**server.members, "maxConnection": vpn.members["maxConnection"]}
    return shown


def _list(act: Act) -> list[Callable[[Thing], bool]]:
    wanted = act.query.get("eip")
    if wanted is None:
        return []
    return [lambda vpn: any(eip.id == wanted for eip in list_bound(act, vpn))]


BEHAVIOURS: Final = Behaviours(
    creating={"vpn": _create},
    created={"vpn": _created},
    changing={"vpn": _change},
    changed={"vpn": _changed},
    deleting={"vpn": _delete},
    deleted={"vpn": _deleted},
    viewing={"vpn": _view},
    listing={"vpn": _list},
)
