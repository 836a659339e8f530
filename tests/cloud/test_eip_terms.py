"""Prepaid addresses expire, are renewed, renew themselves; recycled ones wait their time; packages end with them."""

from ipaddress import ip_address

import pytest

POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
PREPAID = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"}}
OWNER = "a0" * 16
REFUSED = (400, "BadRequest")


def apply(caller, **more):
    return caller.ok("eip.apply_eip", **{"bandwidthInMbps": 5, "billing": POSTPAID, **more})["eip"]


def read(caller, eip):
    (item,) = caller.ok("eip.list_eips", eip=eip)["eipList"]
    return item


def bin_of(caller):
    return [each["eip"] for each in caller.ok("eip.list_recycled_eips")["eipList"]]


@pytest.fixture
def prepaid(caller):
    """An address paid from 1 May to 1 June 2024, noon."""
    return apply(caller, billing=PREPAID)


def test_a_prepaid_address_is_paused_when_its_term_ends(caller, clock, prepaid):
    clock.advance(days=31, seconds=-1)
    assert read(caller, prepaid)["status"] == "available"
    clock.advance(seconds=1)
    assert read(caller, prepaid)["status"] == "paused"
    assert caller.no("eip.bind_eip", eip=prepaid, instanceType="BCC", instanceId="i-1") == REFUSED
    assert [each["status"] for each in caller.cloud.resources(OWNER, "eip")] == ["paused"]


@pytest.mark.parametrize(("instance", "status"), [(None, "available"), ("i-1", "binded")])
def test_a_paused_address_is_renewed_from_now_on_into_the_state_it_had(caller, clock, prepaid, instance, status):
    if instance:
        caller.ok("eip.bind_eip", eip=prepaid, instanceType="BCC", instanceId=instance)
    clock.advance(days=41)
    caller.ok("eip.renew_eip", eip=prepaid, billing=PREPAID)
    item = read(caller, prepaid)
    assert (item["status"], item["expireTime"]) == (status, "2024-07-11T12:00:00Z")


def test_a_running_address_is_renewed_on_top_of_its_term(caller, clock, prepaid):
    clock.advance(days=10)
    caller.ok("eip.renew_eip", eip=prepaid, billing=PREPAID)
    assert read(caller, prepaid)["expireTime"] == "2024-07-01T12:00:00Z"


def test_an_address_renews_itself_as_often_as_time_passes(caller, clock, prepaid):
    caller.ok("eip.start_eip_auto_renew", eip=prepaid, autoRenewTime=2)
    clock.advance(days=100)
    item = read(caller, prepaid)
    assert (item["status"], item["expireTime"]) == ("available", "2024-10-01T12:00:00Z")
    caller.ok("eip.stop_eip_auto_renew", eip=prepaid)
    clock.advance(days=100)
    assert read(caller, prepaid)["status"] == "paused"


def test_an_address_bought_to_renew_itself_does(caller, clock):
    eip = apply(caller, billing=PREPAID, autoRenewTime=1, autoRenewTimeUnit="year")
    clock.advance(days=40)
    assert read(caller, eip)["expireTime"] == "2025-06-01T12:00:00Z"


def test_only_an_expired_prepaid_address_goes_into_the_bin_and_comes_back_renewed(caller, clock, prepaid):
    recycle = {"eip": prepaid, "releaseToRecycle": True}
    assert caller.no("eip.release_eip_optionally", **recycle) == REFUSED
    clock.advance(days=31)
    assert caller.no("eip.refund_eip", eip=prepaid) == REFUSED
    caller.ok("eip.release_eip_optionally", **recycle)
    clock.advance(days=1)
    caller.ok("eip.restore_recycled_eip", eip=prepaid)
    item = read(caller, prepaid)
    assert (item["status"], item["expireTime"]) == ("available", "2024-07-02T12:00:00Z")
    clock.advance(days=30)
    assert read(caller, prepaid)["status"] == "paused"


