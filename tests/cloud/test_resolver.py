"""Resolvers pass through their states, take addresses in subnets of any region, and are held by their rules."""

from datetime import timedelta

import pytest

DENIED = (409, "OperationDenied")
BAD = (400, "BadRequest")
MISSING = (404, "NoSuchObject")
SETTLE = timedelta(seconds=30)
SERVERS = [{"ip": "192.0.2.53", "port": 53}]


@pytest.fixture
def slow(make_caller, make_cloud):
    """A caller of a cloud in which passing states last half a minute."""
    return make_caller(make_cloud(settle=SETTLE))


@pytest.fixture
def network(caller):
    """A VPC and two subnets of it in Guangzhou, where the caller of private DNS is not."""
    return build_network(caller, "gz")


def build_network(caller, region):
    caller.region = region
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    subnets = [
        caller.ok("vpc.create_subnet", name="s", zoneName=f"cn-{region}-a", cidr=f"10.0.{n}.0/24", vpcId=vpc)[
            "subnetId"
        ]
        for n in (1, 2)
    ]
    caller.region = "bj"
    return {"vpc": vpc, "subnets": subnets, "region": region}


def resolver_of(network, *addresses, **changed):
    models = [{"subnetId": network["subnets"][0], **({"ipAddress": each} if each else {})} for each in addresses]
    where = {"vpcId": network["vpc"], "vpcRegion": network["region"]}
    return {"name": "resolver", **where, "ipModels": models, "type": "outbound", **changed}


def create(caller, network, *addresses, **changed):
    return caller.ok("privatezone.create_dns_resolver", **resolver_of(network, *(addresses or ("",)), **changed))["id"]


def rule_of(resolver, **changed):
    return {"name": "rule", "zone": "corp.example", "resolverId": resolver, "dnsServerConfigs": SERVERS, **changed}


def create_rule(caller, resolver, **changed):
    return caller.ok("privatezone.create_dns_resolver_rule", **rule_of(resolver, **changed))["id"]


def state(caller, kind, identity):
    argument = {"resolver": "resolverId", "resolver_rule": "ruleId"}[kind]
    return caller.ok(f"privatezone.get_dns_{kind}", **{argument: identity})["status"]


def vpcs(region, *ids):
    return {"vpcRegions": [{"region": region, "vpcIds": list(ids)}]}


def test_a_resolver_takes_free_addresses_and_gives_them_back(caller, network):
    resolver = create(caller, network, "", "10.0.1.77", "")
    shown = caller.ok("privatezone.get_dns_resolver", resolverId=resolver)
    addresses = [each["ipAddress"] for each in shown["ipModels"]]
    assert len(set(addresses)) == 3
    assert addresses[1] == "10.0.1.77"
    assert {each["subnetId"] for each in shown["ipModels"]} == {network["subnets"][0]}
    assert shown["createTime"] == "2024-05-01 20:00:00"
    assert caller.no("privatezone.create_dns_resolver", **resolver_of(network, "10.0.1.77")) == DENIED
    caller.region = "gz"
    assert caller.ok("vpc.get_subnet", subnetId=network["subnets"][0])["subnet"]["availableIp"] == 256 - 3 - 3
    assert caller.no("vpc.delete_subnet", subnetId=network["subnets"][0]) == (409, "ResourceNeedRelease")
    caller.ok("privatezone.delete_dns_resolver", resolverId=resolver)
    assert caller.ok("vpc.get_subnet", subnetId=network["subnets"][0])["subnet"]["availableIp"] == 256 - 3
    caller.ok("vpc.delete_subnet", subnetId=network["subnets"][0])


def test_an_address_refused_leaves_no_resolver_and_no_address_behind(caller, network):
    for address in ("10.0.2.7", "10.0.1.255", "192.0.2.1"):
        assert caller.no("privatezone.create_dns_resolver", **resolver_of(network, "10.0.1.9", address)) == BAD
    assert caller.ok("privatezone.list_dns_resolvers")["result"] == []
    create(caller, network, "10.0.1.9")


