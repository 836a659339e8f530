"""Shared bandwidths hold their addresses together, and let go only of what may go."""

from datetime import timedelta

import pytest

POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}
PREPAID = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"}}
OWNER = "a0" * 16
REFUSED = (400, "BadRequest")


def create(caller, **more):
    return caller.ok("eip.create_eip_group", **{"bandwidthInMbps": 20, "billing": POSTPAID, "eipCount": 1, **more})[
        "id"
    ]


def read(caller, group):
    return caller.ok("eip.get_eip_group", id=group)


@pytest.fixture
def eip(caller):
    return caller.ok("eip.apply_eip", bandwidthInMbps=5, billing=POSTPAID)["eip"]


def test_a_group_passes_through_its_states(make_caller, make_cloud, clock):
    slow = make_caller(make_cloud(settle=timedelta(seconds=10)))
    group = create(slow)
    seen = [read(slow, group)["status"]]
    assert slow.no("eip.add_eip_group_ip_count", id=group, eipAddCount=1) == REFUSED
    clock.advance(seconds=10)
    slow.ok("eip.add_eip_group_ip_count", id=group, eipAddCount=1)
    seen += [read(slow, group)["status"], read(slow, group)["eips"][1]["status"]]
    assert slow.no("eip.resize_eip_group_bandwidth", id=group, bandwidthInMbps=30) == REFUSED
    native = {"eip": read(slow, group)["eips"][0]["eip"], "bandwidthInMbps": 1, "billing": POSTPAID}
    assert slow.no("eip.move_eips_out_of_group", id=group, moveOutEips=[native]) == REFUSED
    clock.advance(seconds=10)
    slow.ok("eip.move_eips_out_of_group", id=group, moveOutEips=[native])
    assert [*seen, read(slow, group)["status"]] == ["creating", "updating", "creating", "available"]


def test_a_prepaid_group_expires_and_is_renewed(caller, clock):
    group = create(caller, billing=PREPAID)
    clock.advance(days=31)
    assert read(caller, group)["status"] == "expired"
    assert caller.no("eip.refund_eip_group", id=group) == REFUSED
    caller.ok("eip.renew_eip_group", id=group, billing=PREPAID)
    assert (read(caller, group)["status"], read(caller, group)["expireTime"]) == ("available", "2024-07-01T12:00:00Z")


def test_a_released_group_takes_its_own_addresses_and_all_that_hangs_on_them(caller):
    group = create(caller, eipCount=3, eipv6Count=2)
    caller.ok("eip.release_eip_group", id=group)
    assert caller.cloud.snapshot() == {OWNER: {}}


def test_a_group_with_an_address_that_moved_in_stays(caller, eip):
    group = create(caller)
    caller.ok("eip.move_eips_into_group", id=group, eips=[eip])
    assert caller.no("eip.release_eip_group", id=group) == REFUSED
    caller.ok("eip.move_eips_out_of_group", id=group, moveOutEips=[{"eip": eip}])
    caller.ok("eip.release_eip_group", id=group)
    assert [each["eip"] for each in caller.cloud.resources(OWNER, "eip")] == [eip]


def test_a_group_with_an_address_on_a_gateway_is_not_refunded(caller):
    group = create(caller, billing=PREPAID)
    native = read(caller, group)["eips"][0]["eip"]
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    gateway = {"name": "nat", "vpcId": vpc, "cuNum": 1, "billing": {"paymentTiming": "Postpaid"}}
    nat = caller.ok("vpc.create_nat_gateway", **gateway)["natId"]
    caller.ok("eip.bind_eip", eip=native, instanceType="NAT", instanceId=nat)
    assert caller.no("eip.refund_eip_group", id=group) == REFUSED


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("release_eip", {}),
        ("release_eip_optionally", {"releaseToRecycle": True}),
        ("resize_eip", {"newBandwidthInMbps": 9}),
        ("convert_eip_to_prepaid", {"purchaseLength": 1, "bandWidth": 5}),
    ],
)
def test_an_address_in_a_group_is_not_changed_on_its_own(caller, eip, operation, arguments):
    caller.ok("eip.move_eips_into_group", id=create(caller), eips=[eip])
    assert caller.no(f"eip.{operation}", eip=eip, **arguments) == REFUSED


