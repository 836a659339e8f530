"""Service network interfaces: what they lead to, their address, and the groups that guard them."""

from __future__ import annotations

from typing import Any, Final

from contractkit.cloud.acts import Act
from contractkit.cloud.behaviours.addresses import find_taken, require_subnet, take_address
from contractkit.cloud.behaviours.registry import Behaviours
from contractkit.cloud.world import Thing

__all__ = ["BEHAVIOURS"]

# Which services are public is told nowhere: these names are made up, in the form of the documented hosts.
_PUBLIC: Final = ("bos", "bcr", "kms", "scs")
# Services that customers publish themselves have names in this domain.
_PUBLISHED: Final = ".uservpc.baidubce.com"
_GROUPS: Final = {"securityGroupIds": "security_group", "enterpriseSecurityGroupIds": "enterprise_security_group"}


def _public_services(act: Act) -> list[str]:
    return [f"{each}.{act.region}.baidubce.com" for each in _PUBLIC]


def _list_public_services(act: Act) -> dict[str, Any]:
    return {"services": _public_services(act)}


def _create_snic(act: Act, draft: dict[str, Any]) -> None:
    service = draft["service"]
    if service not in _public_services(act) and not service.endswith(_PUBLISHED):
        raise act.refusal("value", f"no such service; list the public ones, or name a published one ({_PUBLISHED})")
    subnet = require_subnet(act, draft)
    draft["ipAddress"] = take_address(act, subnet, draft.get("ipAddress"), 4, find_taken(act, subnet))


def _change_snic(act: Act, snic: Thing, members: dict[str, Any]) -> None:
    for name, kind in _GROUPS.items():
        if name in act.body:
            members[name] = list(dict.fromkeys(members[name]))
            _require_groups(act, kind, members[name], snic.members["vpcId"])


def _require_groups(act: Act, kind: str, identities: list[str], vpc_id: str) -> None:
    for identity in identities:
        if act.find(act.world.kinds[kind], identity).members.get("vpcId", vpc_id) != vpc_id:
            raise act.refusal("value", "a security group is in another VPC; name groups of the same VPC")


BEHAVIOURS: Final = Behaviours(
    creating={"snic": _create_snic},
    changing={"snic": _change_snic},
    operations={"vpc.list_snic_public_services": _list_public_services},
)
