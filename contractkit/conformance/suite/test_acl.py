"""Network ACLs: the rules of a subnet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateAclRulesAclRules

pytestmark = pytest.mark.contract(creates=True)


def rule_for(subnet: str, position: int) -> VpcCreateAclRulesAclRules:
    """A rule that lets HTTPS in."""
    return {
        "subnetId": subnet,
        "protocol": "tcp",
        "sourceIpAddress": "192.0.2.0/24",
        "destinationIpAddress": "all",
        "sourcePort": "all",
        "destinationPort": "443",
        "position": position,
        "direction": "ingress",
        "action": "allow",
    }


def rules_of_every_kind(subnet: str) -> list[VpcCreateAclRulesAclRules]:
    """A rule of every protocol, for both directions and both versions."""
    return [
        {**rule_for(subnet, 1), "ipVersion": 4, "description": "https in"},
        {**rule_for(subnet, 2), "protocol": "udp", "direction": "egress", "action": "deny"},
        {
            **rule_for(subnet, 3),
            "protocol": "icmp",
            "ipVersion": 6,
            "sourceIpAddress": "2001:db8::/32",
            "destinationPort": "all",
        },
        {**rule_for(subnet, 4), "protocol": "all", "ipVersion": 6, "sourceIpAddress": "all", "destinationPort": "all"},
    ]


def own_rules(client: Client, subnet: str) -> list[Any]:
    """The rules somebody added: those a subnet starts with have no id."""
    return [each for each in client.vpc.list_acl_rules.each(subnetId=subnet) if each.get("id")]


def test_an_acl_rule_lives_its_life(bce_client: Client, subnet: str, refusal: Refusal) -> None:
    """Add, list, change, delete, gone."""
    bce_client.vpc.create_acl_rules(aclRules=[rule_for(subnet, 10)])
    (found,) = own_rules(bce_client, subnet)
    assert {name: found[name] for name in rule_for(subnet, 10)} == rule_for(subnet, 10)
    bce_client.vpc.update_acl_rule(found["id"], position=20, action="deny", description="changed")
    (changed,) = own_rules(bce_client, subnet)
    assert (changed["position"], changed["action"], changed["description"]) == (20, "deny", "changed")
    assert (changed["protocol"], changed["destinationPort"]) == ("tcp", "443")
    bce_client.vpc.delete_acl_rule(found["id"])
    assert own_rules(bce_client, subnet) == []
    assert refusal(bce_client.vpc.delete_acl_rule, aclRuleId=found["id"]).status == 404


def test_rules_of_every_kind_come_and_change(bce_client: Client, subnet: str) -> None:
    """Every protocol, direction, version and action is kept as given, and every rule becomes one of another protocol."""
    call, given = bce_client.vpc, rules_of_every_kind(subnet)
    call.create_acl_rules(aclRules=given)
    made = {each["position"]: each for each in own_rules(bce_client, subnet)}
    for rule in given:
        assert {name: made[rule["position"]][name] for name in rule} == rule
    changes: dict[int, dict[str, Any]] = {
        1: {"protocol": "udp", "action": "deny", "sourceIpAddress": "198.51.100.7", "destinationPort": "53-99"},
        2: {"protocol": "icmp", "action": "allow", "destinationIpAddress": "203.0.113.0/24", "destinationPort": "all"},
        3: {"protocol": "all", "sourceIpAddress": "all"},
        4: {"protocol": "tcp", "sourcePort": "1024-65535", "destinationIpAddress": "2001:db8::7"},
    }
    for position, change in changes.items():
        call.update_acl_rule(made[position]["id"], **change)
    for found in own_rules(bce_client, subnet):
        change = changes[found["position"]]
        assert {name: found[name] for name in change} == change
        call.delete_acl_rule(found["id"])
    assert own_rules(bce_client, subnet) == []


def test_the_acl_of_a_vpc_shows_its_subnets(bce_client: Client, vpc: str, subnet: str, label: str) -> None:
    """One entry for each subnet, which starts with one rule for each direction."""
    acl = bce_client.vpc.get_acl(vpcId=vpc)
    assert (acl["vpcId"], acl["vpcName"], acl["vpcCidr"]) == (vpc, label, "10.0.0.0/16")
    (entry,) = acl["aclEntrys"]
    assert (entry["subnetId"], entry["subnetCidr"]) == (subnet, "10.0.1.0/24")
    assert sorted(each["direction"] for each in entry["aclRules"]) == ["egress", "ingress"]
    assert {each["action"] for each in entry["aclRules"]} == {"allow"}


def test_acl_rules_are_paged(bce_client: Client, subnet: str) -> None:
    """Five rules in pages of two: each once."""
    bce_client.vpc.create_acl_rules(aclRules=[rule_for(subnet, position) for position in range(1, 6)])
    page = bce_client.vpc.list_acl_rules(subnetId=subnet, maxKeys=2)
    assert (page["isTruncated"], len(page["aclRules"])) == (True, 2)
    rules = [each for each in bce_client.vpc.list_acl_rules.each(subnetId=subnet, maxKeys=2) if each.get("id")]
    assert sorted(each["position"] for each in rules) == [1, 2, 3, 4, 5]
    for each in rules:
        bce_client.vpc.delete_acl_rule(each["id"])


def test_a_position_is_taken_once(bce_client: Client, subnet: str, refusal: Refusal) -> None:
    """A second rule at one position gets DuplicatePosition, and none of its call is added."""
    bce_client.vpc.create_acl_rules(aclRules=[rule_for(subnet, 10)])
    error = refusal(bce_client.vpc.create_acl_rules, aclRules=[rule_for(subnet, 11), rule_for(subnet, 10)])
    assert (error.status, error.code) == (400, "DuplicatePosition")
    (kept,) = own_rules(bce_client, subnet)
    assert kept["position"] == 10
    bce_client.vpc.delete_acl_rule(kept["id"])


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("position", b"0", "InvalidPosition"),
        ("protocol", b'"gre"', "InvalidProtocol"),
        ("action", b'"perhaps"', "InvalidAction"),
        ("destinationPort", b'"443-"', "InvalidPort"),
    ],
)
def test_what_a_rule_cannot_say_has_its_code(
    bce_client: Client, subnet: str, member: str, value: bytes, code: str
) -> None:
    """A value no rule can have is refused with 400 and a code of its own."""
    old = {"position": b"10", "protocol": b'"tcp"', "action": b'"allow"', "destinationPort": b'"443"'}[member]
    request = bce_client.prepare("vpc.create_acl_rules", {"aclRules": [rule_for(subnet, 10)]})
    name = b'"%b":' % member.encode()
    response = bce_client.exchange(request.replace(body=request.body.replace(name + old, name + value)))
    assert (response.status, response.json()["code"]) == (400, code)