def test_addresses_move_in_all_or_none(caller, eip):
    group = create(caller)
    prepaid = caller.ok("eip.apply_eip", bandwidthInMbps=5, billing=PREPAID)["eip"]
    other_line = caller.ok("eip.apply_eip", bandwidthInMbps=100, routeType="BGP_S", billing=POSTPAID)["eip"]
    for misfit in (prepaid, other_line):
        assert caller.no("eip.move_eips_into_group", id=group, eips=[eip, misfit]) == REFUSED
    assert caller.no("eip.move_eips_into_group", id=group, eips=[eip, "192.0.2.254"]) == (404, "EipNotFound")
    assert caller.no("eip.move_eips_into_group", id="eg-00000000", eips=[eip]) == (404, "NoSuchObject")
    assert len(read(caller, group)["eips"]) == 1


def test_an_address_moves_out_of_its_own_group_only(caller, eip):
    mine, other = create(caller), create(caller)
    caller.ok("eip.move_eips_into_group", id=mine, eips=[eip])
    assert caller.no("eip.move_eips_out_of_group", id=other, moveOutEips=[{"eip": eip}]) == REFUSED
    assert caller.no("eip.release_eip_group_ips", id=other, releaseIps=[eip]) == REFUSED


def test_a_bound_address_changes_groups_without_losing_its_instance(caller, eip):
    caller.ok("eip.bind_eip", eip=eip, instanceType="BCC", instanceId="i-1")
    caller.ok("eip.move_eips_into_group", id=create(caller), eips=[eip])
    (item,) = caller.ok("eip.list_eips", eip=eip)["eipList"]
    assert (item["status"], item["instanceId"], item["bandwidthInMbps"]) == ("binded", "i-1", 20)
    second = caller.ok("eip.apply_eip", bandwidthInMbps=5, billing=POSTPAID)["eip"]
    assert caller.no("eip.bind_eip", eip=second, instanceType="BCC", instanceId="i-1") == REFUSED


def test_a_group_is_made_with_all_its_addresses_or_not_at_all(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"eip": 2}))
    arguments = {"bandwidthInMbps": 20, "billing": POSTPAID}
    assert caller.no("eip.create_eip_group", **arguments, eipCount=2, eipv6Count=1) == (413, "ExceedLimit")
    assert caller.cloud.snapshot() == {OWNER: {}}
    group = create(caller, eipCount=1)
    assert caller.no("eip.add_eip_group_ip_count", id=group, eipAddCount=2) == (413, "ExceedLimit")
    assert (read(caller, group)["status"], len(read(caller, group)["eips"])) == ("available", 1)


def test_a_group_holds_256_addresses_of_version_6(caller):
    group = create(caller, eipCount=0, eipv6Count=256)
    assert caller.no("eip.add_eip_group_ip_count", id=group, eipv6AddCount=1) == (413, "ExceedLimit")
    assert len(read(caller, group)["eipv6s"]) == 256


def test_a_count_of_nothing_adds_nothing(caller, code_of):
    """The Go SDK sends 0 for the count it does not want; two zeros are no request."""
    group = create(caller)
    caller.ok("eip.add_eip_group_ip_count", id=group, eipAddCount=1, eipv6AddCount=0)
    assert (len(read(caller, group)["eips"]), len(read(caller, group)["eipv6s"])) == (2, 0)
    body = b'{"eipAddCount": 0, "eipv6AddCount": 0}'
    answer = caller.raw("PUT", f"/v1/eipgroup/{group}?resize&clientToken=z", body, service="eip")
    assert answer.status == 400
