"""Sets of addresses, and groups of such sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


@pytest.fixture
def ip_set(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a set of the test's own with one network, removed at the end."""
    made = bce_client.vpc.create_ip_set(
        name=label, ipVersion="IPv4", ipAddressInfo=[{"ipAddress": "192.0.2.0/25", "description": "half"}]
    )["ipSetId"]
    yield made
    bce_client.vpc.delete_ip_set(made)


def test_an_address_set_lives_its_life(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Create, read, list page by page and by version, change, delete, gone."""
    call = bce_client.vpc
    four = call.create_ip_set(
        name=label, ipVersion="IPv4", ipAddressInfo=[{"ipAddress": "192.0.2.1"}], description="made by a test"
    )["ipSetId"]
    six = call.create_ip_set(name=label, ipVersion="IPv6", ipAddressInfo=[{"ipAddress": "2001:db8::/64"}])["ipSetId"]
    found = call.get_ip_set(four)
    assert (found["name"], found["ipVersion"], found["bindedInstances"]) == (label, "IPv4", [])
    assert found["description"] == "made by a test"
    assert [each["ipAddress"] for each in found["ipAddressInfo"]] == ["192.0.2.1"]
    listed = [each["ipSetId"] for each in call.list_ip_sets.each(maxKeys=1)]
    assert {four, six} <= set(listed)
    fours = {each["ipSetId"] for each in call.list_ip_sets.each(ipVersion="IPv4")}
    sixes = {each["ipSetId"] for each in call.list_ip_sets.each(ipVersion="IPv6")}
    assert (fours & {four, six}, sixes & {four, six}) == ({four}, {six})
    call.update_ip_set(four, name=f"{label}-b", description="changed")
    changed = call.get_ip_set(four)
    assert (changed["name"], changed["description"]) == (f"{label}-b", "changed")
    for each in (four, six):
        call.delete_ip_set(each)
    error = refusal(call.get_ip_set, ipSetId=four)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_addresses_come_and_go(bce_client: Client, ip_set: str, refusal: Refusal) -> None:
    """Add, refuse one that is there, one of another version and one to take out that is not there, take out."""
    call = bce_client.vpc
    more = {"ipAddress": "198.51.100.7", "description": "one"}
    call.add_ip_addresses_to_ip_set(ip_set, ipAddressInfo=[{"ipAddress": "198.51.100.7", "description": "one"}])
    assert call.get_ip_set(ip_set)["ipAddressInfo"] == [{"ipAddress": "192.0.2.0/25", "description": "half"}, more]
    for wrong in ("198.51.100.7", "2001:db8::1"):
        error = refusal(call.add_ip_addresses_to_ip_set, ipSetId=ip_set, ipAddressInfo=[{"ipAddress": wrong}])
        assert 400 <= error.status < 500
    call.remove_ip_addresses_from_ip_set(ip_set, ipAddressInfo=["192.0.2.0/25"])
    assert call.get_ip_set(ip_set)["ipAddressInfo"] == [more]
    error = refusal(call.remove_ip_addresses_from_ip_set, ipSetId=ip_set, ipAddressInfo=["192.0.2.0/25"])
    assert 400 <= error.status < 500


def test_a_group_of_sets_lives_its_life(bce_client: Client, ip_set: str, label: str, refusal: Refusal) -> None:
    """Create, read, list, change, delete, gone; a set in a group is not deleted."""
    call = bce_client.vpc
    group = call.create_ip_group(name=label, ipVersion="IPv4", ipSetIds=[ip_set], description="made by a test")[
        "ipGroupId"
    ]
    found = call.get_ip_group(group)
    assert (found["name"], found["ipVersion"], found["ipSetIds"]) == (label, "IPv4", [ip_set])
    assert found["description"] == "made by a test"
    assert group in {each["ipGroupId"] for each in call.list_ip_groups.each(ipVersion="IPv4")}
    assert refusal(call.delete_ip_set, ipSetId=ip_set).status == 409
    call.update_ip_group(group, name=f"{label}-b", description="changed")
    changed = call.get_ip_group(group)
    assert (changed["name"], changed["description"]) == (f"{label}-b", "changed")
    call.delete_ip_group(group)
    error = refusal(call.get_ip_group, ipGroupId=group)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_groups_are_listed_by_version(bce_client: Client, ip_set: str, label: str) -> None:
    """Page by page a group of each version is listed once; by version only that one of the two."""
    call = bce_client.vpc
    other = call.create_ip_set(name=f"{label}-b", ipVersion="IPv6", ipAddressInfo=[{"ipAddress": "2001:db8::/64"}])[
        "ipSetId"
    ]
    four = call.create_ip_group(name=label, ipVersion="IPv4", ipSetIds=[ip_set])["ipGroupId"]
    six = call.create_ip_group(name=f"{label}-b", ipVersion="IPv6", ipSetIds=[other])["ipGroupId"]
    listed = [each["ipGroupId"] for each in call.list_ip_groups.each(maxKeys=1)]
    assert [listed.count(each) for each in (four, six)] == [1, 1]
    sixes = {each["ipGroupId"] for each in call.list_ip_groups.each(ipVersion="IPv6")}
    assert sixes & {four, six} == {six}
    for each in (four, six):
        call.delete_ip_group(each)
    call.delete_ip_set(other)


def test_sets_come_into_a_group_and_go(bce_client: Client, ip_set: str, label: str, refusal: Refusal) -> None:
    """Put in, refuse one that is in, take out, refuse one that is out or does not exist."""
    call = bce_client.vpc
    other = call.create_ip_set(name=f"{label}-b", ipVersion="IPv4", ipAddressInfo=[{"ipAddress": "192.0.2.1"}])[
        "ipSetId"
    ]
    group = call.create_ip_group(name=label, ipVersion="IPv4", ipSetIds=[ip_set])["ipGroupId"]
    call.bind_ip_sets_to_ip_group(group, ipSetIds=[other])
    assert call.get_ip_group(group)["ipSetIds"] == [ip_set, other]
    assert 400 <= refusal(call.bind_ip_sets_to_ip_group, ipGroupId=group, ipSetIds=[other]).status < 500
    call.unbind_ip_sets_from_ip_group(group, ipSetIds=[ip_set])
    assert call.get_ip_group(group)["ipSetIds"] == [other]
    assert 400 <= refusal(call.unbind_ip_sets_from_ip_group, ipGroupId=group, ipSetIds=[ip_set]).status < 500
    missing = refusal(call.bind_ip_sets_to_ip_group, ipGroupId=group, ipSetIds=["ips-000000000000"])
    assert missing.status == 404
    call.delete_ip_group(group)
    call.delete_ip_set(other)


def test_no_more_than_ten_addresses_in_one_call(bce_client: Client, ip_set: str) -> None:
    """Eleven addresses at once are refused with 400."""
    one = {"ipSetId": ip_set, "ipAddressInfo": [{"ipAddress": "203.0.113.0"}]}
    request = bce_client.prepare("vpc.add_ip_addresses_to_ip_set", one)
    body = b'{"ipAddressInfo":[%s]}' % b",".join(b'{"ipAddress":"203.0.113.%d"}' % number for number in range(11))
    assert bce_client.exchange(request.replace(body=body)).status == 400
