"""Basic protection of addresses, their attacks and blocks (the cloud is never attacked), and exclusive clusters."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_THRESHOLDS: Final = ("ipCleanMbps", "ipCleanPps")


def _change(act: Act, protection: Thing, members: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    """Only thresholds set by hand are taken from the request; otherwise clients send zeros."""
    if members["thresholdType"] != "manual":
        members.update({name: act.world.kinds["ddos_protection"].traits.defaults[name] for name in _THRESHOLDS})


def _view(act: Act, protection: Thing) -> dict[str, Any]:
    eip = act.find(act.world.kinds["eip"], protection.id)
    return {"bindInstanceType": eip.members["instanceType"], "bindInstanceId": eip.members["instanceId"]}


def _view_cluster(act: Act, cluster: Thing) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    return {"clusterRegion": act.region, "clusterAz": f"cn-{act.region}-a"}


BEHAVIOURS: Final = Behaviours(
    changing={"ddos_protection": _change}, viewing={"ddos_protection": _view, "eip_cluster": _view_cluster}
)
