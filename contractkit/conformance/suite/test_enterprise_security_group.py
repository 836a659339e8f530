"""Enterprise security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import TAGS, Refusal

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateEnterpriseSecurityGroupRules

pytestmark = pytest.mark.contract(creates=True)

DENY_SSH: Final[VpcCreateEnterpriseSecurityGroupRules] = {
    "direction": "ingress",
    "ethertype": "IPv4",
    "protocol": "tcp",
    "portRange": "22",
    "sourceIp": "all",
    "action": "deny",
    "priority": 10,
    "remark": "no ssh",
}


@pytest.fixture
def group(bce_client: Client, label: str) -> Iterator[str]:
    """The id of an enterprise security group without rules, removed at the end."""
    made = bce_client.vpc.create_enterprise_security_group(name=label)["enterpriseSecurityGroupId"]
    yield made
    bce_client.vpc.delete_enterprise_security_group(made)


@pytest.fixture
def templates(bce_client: Client, label: str) -> Iterator[tuple[str, str]]:
    """The ids of a set of IPv4 addresses and of a group of that set, removed at the end."""
    call = bce_client.vpc
    ip_set = call.create_ip_set(name=label, ipVersion="IPv4", ipAddressInfo=[{"ipAddress": "192.0.2.1"}])["ipSetId"]
    ip_group = call.create_ip_group(name=label, ipVersion="IPv4", ipSetIds=[ip_set])["ipGroupId"]
    yield ip_set, ip_group
    call.delete_ip_group(ip_group)
    call.delete_ip_set(ip_set)


@pytest.fixture
def given(templates: tuple[str, str]) -> list[VpcCreateEnterpriseSecurityGroupRules]:
    """A rule of every protocol, for both directions and both versions, about everybody and both templates."""
    return [
        {**DENY_SSH, "remark": "tcp", "sourcePortRange": "1024-65535", "localIp": "all", "destIp": ""},
        {
            "remark": "udp",
            "direction": "egress",
            "ethertype": "IPv6",
            "protocol": "udp",
            "portRange": "53",
            "destIp": "all",
            "sourceIp": "",
            "localIp": "",
            "action": "allow",
        },
        {
            "remark": "icmp",
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "icmp",
            "portRange": "",
            "remoteIpSet": templates[0],
            "action": "allow",
        },
        {
            "remark": "all",
            "direction": "egress",
            "ethertype": "IPv4",
            "protocol": "all",
            "portRange": "",
            "remoteIpGroup": templates[1],
            "action": "deny",
        },
    ]


@pytest.fixture
def furnished(
    bce_client: Client, label: str, given: list[VpcCreateEnterpriseSecurityGroupRules]
) -> Iterator[dict[str, Any]]:
    """A group with these rules and a tag, as it is read, removed at the end."""
    made = bce_client.vpc.create_enterprise_security_group(name=label, rules=given, tags=TAGS)[
        "enterpriseSecurityGroupId"
    ]
    yield read(bce_client, made)
    bce_client.vpc.delete_enterprise_security_group(made)


def read(client: Client, group: str) -> Any:
    """One group, from the list: there is no other way to read it."""
    found = [each for each in client.vpc.list_enterprise_security_groups.each() if each["id"] == group]
    return found[0] if found else None


def test_an_enterprise_security_group_lives_its_life(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Create with a rule, find in the list, delete, gone."""
    call = bce_client.vpc
    made = call.create_enterprise_security_group(name=label, desc="made by a test", rules=[DENY_SSH])[
        "enterpriseSecurityGroupId"
    ]
    found = read(bce_client, made)
    assert (found["name"], found["desc"]) == (label, "made by a test")
    (rule,) = found["rules"]
    assert {name: rule[name] for name in DENY_SSH} == DENY_SSH
    call.delete_enterprise_security_group(made)
    assert read(bce_client, made) is None
    error = refusal(call.delete_enterprise_security_group, enterpriseSecurityGroupId=made)
    assert (error.status, error.code) == (404, "Esg.EsgResourceNotExist")


