"""Security groups of both kinds: versions, neighbours, users, and nothing by halves."""

import pytest

from contractkit.message import encode_json

OWNER = "a0" * 16
SSH = {"direction": "ingress", "protocol": "tcp", "portRange": "22", "sourceIp": "192.0.2.1"}
DENY = {**SSH, "ethertype": "IPv4", "action": "deny"}


@pytest.fixture
def vpc(caller):
    return caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]


@pytest.fixture
def group(caller, vpc):
    return caller.ok("vpc.create_security_group", name="web", vpcId=vpc)["securityGroupId"]


def default_of(caller, vpc):
    groups = caller.ok("vpc.list_security_groups", vpcId=vpc)["securityGroups"]
    return next(each for each in groups if each["name"] == "default")


def enterprise(caller, **more):
    return caller.ok("vpc.create_enterprise_security_group", **{"name": "e", **more})["enterpriseSecurityGroupId"]


def read_enterprise(caller, group):
    found = caller.ok("vpc.list_enterprise_security_groups")["enterpriseSecurityGroups"]
    return next(each for each in found if each["id"] == group)


def test_a_vpc_starts_with_a_group_that_goes_only_with_it(caller, vpc):
    first = default_of(caller, vpc)
    assert sorted(each["direction"] for each in first["rules"]) == ["egress", "ingress"]
    assert caller.no("vpc.delete_security_group", securityGroupId=first["id"]) == (409, "OperationDenied")
    caller.ok("vpc.delete_vpc", vpcId=vpc)
    assert caller.no("vpc.get_security_group", securityGroupId=first["id"]) == (404, "NoSuchObject")
    assert caller.cloud.resources(OWNER, "security_group_rule") == ()


def test_a_group_somebody_made_keeps_its_vpc(caller, vpc, group):
    assert caller.no("vpc.delete_vpc", vpcId=vpc) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_security_group", securityGroupId=group)
    caller.ok("vpc.delete_vpc", vpcId=vpc)


def test_every_change_of_the_rules_is_a_new_version(caller, group):
    def version():
        return caller.ok("vpc.get_security_group", securityGroupId=group)["sgVersion"]

    def rule():
        return caller.ok("vpc.get_security_group", securityGroupId=group)["rules"][0]["securityGroupRuleId"]

    seen = [version()]
    for name, arguments in (
        ("authorize_security_group_rule", lambda: {"securityGroupId": group, "rule": SSH}),
        ("update_security_group_rule", lambda: {"securityGroupRuleId": rule(), "portRange": "23"}),
        ("delete_security_group_rule", lambda: {"securityGroupRuleId": rule()}),
        ("authorize_security_group_rule", lambda: {"securityGroupId": group, "rule": SSH}),
        ("revoke_security_group_rule", lambda: {"securityGroupId": group, "rule": SSH}),
    ):
        assert caller.no(f"vpc.{name}", **arguments(), sgVersion=seen[-1] + 1) == (409, "OperationDenied")
        caller.ok(f"vpc.{name}", **arguments(), sgVersion=seen[-1])
        seen.append(version())
    assert seen == sorted(set(seen))


def test_a_rule_stays_in_the_group_of_the_path(caller, vpc, group):
    """A rule copied from another group, with its ids, becomes a new rule of this one."""
    copied = {**SSH, "securityGroupId": default_of(caller, vpc)["id"], "securityGroupRuleId": "r-000000000000"}
    caller.ok("vpc.authorize_security_group_rule", securityGroupId=group, rule=copied)
    (rule,) = caller.ok("vpc.get_security_group", securityGroupId=group)["rules"]
    assert (rule["securityGroupId"], rule["securityGroupRuleId"] != "r-000000000000") == (group, True)
    other = caller.ok("vpc.create_security_group", name="b", vpcId=vpc, rules=[copied])["securityGroupId"]
    (rule,) = caller.ok("vpc.get_security_group", securityGroupId=other)["rules"]
    assert rule["securityGroupId"] == other


def test_a_rule_left_open_is_for_everybody(caller, group):
    for rule in ({"direction": "ingress"}, {"direction": "egress", "protocol": "", "portRange": "", "destIp": ""}):
        caller.ok("vpc.authorize_security_group_rule", securityGroupId=group, rule=rule)
    rules = caller.ok("vpc.get_security_group", securityGroupId=group)["rules"]
    shown = [(each["sourceIp"], each["destIp"], each["protocol"], each["portRange"]) for each in rules]
    assert shown == [("all", "", "all", "1-65535"), ("", "all", "all", "")]