def test_the_bin_keeps_an_address_for_seven_days(caller, clock):
    eip = apply(caller)
    caller.ok("eip.release_eip_optionally", eip=eip, releaseToRecycle=True)
    clock.advance(days=7, seconds=-1)
    assert bin_of(caller) == [eip]
    clock.advance(seconds=1)
    assert bin_of(caller) == []
    assert caller.no("eip.restore_recycled_eip", eip=eip) == (404, "EipNotFound")


def test_a_full_bin_gives_up_its_oldest(caller):
    eips = [apply(caller) for _ in range(11)]
    for eip in eips:
        caller.ok("eip.release_eip_optionally", eip=eip, releaseToRecycle=True)
    assert bin_of(caller) == eips[1:]


@pytest.mark.parametrize("recycle", [True, False])
def test_protection_holds_against_the_bin_too(caller, recycle):
    eip = apply(caller, deleteProtect=True)
    assert caller.no("eip.release_eip_optionally", eip=eip, releaseToRecycle=recycle) == REFUSED


def test_no_address_comes_back_beyond_the_quota(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"eip": 1}))
    eip = apply(caller)
    caller.ok("eip.release_eip_optionally", eip=eip, releaseToRecycle=True)
    apply(caller)
    assert caller.no("eip.restore_recycled_eip", eip=eip) == (413, "ExceedLimit")
    assert bin_of(caller) == [eip]


def test_a_package_ends_at_its_time_and_its_address_can_go(caller, clock, prepaid):
    early = {"eip": prepaid, "bandwidthInMbps": 1, "autoReleaseTime": "2024-05-02T12:00:00Z"}
    package = caller.ok("eip.create_eip_bp", **early)["id"]
    assert caller.no("eip.refund_eip", eip=prepaid) == REFUSED
    clock.advance(days=1)
    assert caller.no("eip.get_eip_bp", id=package) == (404, "NoSuchObject")
    assert read(caller, prepaid)["bwShortId"] is None
    caller.ok("eip.refund_eip", eip=prepaid)


def test_a_package_without_an_end_of_its_own_lasts_as_long_as_its_address(caller, clock, prepaid):
    """However often that is renewed; one that was given an end keeps it."""
    package = caller.ok("eip.create_eip_bp", eip=prepaid, bandwidthInMbps=1)["id"]
    caller.ok("eip.renew_eip", eip=prepaid, billing=PREPAID)
    assert caller.ok("eip.get_eip_bp", id=package)["autoReleaseTime"] == "2024-07-01T12:00:00Z"
    clock.advance(days=40)
    caller.ok("eip.renew_eip", eip=prepaid, billing=PREPAID)
    clock.advance(days=40)
    assert caller.ok("eip.get_eip_bp", id=package)["autoReleaseTime"] == "2024-08-01T12:00:00Z"
    ends = "2024-07-25T12:00:00Z"
    caller.ok("eip.update_eip_bp_auto_release_time", id=package, autoReleaseTime=ends)
    caller.ok("eip.renew_eip", eip=prepaid, billing=PREPAID)
    assert caller.ok("eip.get_eip_bp", id=package)["autoReleaseTime"] == ends
    clock.advance(days=10)
    assert caller.no("eip.get_eip_bp", id=package) == (404, "NoSuchObject")


def test_a_package_without_an_end_goes_when_its_address_expires(caller, clock, prepaid):
    package = caller.ok("eip.create_eip_bp", eip=prepaid, bandwidthInMbps=1)["id"]
    caller.ok("eip.renew_eip", eip=prepaid, billing=PREPAID)
    clock.advance(days=61)
    assert caller.no("eip.get_eip_bp", id=package) == (404, "NoSuchObject")
    assert read(caller, prepaid)["status"] == "paused"


@pytest.mark.parametrize("ends", ["2024-05-01T12:00:00Z", "2024-06-01T12:00:01Z", "2024-13-01T00:00:00Z"])
def test_a_package_ends_between_now_and_the_expiry_of_its_address(caller, prepaid, ends):
    status, code = caller.no("eip.create_eip_bp", eip=prepaid, bandwidthInMbps=1, autoReleaseTime=ends)
    assert (status, code) == REFUSED


