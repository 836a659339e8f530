"""Address sets and groups: versions agree, and what uses them holds them back."""

import pytest


@pytest.fixture
def make_set(caller):
    def make(*addresses, version="IPv4"):
        info = [{"ipAddress": each} for each in addresses]
        return caller.ok("vpc.create_ip_set", name="set", ipVersion=version, ipAddressInfo=info)["ipSetId"]

    return make


@pytest.fixture
def make_group(caller):
    def make(*sets, version="IPv4"):
        return caller.ok("vpc.create_ip_group", name="group", ipVersion=version, ipSetIds=list(sets))["ipGroupId"]

    return make


def test_addresses_are_of_the_version_of_their_set(caller):
    for version, wrong in (("IPv4", "2001:db8::1"), ("IPv6", "10.0.0.0/8")):
        info = [{"ipAddress": wrong}]
        given = {"name": "set", "ipVersion": version, "ipAddressInfo": info}
        assert caller.no("vpc.create_ip_set", **given) == (400, "BadRequest")


def test_an_address_is_named_once(caller):
    info = [{"ipAddress": "192.0.2.1"}, {"ipAddress": "192.0.2.1", "description": "again"}]
    given = {"name": "set", "ipVersion": "IPv4", "ipAddressInfo": info}
    assert caller.no("vpc.create_ip_set", **given) == (409, "OperationDenied")


def test_sets_are_of_the_version_of_their_group(caller, make_set, make_group):
    four, six = make_set("192.0.2.1"), make_set("2001:db8::1", version="IPv6")
    group = make_group(four)
    assert caller.no("vpc.bind_ip_sets_to_ip_group", ipGroupId=group, ipSetIds=[six]) == (400, "BadRequest")
    given = {"name": "group", "ipVersion": "IPv4", "ipSetIds": [four, six]}
    assert caller.no("vpc.create_ip_group", **given) == (400, "BadRequest")
    assert caller.no("vpc.create_ip_group", **{**given, "ipSetIds": [four, four]}) == (409, "OperationDenied")
    assert caller.ok("vpc.get_ip_group", ipGroupId=group)["ipSetIds"] == [four]


def test_an_added_address_is_of_the_version_of_the_set_too(caller, make_set):
    given = {"ipSetId": make_set("192.0.2.1"), "ipAddressInfo": [{"ipAddress": "2001:db8::1"}]}
    assert caller.no("vpc.add_ip_addresses_to_ip_set", **given) == (400, "BadRequest")


def test_a_set_leaves_with_no_group_behind(caller, make_set, make_group):
    made = make_set("192.0.2.1")
    group = make_group(made)
    assert caller.no("vpc.delete_ip_set", ipSetId=made) == (409, "OperationDenied")
    caller.ok("vpc.unbind_ip_sets_from_ip_group", ipGroupId=group, ipSetIds=[made])
    caller.ok("vpc.delete_ip_set", ipSetId=made)


def test_nothing_is_added_when_one_address_is_refused(caller, make_set):
    made = make_set("192.0.2.1")
    info = [{"ipAddress": "192.0.2.2"}, {"ipAddress": "192.0.2.1"}]
    given = {"ipSetId": made, "ipAddressInfo": info}
    assert caller.no("vpc.add_ip_addresses_to_ip_set", **given) == (409, "OperationDenied")
    assert len(caller.ok("vpc.get_ip_set", ipSetId=made)["ipAddressInfo"]) == 1


@pytest.mark.parametrize(("kind", "member"), [("ip_set", "remoteIpSet"), ("ip_group", "remoteIpGroup")])
def test_a_rule_that_names_a_template_is_shown_and_holds_it_back(caller, make_set, make_group, kind, member):
    made = make_set("192.0.2.1")
    made = make_group(made) if kind == "ip_group" else made
    by = {"ip_set": "ipSetId", "ip_group": "ipGroupId"}[kind]
    rule = {"direction": "ingress", "ethertype": "IPv4", "protocol": "all", "portRange": "1-65535"}
    rule |= {"action": "allow", member: made}
    esg = caller.ok("vpc.create_enterprise_security_group", name="esg", rules=[rule])["enterpriseSecurityGroupId"]
    bound = caller.ok(f"vpc.get_{kind}", **{by: made})["bindedInstances"]
    assert bound == [{"instanceId": esg, "instanceType": "ESG"}]
    (listed,) = caller.ok(f"vpc.list_{kind}s")[{"ip_set": "ipSets", "ip_group": "ipGroups"}[kind]]
    assert listed["bindedInstanceNum"] == 1
    assert caller.no(f"vpc.delete_{kind}", **{by: made}) == (409, "OperationDenied")
    caller.ok("vpc.delete_enterprise_security_group", enterpriseSecurityGroupId=esg)
    caller.ok(f"vpc.delete_{kind}", **{by: made})