def test_enterprise_rules_are_added_changed_and_deleted(bce_client: Client, group: str, refusal: Refusal) -> None:
    """Authorize two at once, update one, delete both, gone."""
    call = bce_client.vpc
    out: VpcCreateEnterpriseSecurityGroupRules = {
        "direction": "egress",
        "ethertype": "IPv4",
        "protocol": "all",
        "portRange": "",
        "destIp": "198.51.100.0/24",
        "action": "allow",
    }
    call.authorize_enterprise_security_group_rules(group, rules=[DENY_SSH, out])
    ssh, other = (each["enterpriseSecurityGroupRuleId"] for each in read(bce_client, group)["rules"])
    call.update_enterprise_security_group_rule(ssh, portRange="22,2222", priority=5, sourceIp="192.0.2.0/24")
    changed = read(bce_client, group)["rules"][0]
    assert (changed["portRange"], changed["priority"], changed["sourceIp"]) == ("22,2222", 5, "192.0.2.0/24")
    assert (changed["action"], changed["direction"]) == ("deny", "ingress")
    for each in (ssh, other):
        call.delete_enterprise_security_group_rule(each)
    assert read(bce_client, group)["rules"] == []
    assert refusal(call.delete_enterprise_security_group_rule, enterpriseSecurityGroupRuleId=ssh).status == 404


def require_rules(group: dict[str, Any], wanted: list[Any]) -> None:
    """Fail unless the rules of a group are those wanted, each told from the others by its remark."""
    found = {each["remark"]: each for each in group["rules"]}
    assert sorted(found) == sorted(each["remark"] for each in wanted)
    for rule in wanted:
        assert {name: found[rule["remark"]][name] for name in rule} == rule


def test_enterprise_rules_are_taken_over_from_another_group(
    bce_client: Client, label: str, furnished: dict[str, Any], given: list[VpcCreateEnterpriseSecurityGroupRules]
) -> None:
    """Rules of every kind, sent as they were read from another group, are those of a new one, and of one without."""
    call, made = bce_client.vpc, {each["remark"]: each for each in furnished["rules"]}
    assert furnished["tags"] == TAGS
    require_rules(furnished, given)
    names = ("enterpriseSecurityGroupRuleId", "createdTime", "updatedTime")
    sent: list[Any] = [{**rule, **{name: made[rule["remark"]][name] for name in names}} for rule in given]
    first, second = (
        call.create_enterprise_security_group(name=f"{label}-{n}", rules=rules)["enterpriseSecurityGroupId"]
        for n, rules in enumerate((sent, []))
    )
    call.authorize_enterprise_security_group_rules(second, rules=sent)
    groups = [furnished, *(read(bce_client, each) for each in (first, second))]
    ids = [rule["enterpriseSecurityGroupRuleId"] for group in groups for rule in group["rules"]]
    assert len(set(ids)) == 3 * len(given)
    for group in groups[1:]:
        require_rules(group, given)
        call.delete_enterprise_security_group(group["id"])


def test_an_enterprise_rule_becomes_one_of_another_kind(
    bce_client: Client, templates: tuple[str, str], furnished: dict[str, Any]
) -> None:
    """Every rule gets another protocol, action or other side."""
    ids = {each["remark"]: each["enterpriseSecurityGroupRuleId"] for each in furnished["rules"]}
    changes: list[dict[str, Any]] = [
        {"remark": "tcp", "protocol": "udp", "action": "allow", "localIp": "", "remoteIpGroup": templates[1]},
        {"remark": "udp", "protocol": "icmp", "action": "deny", "localIp": "all", "destIp": "all", "sourceIp": ""},
        {"remark": "icmp", "protocol": "tcp", "sourcePortRange": "80,443", "sourceIp": "all", "destIp": ""},
        {"remark": "all", "protocol": "all", "remoteIpSet": templates[0]},
    ]
    for change in changes:
        bce_client.vpc.update_enterprise_security_group_rule(ids[change["remark"]], **change)
    require_rules(read(bce_client, furnished["id"]), changes)