def test_a_group_named_by_a_rule_is_a_neighbour_and_stays(caller, vpc, group):
    caller.ok(
        "vpc.authorize_security_group_rule",
        securityGroupId=group,
        rule={"direction": "ingress", "sourceGroupId": group},
    )
    other = caller.ok("vpc.create_security_group", name="b", vpcId=vpc)["securityGroupId"]
    named = {"direction": "egress", "destGroupId": group}
    caller.ok("vpc.authorize_security_group_rule", securityGroupId=other, rule=named)
    assert caller.no("vpc.delete_security_group", securityGroupId=group) == (409, "OperationDenied")
    (rule,) = caller.ok("vpc.get_security_group", securityGroupId=other)["rules"]
    caller.ok("vpc.update_security_group_rule", securityGroupRuleId=rule["securityGroupRuleId"], destIp="10.0.0.1")
    (rule,) = caller.ok("vpc.get_security_group", securityGroupId=other)["rules"]
    assert (rule["destIp"], rule["destGroupId"]) == ("10.0.0.1", "")
    caller.ok("vpc.delete_security_group", securityGroupId=group)
    far = caller.ok("vpc.create_vpc", name="far", cidr="10.0.0.0/16")["vpcId"]
    stranger = {"direction": "ingress", "sourceGroupId": default_of(caller, far)["id"]}
    refused = caller.no("vpc.authorize_security_group_rule", securityGroupId=other, rule=stranger)
    assert refused == (400, "BadRequest")
    gone = caller.no("vpc.authorize_security_group_rule", securityGroupId=other, rule=named)
    assert gone == (404, "NoSuchObject")


def test_a_rule_for_tcp_does_not_become_one_for_icmp(caller, group):
    caller.ok("vpc.authorize_security_group_rule", securityGroupId=group, rule=SSH)
    (rule,) = caller.ok("vpc.get_security_group", securityGroupId=group)["rules"]
    change = {"securityGroupRuleId": rule["securityGroupRuleId"]}
    assert caller.no("vpc.update_security_group_rule", **change, protocol="icmp") == (400, "BadRequest")
    caller.ok("vpc.update_security_group_rule", **change, protocol="udp")


def test_a_group_with_one_wrong_rule_is_not_made(caller, vpc):
    before = caller.cloud.resources(OWNER, "security_group_rule")
    rules = [SSH, {**SSH, "portRange": "70000"}]
    refused = caller.no("vpc.create_security_group", name="w", vpcId=vpc, rules=rules)
    assert refused == (400, "SecurityGroup.RulePortRangeInvalid")
    assert caller.no("vpc.create_security_group", name="w", vpcId=vpc, rules=[SSH, SSH]) == (409, "OperationDenied")
    wrong = caller.no("vpc.create_enterprise_security_group", name="w", rules=[DENY, DENY])
    assert wrong == (400, "Esg.EsgRuleDuplicated")
    assert caller.cloud.resources(OWNER, "security_group_rule") == before
    assert caller.cloud.resources(OWNER, "enterprise_security_group") == ()
    assert caller.cloud.resources(OWNER, "enterprise_security_group_rule") == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sourceIp": "2001:db8::1"}, "Esg.EsgRuleIpAddressError"),
        ({"localIp": "2001:db8::1"}, "Esg.EsgRuleIpAddressError"),
        ({"sourceIp": ""}, "Esg.EsgRuleIpAddressEmpty"),
        ({"portRange": "80,90-85"}, "BadRequest"),
        ({"sourcePortRange": "65536"}, "BadRequest"),
    ],
)
def test_an_enterprise_rule_is_whole_before_and_after_a_change(caller, change, code):
    wrong = caller.no("vpc.create_enterprise_security_group", name="w", rules=[{**DENY, **change}])
    assert wrong == (400, code)
    (rule,) = read_enterprise(caller, enterprise(caller, rules=[DENY]))["rules"]
    changed = {"enterpriseSecurityGroupRuleId": rule["enterpriseSecurityGroupRuleId"], **change}
    assert caller.no("vpc.update_enterprise_security_group_rule", **changed) == (400, code)


