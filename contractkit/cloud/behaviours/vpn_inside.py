"""What lives inside a VPN gateway: tunnels to peers, and the SSL server with its users."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.eip_binding import list_bound
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_LIFETIMES: Final = (("ikeConfig", "ikeLifeTime"), ("ipsecConfig", "ipsecLifetime"))


def _find_gateway(act: Act, members: dict[str, Any], wanted: str) -> Thing:
    """The gateway of a thing to be. Refuses one of the other type."""
    vpn = act.find(act.world.kinds["vpn"], members["vpnId"])
    if vpn.members["type"] != wanted:
        raise act.refusal("state", f"the gateway is of another type; use one of type {wanted}")
    return vpn


def _create_tunnel(act: Act, draft: dict[str, Any]) -> None:
    _find_gateway(act, draft, "IPSec")
    _complete_tunnel(act, draft)


def _change_tunnel(act: Act, tunnel: Thing, members: dict[str, Any]) -> None:
    """The whole tunnel is told anew: a peer named by its address replaces one named by its gateway."""
    if members["vpnId"] != tunnel.members["vpnId"]:
        raise act.refusal("value", "vpnId is not the gateway of the tunnel; a tunnel keeps its gateway")
    if "cgwId" not in act.body:
        members["cgwId"] = ""
    _complete_tunnel(act, members)


def _complete_tunnel(act: Act, members: dict[str, Any]) -> None:
    """The customer gateway says where the peer is; lifetimes are kept as the text they are read back as."""
    if members.get("cgwId"):
        cgw = act.find(act.world.kinds["customer_gateway"], members["cgwId"])
        members["remoteIp"] = cgw.members["ip"]
    for part, name in _LIFETIMES:
        members[part] = {**members[part], name: str(int(members[part][name]))}


def _view_tunnel(act: Act, tunnel: Thing) -> dict[str, Any]:
    vpn = act.find(act.world.kinds["vpn"], tunnel.members["vpnId"])
    return {"localIp": next((eip.id for eip in list_bound(act, vpn)), "")}


def _create_server(act: Act, draft: dict[str, Any]) -> None:
    _find_gateway(act, draft, "SSL")


def _view_server(act: Act, server: Thing) -> dict[str, Any]:
    vpn = act.find(act.world.kinds["vpn"], server.members["vpnId"])
    return {"maxConnection": vpn.members["maxConnection"]}


def _create_user(act: Act, draft: dict[str, Any]) -> None:
    """A password is never shown, so it is not kept."""
    _find_gateway(act, draft, "SSL")
    draft.pop("password")


def _change_user(act: Act, user: Thing, members: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    members.pop("password", None)


BEHAVIOURS: Final = Behaviours(
    creating={"vpn_conn": _create_tunnel, "ssl_vpn_server": _create_server, "ssl_vpn_user": _create_user},
    changing={"vpn_conn": _change_tunnel, "ssl_vpn_user": _change_user},
    viewing={"vpn_conn": _view_tunnel, "ssl_vpn_server": _view_server},
)
