"""NAT gateways over time, and what keeps their books sound."""

from datetime import timedelta

import pytest

POSTPAID = {"paymentTiming": "Postpaid"}
MONTH = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"}}
OWNER = "a0" * 16


@pytest.fixture
def slow(make_cloud, make_caller):
    """A caller of a cloud whose passing states last ten seconds."""
    return make_caller(make_cloud(settle=timedelta(seconds=10)))


def make_vpc(caller):
    return caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]


def make_nat(caller, vpc=None, **given):
    given = {"cuNum": 1, "billing": POSTPAID, **given}
    return caller.ok("vpc.create_nat_gateway", name="nat", vpcId=vpc or make_vpc(caller), **given)["natId"]


def make_eip(caller):
    billing = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    return caller.ok("eip.apply_eip", bandwidthInMbps=1, billing=billing)["eip"]


def status_of(caller, nat):
    return caller.ok("vpc.get_nat_gateway", natId=nat)["status"]


def eip_of(caller, eip):
    (found,) = caller.ok("eip.list_eips", eip=eip)["eipList"]
    return found["status"], found["instanceId"]


def test_every_change_passes_through_its_state(slow, clock):
    nat, eip = make_nat(slow), make_eip(slow)
    assert status_of(slow, nat) == "building"
    assert slow.no("vpc.resize_nat_gateway", natId=nat, cuNum=2) == (409, "OperationDenied")
    clock.advance(seconds=10)
    assert status_of(slow, nat) == "unconfigured"
    slow.ok("vpc.bind_nat_eips", natId=nat, bindEips=[eip])
    assert (status_of(slow, nat), eip_of(slow, eip)) == ("configuring", ("binding", nat))
    clock.advance(seconds=10)
    assert (status_of(slow, nat), eip_of(slow, eip)) == ("active", ("binded", nat))
    slow.ok("vpc.resize_nat_gateway", natId=nat, cuNum=2)
    assert status_of(slow, nat) == "updating"
    clock.advance(seconds=10)
    assert status_of(slow, nat) == "active"


def test_a_deleted_gateway_is_seen_going_and_takes_nothing_more(slow, clock):
    vpc = make_vpc(slow)
    nat, eip = make_nat(slow, vpc), make_eip(slow)
    clock.advance(seconds=10)
    slow.ok("vpc.bind_nat_eips", natId=nat, bindEips=[eip])
    clock.advance(seconds=10)
    slow.ok("vpc.delete_nat_gateway", natId=nat)
    assert (status_of(slow, nat), eip_of(slow, eip)) == ("deleting", ("unbinding", None))
    rule = {"natId": nat, "ruleName": "r", "publicIpsAddress": [eip], "sourceCIDR": "10.0.0.0/24"}
    for operation, arguments in (
        ("vpc.delete_nat_gateway", {"natId": nat}),
        ("vpc.update_nat_gateway", {"natId": nat, "name": "other"}),
        ("vpc.create_snat_rule", rule),
        ("vpc.delete_vpc", {"vpcId": vpc}),
    ):
        assert slow.no(operation, **arguments)[0] == 409
    clock.advance(seconds=10)
    assert slow.no("vpc.get_nat_gateway", natId=nat) == (404, "NoSuchNat")
    assert eip_of(slow, eip) == ("available", None)
    slow.ok("vpc.delete_vpc", vpcId=vpc)
    assert not {"nat_gateway", "vpc", "snat_rule"} & set(slow.cloud.snapshot()[OWNER])


def test_a_prepaid_gateway_goes_down_when_its_time_is_over(caller, clock):
    nat = make_nat(caller, billing=MONTH)
    assert caller.no("vpc.delete_nat_gateway", natId=nat) == (409, "OperationDenied")
    clock.advance(days=31)
    assert status_of(caller, nat) == "down"
    caller.ok("vpc.renew_nat_gateway", natId=nat, billing={"reservation": MONTH["reservation"]})
    found = caller.ok("vpc.get_nat_gateway", natId=nat)
    assert (found["status"], found["expiredTime"]) == ("unconfigured", "2024-07-01T12:00:00Z")
    clock.advance(days=31)
    caller.ok("vpc.delete_nat_gateway", natId=nat)
    assert caller.no("vpc.get_nat_gateway", natId=nat)[0] == 404


def test_a_renewal_adds_to_what_is_paid_for(caller, clock):
    nat = make_nat(caller, billing=MONTH)
    clock.advance(days=10)
    caller.ok("vpc.renew_nat_gateway", natId=nat, billing={"reservation": MONTH["reservation"]})
    assert caller.ok("vpc.get_nat_gateway", natId=nat)["expiredTime"] == "2024-07-01T12:00:00Z"


def test_addresses_given_at_creation_are_bound(caller):
    first, second = make_eip(caller), make_eip(caller)
    nat = make_nat(caller, bindEips=[first])
    assert eip_of(caller, first) == ("binded", nat)
    older = caller.ok(
        "vpc.create_nat_gateway", name="o", vpcId=make_vpc(caller), spec="small", billing=POSTPAID, dnatEips=[second]
    )["natId"]
    found = caller.ok("vpc.get_nat_gateway", natId=older)
    assert (found["eips"], found["dnatEips"], found["bindEips"]) == ([], [second], [second])


def test_a_gateway_that_is_refused_binds_nothing(caller):
    eip, vpc = make_eip(caller), make_vpc(caller)
    refused = {"name": "n", "vpcId": vpc, "billing": POSTPAID}
    assert caller.no("vpc.create_nat_gateway", cuNum=1, bindEips=[eip, "192.0.2.254"], **refused)[0] == 404
    assert caller.no("vpc.create_nat_gateway", cuNum=1, eips=[eip], **refused)[0] == 409
    assert caller.no("vpc.create_nat_gateway", cuNum=101, bindEips=[eip], **refused)[0] == 400
    assert eip_of(caller, eip) == ("available", None)
    assert "nat_gateway" not in caller.cloud.snapshot()[OWNER]


