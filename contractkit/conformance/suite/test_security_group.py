"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import TAGS, Refusal

if TYPE_CHECKING:
    from contractkit.client.services import VpcAuthorizeSecurityGroupRuleRule, VpcCreateSecurityGroupRules

pytestmark = pytest.mark.contract(creates=True)

HTTPS: Final[VpcAuthorizeSecurityGroupRuleRule] = {
    "direction": "ingress",
    "ethertype": "IPv4",
    "protocol": "tcp",
    "portRange": "443",
    "sourceIp": "192.0.2.0/24",
    "remark": "https",
}


@pytest.fixture
def group(bce_client: Client, vpc: str, label: str) -> Iterator[str]:
    """The id of a security group without rules, removed at the end."""
    group_id = bce_client.vpc.create_security_group(name=label, vpcId=vpc)["securityGroupId"]
    yield group_id
    bce_client.vpc.delete_security_group(group_id)


@pytest.fixture
def neighbour(bce_client: Client, vpc: str, label: str) -> Iterator[str]:
    """The id of another group of the same VPC, for rules to name, removed at the end."""
    group_id = bce_client.vpc.create_security_group(name=f"{label}-n", vpcId=vpc)["securityGroupId"]
    yield group_id
    bce_client.vpc.delete_security_group(group_id)


@pytest.fixture
def given(neighbour: str) -> list[VpcCreateSecurityGroupRules]:
    """A rule of every protocol, for both directions and both versions, about addresses and the other group."""
    return [
        {"remark": "all", "direction": "ingress", "ethertype": "IPv4", "protocol": "all", "sourceIp": "all"},
        {
            "remark": "tcp",
            "direction": "ingress",
            "ethertype": "IPv6",
            "protocol": "tcp",
            "portRange": "443",
            "sourceIp": "2001:db8::/32",
            "destIp": "",
        },
        {
            "remark": "udp",
            "direction": "egress",
            "ethertype": "IPv4",
            "protocol": "udp",
            "portRange": "53",
            "destIp": "all",
            "sourceIp": "",
        },
        {"remark": "icmp", "direction": "egress", "ethertype": "IPv4", "protocol": "icmp", "destGroupId": neighbour},
        {"remark": "any", "direction": "ingress", "ethertype": "IPv4", "protocol": "", "sourceGroupId": neighbour},
    ]


@pytest.fixture
def furnished(
    bce_client: Client, vpc: str, label: str, given: list[VpcCreateSecurityGroupRules]
) -> Iterator[dict[str, Any]]:
    """A group with these rules and a tag, as it is read, removed at the end."""
    call = bce_client.vpc
    group_id = call.create_security_group(name=label, vpcId=vpc, rules=given, tags=TAGS)["securityGroupId"]
    yield {**call.get_security_group(group_id)}
    call.delete_security_group(group_id)


def rules_of(client: Client, group: str) -> list[Any]:
    return client.vpc.get_security_group(group).get("rules", [])


def meaning(rule: Any) -> tuple[str, ...]:
    """What a rule says, however it says it: without a protocol it is about all, without a name about everybody."""
    side = {"ingress": "source", "egress": "dest"}[rule["direction"]]
    named = rule.get(f"{side}GroupId") or rule.get(f"{side}Ip") or "all"
    ports = rule["portRange"] if rule["protocol"] in ("tcp", "udp") else ""
    return rule["remark"], rule["direction"], rule["ethertype"], rule["protocol"] or "all", ports, named


