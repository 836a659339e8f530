"""Enterprise security groups: rules with an action and a priority, for any VPC."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.acl import LARGEST_PORT, read_ports
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.behaviours.security_group import require_unused, tests_for_instance
from contractkit.cloud.making import make_along
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_RULE: Final = "enterprise_security_group_rule"
_GROUP_MEMBER: Final = "enterpriseSecurityGroupIds"
_ADDRESS: Final = {"ingress": "sourceIp", "egress": "destIp"}
_TEMPLATES: Final = {"remoteIpSet": "ip_set", "remoteIpGroup": "ip_group"}
_VERSIONS: Final = {"IPv4": 4, "IPv6": 6}


def _create_group(act: Act, draft: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    draft.pop("rules", None)


def _add_first_rules(act: Act, group: Thing) -> None:
    for rule in act.body.get("rules", ()):
        given = {"enterpriseSecurityGroupRuleId", "createdTime", "updatedTime"}
        members = {**act.world.kinds[_RULE].traits.defaults, **rule, "enterpriseSecurityGroupId": group.id}
        for name in given:
            members.pop(name, None)
        _complete_rule(act, members)
        make_along(act, _RULE, members)


def _complete_rule(act: Act, members: dict[str, Any]) -> None:
    """A rule names whom it is about in just one way: an address, or a template of addresses."""
    _check_ports(act, members)
    near = _ADDRESS[members["direction"]]
    for name in set(_ADDRESS.values()) - {near}:
        members[name] = ""
    named = [name for name in (near, *_TEMPLATES) if members[name]]
    if not named:
        raise Refusal("Esg.EsgRuleIpAddressEmpty", f"give {near}, remoteIpSet or remoteIpGroup")
    if len(named) > 1:
        raise act.refusal("value", f"{' and '.join(named)} are alternatives; give one of them")
    _check_versions(members, near)
    for name, kind in _TEMPLATES.items():
        if members[name]:
            _require_version(act.find(act.world.kinds[kind], members[name]), members["ethertype"])


def _require_version(template: Thing, version: str) -> None:
    if template.members["ipVersion"] != version:
        raise Refusal("Esg.EsgRuleIpAddressError", "the template is not of the version that ethertype says")


def _check_ports(act: Act, members: dict[str, Any]) -> None:
    for name in ("portRange", "sourcePortRange"):
        for ports in members[name].split(",") if members[name] else ():
            first, last = read_ports(ports)
            if not first <= last <= LARGEST_PORT:
                raise act.refusal("value", f"{name}: no first port is above its last, and none above 65535")


def _check_versions(members: dict[str, Any], near: str) -> None:
    for name in (near, "localIp"):
        text = members[name]
        if text not in ("", "all") and ip_network(text, strict=False).version != _VERSIONS[members["ethertype"]]:
            raise Refusal("Esg.EsgRuleIpAddressError", f"{name} is not of the version that ethertype says")


def _change_rule(act: Act, rule: Thing, members: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    """What names the other side anew replaces what named it before."""
    ways = (_ADDRESS[members["direction"]], *_TEMPLATES)
    if any(act.body.get(name) for name in ways):
        members.update({name: "" for name in ways if not act.body.get(name)})
    _complete_rule(act, members)


def _delete_group(act: Act, group: Thing) -> bool:
    return require_unused(act, group, _GROUP_MEMBER)


def _touch_group(act: Act, rule: Thing) -> None:
    """A change of its rules is a change of the group."""
    group = act.realm.find("enterprise_security_group", rule.members["enterpriseSecurityGroupId"])
    if group is not None:
        group.updated = act.now


def _list_groups(act: Act) -> list[Callable[[Thing], bool]]:
    return tests_for_instance(act, _GROUP_MEMBER)


BEHAVIOURS: Final = Behaviours(
    creating={"enterprise_security_group": _create_group, _RULE: _complete_rule},
    created={"enterprise_security_group": _add_first_rules, _RULE: _touch_group},
    changing={_RULE: _change_rule},
    changed={_RULE: _touch_group},
    deleting={"enterprise_security_group": _delete_group},
    deleted={_RULE: _touch_group},
    listing={"enterprise_security_group": _list_groups},
)