def test_an_enterprise_rule_is_added_once(bce_client: Client, group: str, refusal: Refusal) -> None:
    """The same rule again gets its code, and nothing of that call is added."""
    call = bce_client.vpc
    call.authorize_enterprise_security_group_rules(group, rules=[DENY_SSH])
    other: VpcCreateEnterpriseSecurityGroupRules = {**DENY_SSH, "portRange": "23"}
    error = refusal(
        call.authorize_enterprise_security_group_rules, enterpriseSecurityGroupId=group, rules=[other, DENY_SSH]
    )
    assert (error.status, error.code) == (400, "Esg.EsgRuleDuplicated")
    assert len(read(bce_client, group)["rules"]) == 1


def test_a_name_is_taken_once(bce_client: Client, group: str, label: str, refusal: Refusal) -> None:
    """A second group of one name gets its code."""
    error = refusal(bce_client.vpc.create_enterprise_security_group, name=label)
    assert (error.status, error.code) == (400, "Esg.EsgNameDuplicate")
    assert read(bce_client, group)["name"] == label


def test_enterprise_security_groups_are_paged(bce_client: Client, label: str) -> None:
    """Three groups in pages of two: each once."""
    call = bce_client.vpc
    made = [call.create_enterprise_security_group(name=f"{label}-{n}")["enterpriseSecurityGroupId"] for n in range(3)]
    assert len(call.list_enterprise_security_groups(maxKeys=2)["enterpriseSecurityGroups"]) == 2
    paged = [each["id"] for each in call.list_enterprise_security_groups.each(maxKeys=2)]
    assert len(paged) == len(set(paged))
    assert set(made) <= set(paged)
    for each in made:
        call.delete_enterprise_security_group(each)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"action":"deny"', b'"action":"maybe"', "Esg.EsgRuleActionInvalid"),
        (b'"action":"deny",', b"", "Esg.EsgRuleActionEmpty"),
        (b'"protocol":"tcp"', b'"protocol":"gre"', "Esg.EsgRuleProtocolInvalid"),
        (b'"protocol":"tcp",', b"", "Esg.EsgRuleProtocolEmpty"),
        (b'"portRange":"22",', b"", "Esg.EsgRulePortEmpty"),
        (b'"direction":"ingress"', b'"direction":"up"', "Esg.EsgRuleDirectionInvalid"),
        (b'"ethertype":"IPv4"', b'"ethertype":"IPv5"', "Esg.EsgRuleEthertypeInvalid"),
        (b'"sourceIp":"all"', b'"sourceIp":"some"', "Esg.EsgRuleIpAddressError"),
        (b'"sourceIp":"all",', b"", "Esg.EsgRuleIpAddressEmpty"),
        (b'"remark":"no ssh"', b'"remark":"' + b"r" * 256 + b'"', "Esg.EsgRuleRemarkTooLong"),
    ],
)
def test_what_an_enterprise_rule_cannot_say_has_its_code(
    bce_client: Client, group: str, old: bytes, new: bytes, code: str
) -> None:
    """A rule that is wrong in one place is refused with 400 and the code of that place."""
    arguments = {"enterpriseSecurityGroupId": group, "rules": [DENY_SSH]}
    request = bce_client.prepare("vpc.authorize_enterprise_security_group_rules", arguments)
    assert old in request.body
    response = bce_client.exchange(request.replace(body=request.body.replace(old, new)))
    assert (response.status, response.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [(b"", "Esg.EsgNameEmpty"), (b"n" * 66, "Esg.EsgNameTooLong"), (b"1-begins-wrong", "Esg.EsgNameInvalid")],
)
def test_what_a_group_cannot_be_called_has_its_code(bce_client: Client, label: str, name: bytes, code: str) -> None:
    """A name that is missing, too long or of other characters is refused with 400 and a code of its own."""
    request = bce_client.prepare("vpc.create_enterprise_security_group", {"name": label})
    response = bce_client.exchange(request.replace(body=b'{"name":"%b"}' % name))
    assert (response.status, response.json()["code"]) == (400, code)
