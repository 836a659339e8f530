"""Burst protection: terms, the addresses under it, and rules that end by themselves."""

import pytest

POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
OWNER = "a0" * 16
REFUSED = (400, "BadRequest")
TERM = {"reservationLength": 10, "reservationTimeUnit": "DAY"}


def buy(caller, **more):
    return caller.ok("eip.create_tbsp", **{"name": "p", "lineType": "BGP", "ipCapacity": 5, **TERM, **more})["id"]


def apply(caller, **more):
    return caller.ok("eip.apply_eip", **{"bandwidthInMbps": 100, "billing": POSTPAID, **more})["eip"]


@pytest.fixture
def package(caller):
    return buy(caller)


@pytest.fixture
def eip(caller, package):
    """An address under the package."""
    address = apply(caller)
    caller.ok("eip.bind_tbsp_protection_objects", id=package, ipList=[address])
    return address


def test_a_package_stops_and_is_renewed(caller, clock, package, eip):
    clock.advance(days=10)
    assert caller.ok("eip.get_tbsp", id=package)["productStatus"] == "STOPPED"
    assert caller.no("eip.bind_tbsp_protection_objects", id=package, ipList=[apply(caller)]) == REFUSED
    assert caller.no("eip.resize_tbsp", id=package, ipCapacity=30) == REFUSED
    assert caller.no("eip.unbind_tbsp_protection_objects", id=package, ipList=[eip]) == REFUSED
    caller.ok("eip.renew_tbsp", id=package, renewTime=1, renewTimeUnit="MONTH")
    found = caller.ok("eip.get_tbsp", id=package)
    assert (found["productStatus"], found["expireTime"]) == ("RUNNING", "2024-06-11T12:00:00Z")
    caller.ok("eip.unbind_tbsp_protection_objects", id=package, ipList=[eip])


@pytest.mark.parametrize(
    ("more", "switch", "status"),
    [({"autoRenewTime": 1, "autoRenewTimeUnit": "MONTH"}, 1, "RUNNING"), ({"autoRenewTime": 1}, 0, "STOPPED")],
)
def test_a_package_renews_itself_when_both_terms_are_given(caller, clock, more, switch, status):
    package = buy(caller, **more)
    clock.advance(days=11)
    found = caller.ok("eip.get_tbsp", id=package)
    assert (found["autoRenewSwitch"], found["productStatus"]) == (switch, status)


def test_addresses_are_bound_all_or_none(caller, package, eip):
    free, other_line = apply(caller), apply(caller, routeType="BGP_S")
    for misfit in (eip, other_line):
        assert caller.no("eip.bind_tbsp_protection_objects", id=package, ipList=[free, misfit]) == REFUSED
    many = [free, *(apply(caller) for _ in range(4))]
    assert caller.no("eip.bind_tbsp_protection_objects", id=package, ipList=many) == (413, "ExceedLimit")
    assert [each["ip"] for each in caller.ok("eip.get_tbsp", id=package)["ipList"]] == [eip]


def test_an_address_that_goes_leaves_nothing_behind(caller, package, eip):
    caller.ok("eip.add_tbsp_ip_whitelist", id=package, ip=eip, ipCidrList=["192.0.2.0/24"])
    caller.ok("eip.add_tbsp_protocol_blocking", id=package, ip=eip, protocolPortList=[{"type": "icmp"}])
    caller.ok("eip.add_tbsp_area_blocking", id=package, ip=eip, blockType="systemDetermines")
    caller.ok("eip.release_eip", eip=eip)
    assert caller.cloud.snapshot() == {OWNER: {"tbsp": 1}}
    assert caller.ok("eip.list_tbsp_ip_whitelists", id=package)["ipWhitelistList"] == []


def test_a_block_of_fixed_duration_ends(caller, clock, package, eip):
    caller.ok("eip.add_tbsp_area_blocking", id=package, ip=eip, blockTime=30)
    clock.advance(minutes=29)
    (found,) = caller.ok("eip.list_tbsp_area_blockings", id=package)["areaBlockingList"]
    assert found["blockEndTime"] == "2024-05-01T12:30:00Z"
    clock.advance(minutes=1)
    listed = caller.ok("eip.list_tbsp_area_blockings", id=package)
    assert (listed["areaBlockingList"], listed["id"]) == ([], package)


def test_cleaning_comes_back_by_itself(caller, clock, package, eip):
    caller.ok("eip.disable_tbsp_ip_clean", id=package, ip=eip, turnOffDuration=30)
    (found,) = caller.ok("eip.list_tbsp_ip_cleans", id=package)["ipCleanList"]
    assert found["turnOffEndTime"] == "2024-05-01T12:30:00Z"
    clock.advance(minutes=30)
    (found,) = caller.ok("eip.list_tbsp_ip_cleans", id=package)["ipCleanList"]
    assert found["turnOffEndTime"] == ""


def test_an_address_left_out_is_the_only_one_or_refused(caller, package, eip):
    caller.ok("eip.update_tbsp_ip_protect_level", id=package, protectLevel=3)
    second = apply(caller)
    caller.ok("eip.bind_tbsp_protection_objects", id=package, ipList=[second])
    assert caller.no("eip.update_tbsp_ip_protect_level", id=package, protectLevel=1) == REFUSED
    levels = {
        each["ip"]: each["protectLevel"] for each in caller.ok("eip.list_tbsp_ip_cleans", id=package)["ipCleanList"]
    }
    assert levels == {eip: "3", second: "2"}


def test_rules_belong_to_the_package_that_protects_the_address(caller, eip):
    other = buy(caller)
    assert caller.no("eip.update_tbsp_ip_protect_level", id=other, ip=eip, protectLevel=1) == (404, "NoSuchObject")
    assert caller.no("eip.add_tbsp_ip_whitelist", id=other, ip=eip, ipCidrList=["192.0.2.0/24"]) == (
        404,
        "NoSuchObject",
    )
    assert caller.no("eip.unbind_tbsp_protection_objects", id=other, ipList=[eip]) == (404, "NoSuchObject")


@pytest.mark.parametrize("networks", [[], ["nonsense"], ["192.0.2.0/24", "nonsense"]])
def test_what_is_no_network_is_not_let_pass(caller, package, eip, networks):
    assert caller.no("eip.add_tbsp_ip_whitelist", id=package, ip=eip, ipCidrList=networks) == REFUSED
    assert caller.ok("eip.list_tbsp_ip_whitelists", id=package)["ipWhitelistList"] == []


def test_every_network_of_an_address_is_removed_at_once(caller, package, eip):
    caller.ok("eip.add_tbsp_ip_whitelist", id=package, ip=eip, ipCidrList=["192.0.2.0/24", "198.51.100.0/24"])
    caller.ok("eip.remove_tbsp_ip_whitelist", id=package, ip=eip)
    assert caller.ok("eip.list_tbsp_ip_whitelists", id=package)["ipWhitelistList"] == []