def test_what_an_enterprise_rule_is_about_is_named_in_one_way(caller):
    """An address, a set or a group of sets: naming one anew drops the other; a template has to exist and to fit."""
    known = {"name": "n", "ipAddressInfo": [{"ipAddress": "192.0.2.0/24"}]}
    made = caller.ok("vpc.create_ip_set", ipVersion="IPv4", **known)["ipSetId"]
    other = {"name": "n", "ipAddressInfo": [{"ipAddress": "2001:db8::/64"}], "ipVersion": "IPv6"}
    sixth = caller.ok("vpc.create_ip_set", **other)["ipSetId"]
    both = caller.no("vpc.create_enterprise_security_group", name="b", rules=[{**DENY, "remoteIpSet": made}])
    assert both == (400, "BadRequest")
    group = enterprise(caller, rules=[DENY])
    (rule,) = read_enterprise(caller, group)["rules"]
    change = {"enterpriseSecurityGroupRuleId": rule["enterpriseSecurityGroupRuleId"]}
    caller.ok("vpc.update_enterprise_security_group_rule", **change, remoteIpSet=made)
    (rule,) = read_enterprise(caller, group)["rules"]
    assert (rule["sourceIp"], rule["remoteIpSet"]) == ("", made)
    for wrong, refusal in ((sixth, (400, "Esg.EsgRuleIpAddressError")), ("ips-000000000000", (404, "NoSuchObject"))):
        assert caller.no("vpc.update_enterprise_security_group_rule", **change, remoteIpSet=wrong) == refusal
    caller.ok("vpc.update_enterprise_security_group_rule", **change, sourceIp="192.0.2.9")
    (rule,) = read_enterprise(caller, group)["rules"]
    assert (rule["sourceIp"], rule["remoteIpSet"]) == ("192.0.2.9", "")


def test_a_change_of_its_rules_changes_an_enterprise_group(caller, clock):
    made = enterprise(caller, rules=[DENY])
    before = read_enterprise(caller, made)
    clock.advance(hours=1)
    rule = before["rules"][0]["enterpriseSecurityGroupRuleId"]
    caller.ok("vpc.update_enterprise_security_group_rule", enterpriseSecurityGroupRuleId=rule, priority=1)
    after = read_enterprise(caller, made)
    assert (after["createdTime"], after["updatedTime"] > before["updatedTime"]) == (before["createdTime"], True)
    assert after["rules"][0]["updatedTime"] == after["updatedTime"]


def test_twenty_rules_in_one_call_and_no_more(caller):
    made = enterprise(caller)
    rules = [{**DENY, "portRange": str(port)} for port in range(1, 21)]
    caller.ok("vpc.authorize_enterprise_security_group_rules", enterpriseSecurityGroupId=made, rules=rules)
    assert len(read_enterprise(caller, made)["rules"]) == 20


def test_groups_are_found_by_the_instance_they_guard(caller, vpc, group):
    subnet = caller.ok("vpc.create_subnet", name="s", zoneName="z", cidr="10.0.1.0/24", vpcId=vpc)["subnetId"]
    guard = enterprise(caller)
    eni = caller.ok(
        "vpc.create_eni",
        name="e",
        subnetId=subnet,
        securityGroupIds=[group],
        enterpriseSecurityGroupIds=[guard],
        privateIpSet=[{"primary": True, "privateIpAddress": "10.0.1.9"}],
    )["eniId"]
    caller.ok("vpc.attach_eni_instance", eniId=eni, instanceId="i-1")

    def found(instance):
        plain = caller.ok("vpc.list_security_groups", vpcId=vpc, instanceId=instance)["securityGroups"]
        others = caller.ok("vpc.list_enterprise_security_groups", instanceId=instance)["enterpriseSecurityGroups"]
        return [each["id"] for each in (*plain, *others)]

    assert found("i-1") == found(eni) == [group, guard]
    assert found("i-2") == []


def test_an_enterprise_rule_is_taken_as_go_sends_it_with_nothing_in_what_nobody_gave(caller):
    """An empty remark, and an empty address beside a template, are none at all; two that say something are too many."""
    group = enterprise(caller, rules=[{**DENY, "priority": 1, "remark": ""}])
    rule = read_enterprise(caller, group)["rules"][0]
    ips = caller.ok("vpc.create_ip_set", name="s", ipVersion="IPv4", ipAddressInfo=[{"ipAddress": "192.0.2.9"}])[
        "ipSetId"
    ]
    change = {"enterpriseSecurityGroupRuleId": rule["enterpriseSecurityGroupRuleId"], "remoteIpSet": ips}
    caller.ok("vpc.update_enterprise_security_group_rule", **change, sourceIp="", remark="")
    changed = read_enterprise(caller, group)["rules"][0]
    assert (changed["remoteIpSet"], changed["sourceIp"], changed["remark"]) == (ips, "", "")
    body = {"remoteIpSet": ips, "sourceIp": "192.0.2.1"}
    both = caller.raw(
        "PUT", f"/v1/enterprise/security/rule/{change['enterpriseSecurityGroupRuleId']}", encode_json(body)
    )
    assert both.status == 400