def test_the_older_generation_takes_as_many_addresses_as_its_specification_says(caller):
    eips = [make_eip(caller) for _ in range(6)]
    nat = caller.ok("vpc.create_nat_gateway", name="o", vpcId=make_vpc(caller), spec="small", billing=POSTPAID)["natId"]
    assert caller.no("vpc.bind_nat_snat_eips", natId=nat, eips=eips) == (413, "LimitExceeded")
    caller.ok("vpc.bind_nat_snat_eips", natId=nat, eips=eips[:3])
    caller.ok("vpc.bind_nat_dnat_eips", natId=nat, dnatEips=eips[3:5])
    assert caller.no("vpc.bind_nat_dnat_eips", natId=nat, dnatEips=eips[5:]) == (413, "LimitExceeded")


def test_a_batch_of_rules_is_made_whole_or_not_at_all(caller):
    eip = make_eip(caller)
    nat = make_nat(caller, bindEips=[eip])
    rule = {"publicIpAddress": eip, "privateIpAddress": "10.0.0.1", "protocol": "TCP"}
    ports = [{"publicPort": 80, "privatePort": 80}, {"publicPortRange": "79-81", "privatePortRange": "1-3"}]
    clashing = [{**rule, **each} for each in ports]
    assert caller.no("vpc.batch_create_dnat_rules", natId=nat, rules=clashing) == (409, "OperationDenied")
    assert caller.ok("vpc.list_dnat_rules", natId=nat)["rules"] == []
    caller.ok("vpc.batch_create_dnat_rules", natId=nat, rules=[clashing[0], {**clashing[1], "protocol": "UDP"}])
    everything = {**rule, "protocol": "all"}
    assert caller.no("vpc.create_dnat_rule", natId=nat, **everything) == (409, "OperationDenied")


@pytest.mark.parametrize(
    "ports",
    [
        {},
        {"publicPort": 80},
        {"publicPortRange": "90-80", "privatePortRange": "90-80"},
        {"publicPortRange": "80-81", "privatePort": 80},
        {"publicPortRange": "80-70000", "privatePortRange": "80-70000"},
    ],
)
def test_ports_have_to_make_sense(caller, ports):
    eip = make_eip(caller)
    nat = make_nat(caller, bindEips=[eip])
    rule = {"publicIpAddress": eip, "privateIpAddress": "10.0.0.1", "protocol": "TCP"}
    assert caller.no("vpc.create_dnat_rule", natId=nat, **rule, **ports) == (400, "BadRequest")


def test_an_address_in_use_by_a_rule_is_not_taken_away_by_either_service(caller):
    eip = make_eip(caller)
    nat = make_nat(caller, bindEips=[eip])
    rule = {"ruleName": "r", "publicIpsAddress": [eip], "sourceCIDR": "10.0.0.0/24"}
    made = caller.ok("vpc.create_snat_rule", natId=nat, **rule)["ruleId"]
    assert caller.no("vpc.unbind_nat_eips", natId=nat, bindEips=[eip]) == (409, "OperationDenied")
    assert caller.no("eip.unbind_eip", eip=eip)[0] == 400
    assert caller.no("eip.release_eip_optionally", eip=eip, releaseToRecycle=True)[0] == 400
    caller.ok("vpc.delete_snat_rule", natId=nat, ruleId=made)
    caller.ok("eip.unbind_eip", eip=eip)
    assert caller.ok("vpc.get_nat_gateway", natId=nat)["bindEips"] == []


def test_an_address_bound_by_the_other_service_is_seen(caller):
    nat, eips = make_nat(caller), [make_eip(caller), make_eip(caller)]
    for eip in eips:
        caller.ok("eip.bind_eip", eip=eip, instanceType="NAT", instanceId=nat)
    found = caller.ok("vpc.get_nat_gateway", natId=nat)
    assert (found["status"], found["bindEips"]) == ("active", eips)
    assert caller.no("eip.bind_eip", eip=make_eip(caller), instanceType="NAT", instanceId="nat-none")[0] == 404


def test_a_gateway_a_route_leads_to_is_not_deleted(caller):
    vpc = make_vpc(caller)
    nat = make_nat(caller, vpc)
    table = caller.ok("vpc.get_route_table", vpcId=vpc)["routeTableId"]
    route = {"sourceAddress": "0.0.0.0/0", "destinationAddress": "0.0.0.0/0", "nexthopType": "nat", "nexthopId": nat}
    rule = caller.ok("vpc.create_route_rule", routeTableId=table, **route, description="")["routeRuleId"]
    assert caller.no("vpc.delete_nat_gateway", natId=nat) == (409, "ResourceNeedRelease")
    caller.ok("vpc.delete_route_rule", routeRuleId=rule)
    caller.ok("vpc.delete_nat_gateway", natId=nat)


def test_addresses_of_a_shared_bandwidth_and_others_do_not_mix(caller):
    eips = [make_eip(caller), make_eip(caller)]
    group = caller.ok(
        "eip.create_eip_group", eipCount=1, bandwidthInMbps=20, billing={"paymentTiming": "Postpaid"}, name="g"
    )["id"]
    shared = next(each["eip"] for each in caller.ok("eip.list_eips")["eipList"] if each["shareGroupId"] == group)
    nat = make_nat(caller, bindEips=eips[:1])
    assert caller.no("vpc.bind_nat_eips", natId=nat, bindEips=[shared]) == (409, "OperationDenied")
    caller.ok("vpc.bind_nat_eips", natId=nat, bindEips=eips[1:])
