"""Probes: the addresses they watch from."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import find_taken, require_subnet, take_address, take_free
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]


def _create_probe(act: Act, draft: dict[str, Any]) -> None:
    """The addresses named, and as many more of the subnet as the number asks for."""
    subnet, more = require_subnet(act, draft), int(draft.pop("sourceIpNum", 0))
    wanted = draft.get("sourceIps", [])
    if not wanted and more < 1:
        raise act.refusal("value", "a probe needs a source; name sourceIps, or a sourceIpNum of at least 1")
    taken = find_taken(act, subnet)
    named = [take_address(act, subnet, each, 4, taken) for each in wanted]
    draft["sourceIps"] = named + take_free(act, subnet, more, 4, taken)


def _view_probe(act: Act, probe: Thing) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    shown: dict[str, Any] = {"sourceIpNum": len(probe.members["sourceIps"])}
    return {**shown, "destPort": str(probe.members["destPort"])} if "destPort" in probe.members else shown


BEHAVIOURS: Final = Behaviours(creating={"probe": _create_probe}, viewing={"probe": _view_probe})