def test_a_security_group_lives_its_life(bce_client: Client, vpc: str, label: str, refusal: Refusal) -> None:
    """Create with a rule, read, list by one id, several ids and VPC, delete, gone."""
    call = bce_client.vpc
    made = call.create_security_group(name=label, vpcId=vpc, desc="made by a test", rules=[HTTPS])["securityGroupId"]
    found = call.get_security_group(made)
    assert (found["id"], found["name"], found["vpcId"], found["desc"]) == (made, label, vpc, "made by a test")
    (rule,) = rules_of(bce_client, made)
    assert {name: rule[name] for name in HTTPS} == HTTPS
    assert rule["securityGroupId"] == made
    by_id = call.list_security_groups(securityGroupId=made)["securityGroups"]
    by_ids = call.list_security_groups.each(securityGroupIds=[made])
    assert [each["id"] for each in (*by_id, *by_ids)] == [made] * 2
    assert made in {each["id"] for each in call.list_security_groups.each(vpcId=vpc)}
    call.delete_security_group(made)
    error = refusal(call.get_security_group, securityGroupId=made)
    assert error.status == 404


def test_a_rule_is_added_changed_and_deleted(bce_client: Client, group: str, refusal: Refusal) -> None:
    """Authorize, read the id, update, delete by id, gone."""
    call = bce_client.vpc
    call.authorize_security_group_rule(group, rule=HTTPS)
    (rule,) = rules_of(bce_client, group)
    identity = rule["securityGroupRuleId"]
    call.update_security_group_rule(securityGroupRuleId=identity, portRange="8443", remark="changed")
    found = call.get_security_group(group)
    (changed,) = found["rules"]
    assert (changed["portRange"], changed["remark"], changed["sourceIp"]) == ("8443", "changed", "192.0.2.0/24")
    call.delete_security_group_rule(identity, sgVersion=found["sgVersion"])
    assert rules_of(bce_client, group) == []
    assert refusal(call.delete_security_group_rule, securityGroupRuleId=identity).status == 404


def test_a_rule_is_revoked_by_its_values(bce_client: Client, group: str, refusal: Refusal) -> None:
    """Of two rules the one described goes; described again, it is not found."""
    egress: VpcAuthorizeSecurityGroupRuleRule = {"direction": "egress", "destIp": "198.51.100.0/24"}
    bce_client.vpc.authorize_security_group_rule(group, rule=HTTPS)
    bce_client.vpc.authorize_security_group_rule(group, rule=egress)
    bce_client.vpc.revoke_security_group_rule(group, rule=HTTPS)
    (kept,) = rules_of(bce_client, group)
    assert (kept["direction"], kept["destIp"]) == ("egress", "198.51.100.0/24")
    assert 400 <= refusal(bce_client.vpc.revoke_security_group_rule, securityGroupId=group, rule=HTTPS).status < 500


def test_rules_are_taken_over_from_another_group(
    bce_client: Client, vpc: str, label: str, furnished: dict[str, Any], given: list[VpcCreateSecurityGroupRules]
) -> None:
    """Rules of every kind, sent as they were read from another group, are those of a new one; revoked, added again."""
    call, read = bce_client.vpc, {each["remark"]: each for each in furnished["rules"]}
    assert furnished["tags"] == TAGS
    assert sorted(map(meaning, furnished["rules"])) == sorted(map(meaning, given))
    names = ("securityGroupId", "securityGroupRuleId", "createdTime", "updatedTime")
    sent: list[Any] = [{**rule, **{name: read[rule["remark"]][name] for name in names}} for rule in given]
    group = call.create_security_group(name=f"{label}-b", vpcId=vpc, rules=sent)["securityGroupId"]
    made = call.get_security_group(group)
    assert sorted(map(meaning, made["rules"])) == sorted(map(meaning, given))
    ids = [each["securityGroupRuleId"] for each in (*made["rules"], *furnished["rules"])]
    assert len(set(ids)) == len(ids)
    call.revoke_security_group_rule(group, rule=sent[0], sgVersion=made["sgVersion"])
    for rule in sent[1:]:
        call.revoke_security_group_rule(group, rule=rule)
    bare = call.get_security_group(group)
    assert bare["rules"] == []
    call.authorize_security_group_rule(group, rule=sent[0], sgVersion=bare["sgVersion"])
    for rule in sent[1:]:
        call.authorize_security_group_rule(group, rule=rule)
    assert sorted(map(meaning, rules_of(bce_client, group))) == sorted(map(meaning, given))
    call.delete_security_group(group)