def test_a_resolver_lives_in_a_vpc_and_in_subnets_of_that_vpc(caller, network):
    other = build_network(caller, "gz")
    create_resolver = "privatezone.create_dns_resolver"
    assert caller.no(create_resolver, **resolver_of({**network, "region": "bj"}, "")) == MISSING
    assert caller.no(create_resolver, **resolver_of({**network, "vpc": other["vpc"]}, "")) == BAD
    assert caller.no(create_resolver, **resolver_of({**network, "subnets": ["sbn-000000000000"]}, "")) == MISSING
    assert caller.no(create_resolver, **resolver_of(network)) == BAD


def test_reserved_addresses_of_the_region_are_not_handed_out(caller, network):
    caller.region = "gz"
    caller.ok("vpc.create_ip_reserve", subnetId=network["subnets"][0], ipCidr="10.0.1.0/29", ipVersion=4)
    caller.region = "bj"
    shown = caller.ok("privatezone.get_dns_resolver", resolverId=create(caller, network, ""))
    assert [each["ipAddress"] for each in shown["ipModels"]] == ["10.0.1.8"]


def test_a_resolver_is_created_runs_and_is_being_deleted(slow, clock):
    network = build_network(slow, "bj")
    resolver = create(slow, network)
    assert state(slow, "resolver", resolver) == "CREATING"
    assert slow.no("privatezone.update_dns_resolver", resolverId=resolver, name="renamed") == DENIED
    assert slow.no("privatezone.delete_dns_resolver", resolverId=resolver) == DENIED
    assert slow.no("privatezone.create_dns_resolver_rule", **rule_of(resolver)) == DENIED
    clock.advance(seconds=30)
    assert [each["id"] for each in slow.ok("privatezone.list_dns_resolvers", status="RUNNING")["result"]] == [resolver]
    slow.ok("privatezone.update_dns_resolver", resolverId=resolver, description="told")
    shown = slow.ok("privatezone.get_dns_resolver", resolverId=resolver)
    assert (shown["name"], shown["description"], shown["updateTime"]) == ("resolver", "told", "2024-05-01 20:00:30")
    slow.ok("privatezone.delete_dns_resolver", resolverId=resolver)
    assert [each["id"] for each in slow.ok("privatezone.list_dns_resolvers", status="DELETING")["result"]] == [resolver]
    assert slow.no("privatezone.delete_dns_resolver", resolverId=resolver) == DENIED
    assert slow.no("vpc.delete_subnet", subnetId=network["subnets"][0]) == (409, "ResourceNeedRelease")
    clock.advance(seconds=30)
    assert slow.no("privatezone.get_dns_resolver", resolverId=resolver) == MISSING
    slow.ok("vpc.delete_subnet", subnetId=network["subnets"][0])


def test_an_update_of_a_resolver_says_something(caller, network):
    resolver = create(caller, network)
    assert caller.raw("PUT", f"/v1/privatezone/resolver/{resolver}", b"{}", service="privatezone").status == 400
    assert caller.raw("PUT", "/v1/privatezone/resolver/none", b'{"name":"n"}', service="privatezone").status == 404


def test_only_an_outbound_resolver_has_rules_and_they_hold_it(caller, network):
    inbound = create(caller, network, type="inbound")
    assert caller.no("privatezone.create_dns_resolver_rule", **rule_of(inbound)) == BAD
    assert caller.no("privatezone.create_dns_resolver_rule", **rule_of("resolver-none")) == MISSING
    resolver = create(caller, network)
    rule = create_rule(caller, resolver)
    shown = caller.ok("privatezone.get_dns_resolver_rule", ruleId=rule)
    expected = {"status": "UNBOUND", "resolverRegion": "gz", "zone": "corp.example", "dnsServerConfigs": SERVERS}
    assert {name: shown[name] for name in expected} == expected
    assert caller.no("privatezone.delete_dns_resolver", resolverId=resolver) == DENIED
    caller.ok("privatezone.delete_dns_resolver_rule", ruleId=rule)
    caller.ok("privatezone.delete_dns_resolver", resolverId=resolver)


def test_a_change_of_a_rule_leaves_its_zone_alone(caller, network):
    rule = create_rule(caller, create(caller, network))
    changed = {"name": "renamed", "dnsServerConfigs": [{"ip": "2001:db8::53", "port": 5353}]}
    body = b'{"name":"renamed","zone":"other.example","dnsServerConfigs":[{"ip":"2001:db8::53","port":5353}]}'
    assert caller.raw("PUT", f"/v1/privatezone/resolver/rule/{rule}", body, service="privatezone").status == 200
    shown = caller.ok("privatezone.get_dns_resolver_rule", ruleId=rule)
    assert {**shown, **changed, "zone": "corp.example"} == shown