def test_of_an_address_and_a_shared_bandwidth_the_address_gets_the_package(caller, prepaid):
    group = caller.ok("eip.create_eip_group", bandwidthInMbps=20, billing=PREPAID)["id"]
    package = caller.ok("eip.create_eip_bp", eip=prepaid, eipGroupId=group, bandwidthInMbps=1)["id"]
    assert caller.ok("eip.get_eip_bp", id=package)["bindType"] == "eip"


def test_a_package_of_a_shared_bandwidth_holds_it_back_and_names_its_addresses(caller):
    group = caller.ok("eip.create_eip_group", bandwidthInMbps=20, eipCount=2, billing=PREPAID)["id"]
    package = caller.ok("eip.create_eip_bp", eipGroupId=group, bandwidthInMbps=180)["id"]
    found = caller.ok("eip.get_eip_bp", id=package)
    assert (found["bindType"], found["instanceId"], len(found["eips"])) == ("eipgroup", group, 2)
    assert caller.ok("eip.get_eip_group", id=group)["bwShortId"] == package
    assert caller.no("eip.resize_eip_bp", id=package, bandwidthInMbps=181) == REFUSED
    assert caller.no("eip.refund_eip_group", id=group) == REFUSED


def test_acceleration_packages_exist_in_hong_kong_only(make_caller, caller, prepaid):
    fast = {"bandwidthInMbps": 1, "type": "AccelerationPackage"}
    assert caller.no("eip.create_eip_bp", eip=prepaid, **fast) == REFUSED
    assert caller.no("eip.inquire_eip_bp_price", **fast) == REFUSED
    there = make_caller(caller.cloud, region="hkg")
    eip = apply(there, billing=PREPAID)
    package = there.ok("eip.create_eip_bp", eip=eip, **fast)["id"]
    assert read(there, eip)["domesticBwShortId"] == package


def test_a_blocked_address_is_not_refunded(caller, prepaid):
    realm = caller.cloud._world.realm_at(OWNER, "bj")
    realm.find("ddos_protection", prepaid).members["status"] = "blackhole"
    assert caller.no("eip.refund_eip", eip=prepaid) == REFUSED


def test_addresses_in_a_row_do_not_span_networks(caller):
    for _ in range(250):
        apply(caller)
    batch = {"bandwidthInMbps": 1, "billing": POSTPAID, "count": 10, "continuous": True}
    numbers = [int(ip_address(each)) for each in caller.ok("eip.batch_create_eips", **batch)["eips"]]
    assert numbers == list(range(numbers[0], numbers[0] + 10))


def test_a_batch_beyond_the_quota_makes_nothing(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"eip": 2}))
    batch = {"bandwidthInMbps": 1, "billing": POSTPAID}
    assert caller.no("eip.batch_create_eips", **batch, count=3) == (413, "ExceedLimit")
    assert caller.cloud.snapshot() == {OWNER: {}}
    assert caller.no("eip.batch_create_eips", **batch, count=10**9) == (413, "ExceedLimit")
    assert caller.ok("eip.batch_create_eips", **batch, count=2)["eips"] == ["198.51.100.1", "198.51.100.2"]


def test_a_traffic_package_expires(caller, clock):
    package = caller.ok("eip.create_eip_tp", reservationLength=1, capacity="10G")["id"]
    clock.advance(days=31)
    assert caller.ok("eip.get_eip_tp", id=package)["status"] == "EXPIRED"


def test_every_region_has_a_cluster_that_nobody_made(make_caller, caller):
    there = make_caller(caller.cloud, region="gz")
    clusters = [each.ok("eip.list_eip_clusters")["clusterList"] for each in (caller, there)]
    assert [each["clusterRegion"] for (each,) in clusters] == ["bj", "gz"]
    assert caller.cloud.snapshot() == {OWNER: {}}
