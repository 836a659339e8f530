"""Security groups of a VPC: the one it starts with, their rules, and who they guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.acl import LARGEST_PORT, read_ports
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.making import give_along, make_along
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS", "give_default_group", "list_users", "require_unused", "tests_for_instance"]

_SIDES: Final = {"ingress": ("source", "dest"), "egress": ("dest", "source")}
# A rule is taken out by these values; its remark has to agree only where one is given.
_VALUES: Final = (
    "direction",
    "ethertype",
    "protocol",
    "portRange",
    "sourceIp",
    "sourceGroupId",
    "destIp",
    "destGroupId",
)


def give_default_group(act: Act, vpc: Thing) -> None:
    """The group a VPC starts with: its members reach each other, and everything outside."""
    group = give_along(act, "security_group", {"name": "default", "vpcId": vpc.id, "isDefault": True})
    for rule in ({"direction": "ingress", "sourceGroupId": group.id}, {"direction": "egress", "destIp": "all"}):
        give_along(act, "security_group_rule", {**rule, "securityGroupId": group.id})


def _create_group(act: Act, draft: dict[str, Any]) -> None:  # noqa: ARG001 - one signature for all
    draft.pop("rules", None)


def _add_first_rules(act: Act, group: Thing) -> None:
    for rule in act.body.get("rules", ()):
        members = {**_defaults(act), **_without_given(rule), "securityGroupId": group.id}
        _complete_rule(act, members)
        make_along(act, "security_group_rule", members)


def _defaults(act: Act) -> Mapping[str, Any]:
    return act.world.kinds["security_group_rule"].traits.defaults


def _without_given(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it was read from another group, without what the cloud gave it there."""
    given = {"securityGroupId", "securityGroupRuleId", "createdTime", "updatedTime"}
    return {name: value for name, value in rule.items() if name not in given}


def _complete_rule(act: Act, members: dict[str, Any]) -> None:
    """A rule speaks of one side only, and of everybody where it names nobody."""
    _require_version(act, members["securityGroupId"])
    _check_ports(members["portRange"])
    members["protocol"] = members["protocol"] or "all"
    near, far = _SIDES[members["direction"]]
    members[f"{far}Ip"] = members[f"{far}GroupId"] = ""
    if not members[f"{near}Ip"] and not members[f"{near}GroupId"]:
        members[f"{near}Ip"] = "all"
    if members[f"{near}GroupId"]:
        _require_neighbour(act, members, members[f"{near}GroupId"])


def _require_version(act: Act, group: str) -> bool:
    """Refuse a change meant for another version of the group than the one there is."""
    version = act.query.get("sgVersion")
    if version not in (None, act.find(act.world.kinds["security_group"], group).members["sgVersion"]):
        raise act.refusal("state", "the group has changed since this sgVersion; read it again")
    return False


def _delete_rule(act: Act, rule: Thing) -> bool:
    return _require_version(act, rule.members["securityGroupId"])


def _check_ports(ports: str) -> None:
    first, last = read_ports(ports) if ports else (1, LARGEST_PORT)
    if max(first, last) > LARGEST_PORT:
        raise Refusal("SecurityGroup.RulePortRangeInvalid", "portRange: no port is above 65535; lower it")
    if first > last:
        raise Refusal(
            "SecurityGroup.RulePortOrderInvalid", "portRange: the first port is above the last; turn it round"
        )


def _require_neighbour(act: Act, members: Mapping[str, Any], identity: str) -> None:
    kind = act.world.kinds["security_group"]
    group = act.find(kind, members["securityGroupId"])
    if act.find(kind, identity).members["vpcId"] != group.members["vpcId"]:
        raise act.refusal("value", "the group named is in another VPC; name one of the same VPC")