def test_a_rule_becomes_one_of_another_kind(
    bce_client: Client, neighbour: str, furnished: dict[str, Any], given: list[VpcCreateSecurityGroupRules]
) -> None:
    """Every rule gets another protocol, and another group or everybody on its other side."""
    call, ids = bce_client.vpc, {each["remark"]: each["securityGroupRuleId"] for each in furnished["rules"]}
    changes: dict[str, dict[str, Any]] = {
        "all": {"protocol": "icmp", "sourceIp": "", "sourceGroupId": neighbour},
        "tcp": {"protocol": "udp", "sourceIp": "all"},
        "udp": {"protocol": "tcp", "destIp": "", "destGroupId": neighbour},
        "icmp": {"protocol": "", "destIp": "all", "destGroupId": ""},
        "any": {"protocol": "all", "sourceIp": "192.0.2.0/24", "sourceGroupId": ""},
    }
    version: dict[str, Any] = {"sgVersion": furnished["sgVersion"]}
    for remark, change in changes.items():
        call.update_security_group_rule(securityGroupRuleId=ids[remark], **change, **version)
        version = {}
    wanted = [meaning({**rule, **changes[rule["remark"]]}) for rule in given]
    assert sorted(map(meaning, rules_of(bce_client, furnished["id"]))) == sorted(wanted)


def test_a_rule_is_added_once(bce_client: Client, group: str, refusal: Refusal) -> None:
    """The same rule again gets 409."""
    bce_client.vpc.authorize_security_group_rule(group, rule=HTTPS)
    assert refusal(bce_client.vpc.authorize_security_group_rule, securityGroupId=group, rule=HTTPS).status == 409


@pytest.mark.parametrize(
    ("ports", "code"),
    [("70000", "SecurityGroup.RulePortRangeInvalid"), ("90-80", "SecurityGroup.RulePortOrderInvalid")],
)
def test_wrong_ports_have_their_code(bce_client: Client, group: str, ports: str, code: str, refusal: Refusal) -> None:
    """Ports above 65535, or a range turned round: 400 with a code of its own."""
    wrong: VpcAuthorizeSecurityGroupRuleRule = {**HTTPS, "portRange": ports}
    error = refusal(bce_client.vpc.authorize_security_group_rule, securityGroupId=group, rule=wrong)
    assert (error.status, error.code) == (400, code)


def test_security_groups_are_paged(bce_client: Client, vpc: str, label: str) -> None:
    """Three groups in pages of two: each once."""
    call = bce_client.vpc
    made = [call.create_security_group(name=f"{label}-{n}", vpcId=vpc)["securityGroupId"] for n in range(3)]
    page = call.list_security_groups(vpcId=vpc, maxKeys=2)
    assert (page["isTruncated"], len(page["securityGroups"])) == (True, 2)
    paged = [each["id"] for each in call.list_security_groups.each(vpcId=vpc, maxKeys=2)]
    assert len(paged) == len(set(paged))
    assert set(made) <= set(paged)
    for each in made:
        call.delete_security_group(each)


def test_a_vpc_with_a_security_group_is_not_deleted(bce_client: Client, vpc: str, group: str, refusal: Refusal) -> None:
    """A VPC that still has a group somebody made cannot be deleted."""
    assert refusal(bce_client.vpc.delete_vpc, vpcId=vpc).status == 409
    assert bce_client.vpc.get_security_group(group)["id"] == group


def test_an_instance_is_looked_for_in_a_vpc(bce_client: Client, vpc: str) -> None:
    """A list by instance without its VPC is refused with 400."""
    request = bce_client.prepare("vpc.list_security_groups", {"vpcId": vpc, "instanceId": "i-00000000"})
    url = request.url.partition("?")[0] + "?instanceId=i-00000000"
    assert bce_client.exchange(request.replace(url=url)).status == 400
