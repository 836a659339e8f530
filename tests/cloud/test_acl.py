"""ACL rules: all or none, one position each, room for so many, none that cannot be."""

import pytest


@pytest.fixture
def home(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16", enableIpv6=True)["vpcId"]
    return caller.ok("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr="10.0.1.0/24", vpcId=vpc, enableIpv6=True)[
        "subnetId"
    ]


def rule(subnet, position, **more):
    return {
        "subnetId": subnet,
        "protocol": "tcp",
        "sourceIpAddress": "all",
        "destinationIpAddress": "10.0.1.0/24",
        "sourcePort": "all",
        "destinationPort": "80-90",
        "position": position,
        "direction": "ingress",
        "action": "allow",
        **more,
    }


def own(caller, subnet):
    return [each for each in caller.ok("vpc.list_acl_rules", subnetId=subnet)["aclRules"] if "id" in each]


def add(caller, *rules):
    return caller.no("vpc.create_acl_rules", aclRules=list(rules))


def test_a_subnet_starts_with_two_rules_that_nobody_can_name(caller, home):
    first = caller.ok("vpc.list_acl_rules", subnetId=home)["aclRules"]
    assert [(each["direction"], each["action"], "id" in each, "position" in each) for each in first] == [
        ("ingress", "allow", False, False),
        ("egress", "allow", False, False),
    ]
    marker = caller.ok("vpc.list_acl_rules", subnetId=home, maxKeys=1)["marker"]
    assert caller.no("vpc.delete_acl_rule", aclRuleId=marker) == (409, "OperationDenied")
    assert caller.no("vpc.update_acl_rule", aclRuleId=marker, action="deny") == (409, "OperationDenied")


def test_a_call_adds_all_of_its_rules_or_none(caller, home):
    assert add(caller, rule(home, 1), rule("sbn-000000000000", 2)) == (404, "NoSuchObject")
    assert add(caller, rule(home, 1), rule(home, 1)) == (400, "DuplicatePosition")
    assert own(caller, home) == []


def test_a_rule_moves_only_to_a_free_position(caller, home):
    caller.ok("vpc.create_acl_rules", aclRules=[rule(home, 1), rule(home, 2)])
    first, second = own(caller, home)
    assert caller.no("vpc.update_acl_rule", aclRuleId=first["id"], position=2) == (400, "DuplicatePosition")
    caller.ok("vpc.update_acl_rule", aclRuleId=first["id"], position=1, action="deny")
    caller.ok("vpc.delete_acl_rule", aclRuleId=second["id"])
    caller.ok("vpc.update_acl_rule", aclRuleId=first["id"], position=2)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sourcePort": "90-80"}, "InvalidPort"),
        ({"destinationPort": "65536"}, "InvalidPort"),
        ({"ipVersion": 6}, "BadRequest"),
        ({"sourceIpAddress": "2001:db8::/64"}, "BadRequest"),
    ],
)
def test_what_makes_no_sense_together_is_refused(caller, home, wrong, code):
    assert add(caller, rule(home, 1, **wrong)) == (400, code)
    caller.ok("vpc.create_acl_rules", aclRules=[rule(home, 1)])
    (found,) = own(caller, home)
    if "ipVersion" not in wrong:
        assert caller.no("vpc.update_acl_rule", aclRuleId=found["id"], **wrong) == (400, code)


def test_each_direction_has_its_own_room(make_caller, make_cloud):
    """The rule that was there from the start counts too."""
    caller = make_caller(make_cloud(quotas={"acl_rule": 2}))
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    arguments = {"name": "s", "zoneName": "cn-bj-a", "cidr": "10.0.1.0/24", "vpcId": vpc}
    home = caller.ok("vpc.create_subnet", **arguments)["subnetId"]
    caller.ok("vpc.create_acl_rules", aclRules=[rule(home, 1), rule(home, 2, direction="egress")])
    assert add(caller, rule(home, 3)) == (413, "LimitExceeded")


def test_the_rules_go_with_their_subnet(caller, home):
    caller.ok("vpc.create_acl_rules", aclRules=[rule(home, 1)])
    caller.ok("vpc.delete_subnet", subnetId=home)
    assert caller.ok("vpc.list_acl_rules", subnetId=home)["aclRules"] == []
    assert caller.cloud.resources("a0" * 16, "acl_rule") == ()
