"""Traffic burst service packages: bought, put over addresses, and the rules of each protected address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal, is_rising

pytestmark = [pytest.mark.contract(creates=True), pytest.mark.reference_only("it buys ahead, or needs an instance")]


@pytest.fixture
def package(bce_client: Client, label: str) -> str:
    """The id of a package for one address; nothing takes it back."""
    return bce_client.eip.create_tbsp(
        name=label, lineType="BGP", ipCapacity=1, reservationLength=3, reservationTimeUnit="MONTH"
    )["id"]


@pytest.fixture
def protected(bce_client: Client, package: str, eip: str) -> Iterator[str]:
    """An address under the protection of the package, taken out at the end."""
    bce_client.eip.bind_tbsp_protection_objects(package, ipList=[eip])
    yield eip
    bce_client.eip.unbind_tbsp_protection_objects(package, ipList=[eip])


def cleaning(client: Client, package: str, address: str) -> Any:
    (found,) = client.eip.list_tbsp_ip_cleans.each(id=package, ip=address)
    return found


def test_a_package_is_bought_enlarged_and_renewed(
    bce_client: Client, package: str, label: str, refusal: Refusal
) -> None:
    """It runs at once, only grows, and lasts longer each time it is renewed."""
    call = bce_client.eip
    found = call.get_tbsp(package)
    assert (found["name"], found["productStatus"], found["defenseCountQuota"]) == (label, "RUNNING", 1)
    assert (found["autoRenewSwitch"], found["ipTotalCount"], found["ipList"]) == (0, 0, [])
    capacities: Any = (5, 30, 100)
    for capacity in capacities:
        call.resize_tbsp(package, ipCapacity=capacity)
        assert call.get_tbsp(package)["defenseCountQuota"] == capacity
    assert 400 <= refusal(call.resize_tbsp, id=package, ipCapacity=30).status < 500
    ends, units = [found["expireTime"]], ("DAY", "MONTH", "YEAR")
    for unit in units:
        call.renew_tbsp(package, renewTime=1, renewTimeUnit=unit)  # type: ignore[arg-type] # one of the units
        (changed,) = call.list_tbsps.each(id=package, status="RUNNING")
        ends.append(changed["expireTime"])
    assert is_rising(ends)
    assert refusal(call.get_tbsp, id="ipDdos-00000000").status == 404


def test_packages_are_bought_of_every_size(bce_client: Client, label: str) -> None:
    """Of either line, for days, months or years, renewing themselves or not; listed page by page and by status."""
    call = bce_client.eip
    given: list[dict[str, Any]] = [
        {"lineType": "BGP", "ipCapacity": 1, "reservationLength": 20, "reservationTimeUnit": "DAY"},
        {"lineType": "BGP_S", "ipCapacity": 5, "reservationLength": 3, "reservationTimeUnit": "MONTH"},
        {"lineType": "BGP", "ipCapacity": 30, "reservationLength": 6, "reservationTimeUnit": "MONTH"},
        {"lineType": "BGP_S", "ipCapacity": 100, "reservationLength": 1, "reservationTimeUnit": "YEAR"},
    ]
    given[1] |= {"autoRenewTime": 9, "autoRenewTimeUnit": "MONTH"}
    given[3] |= {"autoRenewTime": 3, "autoRenewTimeUnit": "YEAR"}
    made = [call.create_tbsp(name=label, **each)["id"] for each in given]
    listed = list(call.list_tbsps.each(name=label, maxKeys=3))
    assert [each["id"] for each in listed] == made
    assert is_rising(each["expireTime"] for each in listed)
    told = [(each["defenseLineType"], each["defenseCountQuota"], each["autoRenewSwitch"]) for each in listed]
    assert told == [(each["lineType"], each["ipCapacity"], int("autoRenewTime" in each)) for each in given]
    assert list(call.list_tbsps.each(name=label, status="STOPPED")) == []


def test_a_package_protects_addresses(
    bce_client: Client, package: str, eip: str, prepaid_eip: str, refusal: Refusal
) -> None:
    """As many as it was bought for, each once; what is taken out is no longer there."""
    call = bce_client.eip
    call.bind_tbsp_protection_objects(package, ipList=[eip])
    found = call.get_tbsp(package)
    assert ([each["ip"] for each in found["ipList"]], found["ipTotalCount"]) == ([eip], 1)
    for more in (eip, prepaid_eip):
        assert 400 <= refusal(call.bind_tbsp_protection_objects, id=package, ipList=[more]).status < 500
    call.unbind_tbsp_protection_objects(package, ipList=[eip])
    assert call.get_tbsp(package)["ipList"] == []
    assert refusal(call.unbind_tbsp_protection_objects, id=package, ipList=[eip]).status == 404


def test_cleaning_is_tuned_and_turned_off(bce_client: Client, package: str, protected: str) -> None:
    """Thresholds, level, off for an hour, on again."""
    call = bce_client.eip
    call.update_tbsp_ip_clean_threshold(package, ip=protected, thresholdType="manual", cleanMbps=120, cleanPps=58594)
    found = cleaning(bce_client, package, protected)
    assert (found["thresholdType"], found["ipCleanMbps"], found["ipCleanPps"]) == ("manual", 120, 58594)
    settings: Any = (("bandwidth", 1), ("auto", 2), ("auto", 3))
    for threshold, level in settings:
        call.update_tbsp_ip_clean_threshold(package, ip=protected, thresholdType=threshold)
        call.update_tbsp_ip_protect_level(package, ip=protected, protectLevel=level)
        changed = cleaning(bce_client, package, protected)
        assert (changed["thresholdType"], str(changed["protectLevel"])) == (threshold, str(level))
    call.disable_tbsp_ip_clean(package, ip=protected, turnOffDuration=60)
    off = cleaning(bce_client, package, protected)
    assert off["turnOffEndTime"] > off["turnOffBeginTime"]
    call.enable_tbsp_ip_clean(package, ip=protected)
    assert not cleaning(bce_client, package, protected).get("turnOffEndTime")


def test_cleanings_come_in_pages(bce_client: Client, package: str, protected: str, prepaid_eip: str) -> None:
    """Two protected addresses in pages of one: each once."""
    call = bce_client.eip
    call.resize_tbsp(package, ipCapacity=5)
    call.bind_tbsp_protection_objects(package, ipList=[prepaid_eip])
    assert [each["ip"] for each in call.list_tbsp_ip_cleans.each(id=package, maxKeys=1)] == [protected, prepaid_eip]
    call.unbind_tbsp_protection_objects(package, ipList=[prepaid_eip])


def test_networks_are_let_pass(bce_client: Client, package: str, protected: str, refusal: Refusal) -> None:
    """Add two, list, filter, remove one by its id, the same again is refused."""
    call = bce_client.eip
    call.add_tbsp_ip_whitelist(package, ip=protected, ipCidrList=["192.0.2.0/24", "198.51.100.0/24"])
    listed = list(call.list_tbsp_ip_whitelists.each(id=package, ip=protected, maxKeys=1))
    assert [each["ipCidr"] for each in listed] == ["192.0.2.0/24", "198.51.100.0/24"]
    assert (
        400 <= refusal(call.add_tbsp_ip_whitelist, id=package, ip=protected, ipCidrList=["192.0.2.0/24"]).status < 500
    )
    gone = listed[0]["whitelistId"]
    call.remove_tbsp_ip_whitelist(package, ip=protected, whitelistId=gone)
    assert list(call.list_tbsp_ip_whitelists.each(id=package, ipCidr="192.0.2.0/24")) == []
    assert refusal(call.remove_tbsp_ip_whitelist, id=package, ip=protected, whitelistId=gone).status == 404


def test_protocols_are_blocked(bce_client: Client, package: str, protected: str, refusal: Refusal) -> None:
    """Two additions make one record; removing it unblocks everything."""
    call = bce_client.eip
    ports: Any = {"type": "tcp", "portBegin": 1, "portEnd": 1023}
    call.add_tbsp_protocol_blocking(package, ip=protected, protocolPortList=[ports])
    others: Any = [{"type": "icmp"}, {"type": "udp", "portBegin": 53, "portEnd": 53}]
    call.add_tbsp_protocol_blocking(package, ip=protected, protocolPortList=others)
    (record,) = call.list_tbsp_protocol_blockings(package, ip=protected)["protocolBlockingList"]
    assert record["protocolPortList"] == [ports, *others]
    call.remove_tbsp_protocol_blocking(package, ip=protected)
    assert call.list_tbsp_protocol_blockings(package)["protocolBlockingList"] == []
    assert refusal(call.remove_tbsp_protocol_blocking, id=package, ip=protected).status == 404


def test_regions_are_blocked(bce_client: Client, package: str, protected: str, refusal: Refusal) -> None:
    """Once for a time and once as the system sees fit; without a type the one of fixed duration goes first."""
    call = bce_client.eip
    call.add_tbsp_area_blocking(package, ip=protected, blockTime=30)
    assert 400 <= refusal(call.add_tbsp_area_blocking, id=package, ip=protected, blockTime=60).status < 500
    call.add_tbsp_area_blocking(package, ip=protected, blockType="systemDetermines")
    listed = call.list_tbsp_area_blockings(package, ip=protected)["areaBlockingList"]
    assert [each["blockType"] for each in listed] == ["fixedDuration", "systemDetermines"]
    call.remove_tbsp_area_blocking(package, ip=protected)
    (left,) = call.list_tbsp_area_blockings(package)["areaBlockingList"]
    assert left["blockType"] == "systemDetermines"
    call.remove_tbsp_area_blocking(package, ip=protected)
    assert refusal(call.remove_tbsp_area_blocking, id=package, ip=protected).status == 404


def test_a_block_is_taken_off_by_its_type(bce_client: Client, package: str, protected: str) -> None:
    """Of the two ways to block regions, the one that is named goes."""
    call = bce_client.eip
    call.add_tbsp_area_blocking(package, ip=protected, blockType="fixedDuration", blockTime=1440)
    types: Any = ("systemDetermines", "fixedDuration")
    call.add_tbsp_area_blocking(package, ip=protected, blockType=types[0])
    for gone, left in zip(types, (["fixedDuration"], []), strict=True):
        call.remove_tbsp_area_blocking(package, ip=protected, blockType=gone)
        listed = call.list_tbsp_area_blockings(package, ip=protected)["areaBlockingList"]
        assert [each["blockType"] for each in listed] == left