def test_a_rule_is_bound_until_its_last_vpc_is_gone(slow, clock):
    network, other = build_network(slow, "bj"), build_network(slow, "gz")
    resolver = create(slow, network)
    clock.advance(seconds=30)
    rule = create_rule(slow, resolver)
    both = {"vpcRegions": [vpcs("bj", network["vpc"])["vpcRegions"][0], vpcs("gz", other["vpc"])["vpcRegions"][0]]}
    slow.ok("privatezone.bind_resolver_rule_vpc", ruleId=rule, **both)
    assert state(slow, "resolver_rule", rule) == "BINDING"
    for spelling in ("BINDING", "BINGDING"):
        assert len(slow.ok("privatezone.list_dns_resolver_rules", status=spelling)["result"]) == 1
    assert slow.no("privatezone.update_dns_resolver_rule", ruleId=rule, name="renamed") == DENIED
    clock.advance(seconds=30)
    assert state(slow, "resolver_rule", rule) == "BOUND"
    assert slow.no("privatezone.delete_dns_resolver_rule", ruleId=rule) == DENIED
    for each, left in ((network, "BOUND"), (other, "UNBOUND")):
        slow.ok("privatezone.unbind_resolver_rule_vpc", ruleId=rule, **vpcs(each["region"], each["vpc"]))
        assert state(slow, "resolver_rule", rule) == "UNBINDING"
        clock.advance(seconds=30)
        assert state(slow, "resolver_rule", rule) == left
    slow.ok("privatezone.delete_dns_resolver_rule", ruleId=rule)


def test_a_rule_is_bound_only_to_what_is_there_and_once(caller, network):
    rule = create_rule(caller, create(caller, network))
    bind = "privatezone.bind_resolver_rule_vpc"
    assert caller.no(bind, ruleId=rule, **vpcs("bj", network["vpc"])) == MISSING
    assert caller.no(bind, ruleId=rule, vpcRegions=[]) == BAD
    assert caller.no(bind, ruleId="rule-none", **vpcs("gz", network["vpc"])) == MISSING
    assert caller.no("privatezone.unbind_resolver_rule_vpc", ruleId=rule, **vpcs("gz", network["vpc"])) == DENIED
    caller.ok(bind, ruleId=rule, **vpcs("gz", network["vpc"], network["vpc"]))
    assert caller.no(bind, ruleId=rule, **vpcs("gz", network["vpc"])) == DENIED
    other = build_network(caller, "gz")
    mixed = vpcs("gz", network["vpc"], other["vpc"])
    assert caller.no("privatezone.unbind_resolver_rule_vpc", ruleId=rule, **mixed) == DENIED
    assert state(caller, "resolver_rule", rule) == "BOUND"


def test_a_vpc_that_forwards_by_a_rule_is_not_deleted(caller, network):
    caller.region = "gz"
    spare = caller.ok("vpc.create_vpc", name="spare", cidr="10.0.0.0/16")["vpcId"]
    rule = create_rule(caller, create(caller, network))
    caller.ok("privatezone.bind_resolver_rule_vpc", ruleId=rule, **vpcs("gz", spare))
    assert caller.no("vpc.delete_vpc", vpcId=spare) == (409, "ResourceNeedRelease")
    caller.ok("privatezone.unbind_resolver_rule_vpc", ruleId=rule, **vpcs("gz", spare))
    caller.ok("vpc.delete_vpc", vpcId=spare)


def test_lists_of_resolvers_are_paged_by_at_most_a_hundred(caller, network):
    made = [create(caller, network) for _ in range(3)]
    page = caller.ok("privatezone.list_dns_resolvers", maxKeys=2)
    assert ([each["id"] for each in page["result"]], page["nextMarker"]) == (made[:2], made[2])
    too_many = caller.raw("GET", "/v1/privatezone/resolver?maxKeys=101", service="privatezone")
    assert too_many.status == 400
