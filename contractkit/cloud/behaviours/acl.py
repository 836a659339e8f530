"""Network ACLs: the two rules every subnet starts with, and what a rule may say."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import give_along
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS", "make_default_rules", "read_ports"]

LARGEST_PORT: Final = 65535
_EVERYTHING: Final = {
    "protocol": "all",
    "sourceIpAddress": "all",
    "destinationIpAddress": "all",
    "sourcePort": "all",
    "destinationPort": "all",
    "action": "allow",
}


def make_default_rules(act: Act, subnet: Thing) -> None:
    """Let everything in and out; these two rules have no id and no position, and nobody can change them."""
    for direction in ("ingress", "egress"):
        rule = {**_EVERYTHING, "direction": direction, "subnetId": subnet.id, "isDefault": True}
        give_along(act, "acl_rule", rule)


def read_ports(text: str) -> tuple[int, int]:
    """The first and the last port of `80` or `80-90`."""
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _check_rule(act: Act, members: dict[str, Any]) -> None:
    for name in ("sourcePort", "destinationPort"):
        if members[name] != "all":
            first, last = read_ports(members[name])
            if not first <= last <= LARGEST_PORT:
                raise Refusal("InvalidPort", f"{name}: the first port may not be above the last, none above 65535")
    for name in ("sourceIpAddress", "destinationIpAddress"):
        if members[name] != "all" and ip_network(members[name], strict=False).version != members["ipVersion"]:
            raise act.refusal("value", f"{name} is not of the ipVersion of the rule; let them agree")


def _change_rule(act: Act, rule: Thing, members: dict[str, Any]) -> None:
    _require_own(act, rule)
    _check_rule(act, members)


def _require_own(act: Act, rule: Thing) -> bool:
    if rule.members["isDefault"]:
        raise act.refusal("state", "the rules a subnet starts with stay as they are; add rules before them")
    return False


def _view_rule(act: Act, rule: Thing) -> dict[str, Any]:  # noqa: ARG001 - one signature for all
    return {} if rule.members["isDefault"] else {"id": rule.id}


BEHAVIOURS: Final = Behaviours(
    creating={"acl_rule": _check_rule},
    changing={"acl_rule": _change_rule},
    deleting={"acl_rule": _require_own},
    viewing={"acl_rule": _view_rule},
)