def _change_rule(act: Act, rule: Thing, members: dict[str, Any]) -> None:
    if members["protocol"] == "icmp" and rule.members["protocol"] in ("tcp", "udp"):
        raise act.refusal("value", "a rule for tcp or udp does not become one for icmp; delete it and add another")
    for side in ("source", "dest"):
        if act.body.get(f"{side}Ip"):
            members[f"{side}GroupId"] = ""
        elif act.body.get(f"{side}GroupId"):
            members[f"{side}Ip"] = ""
    _complete_rule(act, members)


def _count_version(act: Act, rule: Thing) -> None:
    """Every change of its rules gives a group a new version."""
    group = act.realm.find("security_group", rule.members["securityGroupId"])
    if group is not None:
        group.members["sgVersion"] += 1


def _revoke(act: Act) -> None:
    group = act.find(act.world.kinds["security_group"], act.path["securityGroupId"])
    given = act.body["rule"]
    wanted = {**_defaults(act), **_without_given(given), "securityGroupId": group.id}
    _complete_rule(act, wanted)
    names = (*_VALUES, "remark") if given.get("remark") else _VALUES
    for rule in act.realm.children(group, "security_group_rule").values():
        if all(rule.members[name] == wanted[name] for name in names):
            act.realm.remove(rule)
            _count_version(act, rule)
            return
    raise act.refusal("missing", "the group has no such rule; read the group first")


def list_users(act: Act, group: Thing, member: str) -> Iterator[Thing]:
    """Everything that names a group in its list `member`."""
    for kind in act.world.kinds.values():
        if kind.service == group.kind.service:
            yield from (
                each
                for each in act.realm_of(kind).all(kind.name).values()
                if group.id in (each.members.get(member) or ())
            )


def require_unused(act: Act, group: Thing, member: str) -> bool:
    """Refuse to delete a group that something names in its list `member`."""
    if any(list_users(act, group, member)):
        raise act.refusal("state", "an interface still uses the group; give that interface other groups first")
    return False


def _delete_group(act: Act, group: Thing) -> bool:
    if group.members["isDefault"]:
        raise act.refusal("state", "the group a VPC starts with goes only with the VPC")
    rules = act.realm.all("security_group_rule").values()
    others = (each for each in rules if each.members["securityGroupId"] != group.id)
    if any(group.id in (each.members["sourceGroupId"], each.members["destGroupId"]) for each in others):
        raise act.refusal("state", "a rule of another group names this one; delete that rule first")
    return require_unused(act, group, "securityGroupIds")


def _view_group(act: Act, group: Thing) -> dict[str, Any]:
    if act.effect.does != "read":
        return {}
    return {"bindInstanceNum": sum(1 for _ in list_users(act, group, "securityGroupIds"))}


def tests_for_instance(act: Act, member: str) -> list[Callable[[Thing], bool]]:
    """Only the groups that guard an interface of the instance asked for, or the interface of that id."""
    instance = act.query.get("instanceId")
    if instance is None:
        return []
    guarding: set[str] = set()
    for kind in act.world.kinds.values():
        for each in act.realm_of(kind).all(kind.name).values() if kind.service == act.kind.service else ():
            if instance in (each.id, each.members.get("instanceId")):
                guarding.update(each.members.get(member) or ())
    return [lambda group: group.id in guarding]


def _list_groups(act: Act) -> list[Callable[[Thing], bool]]:
    return tests_for_instance(act, "securityGroupIds")


BEHAVIOURS: Final = Behaviours(
    creating={"security_group": _create_group, "security_group_rule": _complete_rule},
    created={"security_group": _add_first_rules, "security_group_rule": _count_version},
    changing={"security_group_rule": _change_rule},
    changed={"security_group_rule": _count_version},
    deleting={"security_group": _delete_group, "security_group_rule": _delete_rule},
    deleted={"security_group_rule": _count_version},
    viewing={"security_group": _view_group},
    listing={"security_group": _list_groups},
    operations={"vpc.revoke_security_group_rule": _revoke},
)
