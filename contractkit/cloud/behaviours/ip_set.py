"""Sets of addresses, groups of such sets, and the rules that use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

_VERSIONS: Final = {"IPv4": 4, "IPv6": 6}
_RULE: Final = "enterprise_security_group_rule"
# The member of a rule that names each of the two kinds.
_NAMED_AS: Final = {"ip_set": "remoteIpSet", "ip_group": "remoteIpGroup"}


def _create_set(act: Act, draft: dict[str, Any]) -> None:
    _require_addresses(act, draft["ipVersion"], draft["ipAddressInfo"])
    draft["ipAddressInfo"] = [_with_description(each) for each in draft["ipAddressInfo"]]


def _add_addresses(act: Act, ip_set: Thing, items: list[Any]) -> list[Any]:
    _require_addresses(act, ip_set.members["ipVersion"], items)
    return [_with_description(each) for each in items]


def _require_addresses(act: Act, version: str, items: list[Any]) -> None:
    addresses = [each["ipAddress"] for each in items]
    if len(set(addresses)) < len(addresses):
        raise act.refusal("duplicate", "an address is named twice; name each once")
    if any(ip_network(each, strict=False).version != _VERSIONS[version] for each in addresses):
        raise act.refusal("value", "an address is not of the ipVersion of the set; let them agree")


def _with_description(item: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", **item}


def _create_group(act: Act, draft: dict[str, Any]) -> None:
    if len(set(draft["ipSetIds"])) < len(draft["ipSetIds"]):
        raise act.refusal("duplicate", "a set is named twice; name each once")
    _require_sets(act, draft["ipVersion"], draft["ipSetIds"])


def _add_sets(act: Act, group: Thing, items: list[Any]) -> list[Any]:
    _require_sets(act, group.members["ipVersion"], items)
    return items


def _require_sets(act: Act, version: str, identities: Iterable[str]) -> None:
    kind = act.world.kinds["ip_set"]
    if any(act.find(kind, each).members["ipVersion"] != version for each in identities):
        raise act.refusal("value", "a set is not of the ipVersion of the group; name sets of one version")


def _delete_set(act: Act, ip_set: Thing) -> bool:
    if any(ip_set.id in each.members["ipSetIds"] for each in act.realm.all("ip_group").values()):
        raise act.refusal("state", "a group holds the set; take it out of the group first")
    return _delete_unused(act, ip_set)


def _delete_unused(act: Act, template: Thing) -> bool:
    if any(_users(act, template)):
        raise act.refusal("state", "a rule of an enterprise security group names it; delete that rule first")
    return False


def _users(act: Act, template: Thing) -> Iterator[str]:
    """The enterprise security groups with a rule that names a set or a group, once for each such rule."""
    name = _NAMED_AS[template.kind.name]
    for rule in act.realm.all(_RULE).values():
        if rule.members.get(name) == template.id:
            yield rule.members["enterpriseSecurityGroupId"]


def _view(act: Act, template: Thing) -> dict[str, Any]:
    users = list(dict.fromkeys(_users(act, template)))
    bound = [{"instanceId": each, "instanceType": "ESG"} for each in users]
    return {"bindedInstanceNum": len(users), "bindedInstances": bound}


BEHAVIOURS: Final = Behaviours(
    creating={"ip_set": _create_set, "ip_group": _create_group},
    collecting={"ip_set": _add_addresses, "ip_group": _add_sets},
    deleting={"ip_set": _delete_set, "ip_group": _delete_unused},
    viewing={"ip_set": _view, "ip_group": _view},
)
