"""Records of public and of private DNS: every type there is, found by filters, paused and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


VALUES: Final = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "CNAME": "www.example.com",
    "MX": "mail.example.com",
    "NS": "ns.example.com",
    "PTR": "host.example.com",
    "SRV": "1 1 443 www.example.com",
    "TXT": "a text",
}


@pytest.fixture
def domain(bce_client: Client, label: str) -> Iterator[str]:
    """A domain of the test's own, removed at the end."""
    name = f"{label}.example"
    bce_client.dns.create_dns_zone(name=name)
    yield name
    bce_client.dns.delete_dns_zone(name)


@pytest.fixture
def zone(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a private zone of the test's own, removed at the end."""
    zone_id = bce_client.privatezone.create_private_zone(zoneName=f"{label}.test")["zoneId"]
    yield zone_id
    bce_client.privatezone.delete_private_zone(zone_id)


def test_a_public_record_is_paused_and_resumed(bce_client: Client, domain: str) -> None:
    """A record shows whether it is resolved, and keeps its value while it is not."""
    bce_client.dns.create_dns_record(domain, rr="www", type="A", value="192.0.2.1")
    (made,) = bce_client.dns.list_dns_records(domain)["records"]
    bce_client.dns.disable_dns_record(domain, made["id"])
    (paused,) = bce_client.dns.list_dns_records(domain, id=made["id"])["records"]
    assert (paused["status"], paused["value"]) == ("stopped", "192.0.2.1")
    bce_client.dns.enable_dns_record(domain, made["id"])
    (resumed,) = bce_client.dns.list_dns_records(domain, id=made["id"])["records"]
    assert resumed["status"] == "running"


def test_a_private_record_is_paused_and_resumed(bce_client: Client, zone: str) -> None:
    """A record of a private zone shows whether it is resolved, and keeps its value while it is not."""
    service = bce_client.privatezone
    record_id = service.add_private_record(zone, rr="www", type="A", value="10.0.0.1")["recordId"]
    service.disable_private_record(record_id)
    (paused,) = service.list_private_records(zone)["records"]
    assert (paused["status"], paused["value"]) == ("pause", "10.0.0.1")
    service.enable_private_record(record_id)
    assert service.list_private_records(zone)["records"][0]["status"] == "enable"


def test_a_record_that_was_never_added_is_not_paused(bce_client: Client, domain: str, refusal: Refusal) -> None:
    """Pausing or resuming a record of nobody gets 404, in public and in private DNS."""
    assert refusal(bce_client.dns.disable_dns_record, zoneName=domain, recordId="000000").status == 404
    assert refusal(bce_client.dns.enable_dns_record, zoneName=domain, recordId="000000").status == 404
    private = bce_client.privatezone
    assert refusal(private.disable_private_record, recordId="rc-000000000000").status == 404
    assert refusal(private.enable_private_record, recordId="rc-000000000000").status == 404


@pytest.mark.parametrize("kind", ["A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT"])
def test_a_public_record_of_a_type_is_added_and_changed(bce_client: Client, domain: str, kind: Any) -> None:
    """A record of each type is listed as it was added, and again as it was changed."""
    rest: dict[str, Any] = {"priority": 10} if kind == "MX" else {}
    call = bce_client.dns
    arguments: dict[str, Any] = {"rr": "one", "type": kind, "value": VALUES[kind], **rest}
    call.create_dns_record(domain, line="default", description="first", **arguments)
    (made,) = call.list_dns_records(domain)["records"]
    assert {name: value for name, value in made.items() if name in arguments} == arguments
    changed = {**arguments, "rr": "two", "ttl": 600, "description": "second"}
    call.update_dns_record(domain, made["id"], **changed)
    (found,) = call.list_dns_records(domain, rr="two")["records"]
    assert {name: value for name, value in found.items() if name in changed} == changed


@pytest.mark.parametrize("kind", ["A", "AAAA", "CNAME", "MX", "PTR", "SRV", "TXT"])
def test_a_private_record_of_a_type_is_added_changed_and_found(bce_client: Client, zone: str, kind: Any) -> None:
    """A record of each type is found by its type and by a part of its name, as it was added and changed."""
    rest: dict[str, Any] = {"priority": 10} if kind == "MX" else {}
    call = bce_client.privatezone
    arguments: dict[str, Any] = {"rr": "one", "type": kind, "value": VALUES[kind], **rest}
    record = call.add_private_record(zone, description="first", **arguments)["recordId"]
    (made,) = call.list_private_records(zone, type=kind, rr="one", searchMode="EXACT")["records"]
    assert {name: value for name, value in made.items() if name in arguments} == arguments
    changed = {**arguments, "rr": "other", "ttl": 600, "description": "second"}
    call.update_private_record(record, **changed)
    (found,) = call.list_private_records(zone, rr="the", value=VALUES[kind][:-1], searchMode="LIKE")["records"]
    assert {name: value for name, value in found.items() if name in changed} == changed
    assert call.list_private_records(zone, rr="the", searchMode="EXACT")["records"] == []


def test_records_are_paged(bce_client: Client, domain: str, zone: str) -> None:
    """Three records in pages of two, public and private: each once."""
    for number in range(3):
        bce_client.dns.create_dns_record(domain, rr=f"w{number}", type="A", value="192.0.2.1")
        bce_client.privatezone.add_private_record(zone, rr=f"w{number}", type="A", value="10.0.0.1")
    names = ["w0", "w1", "w2"]
    assert len(bce_client.dns.list_dns_records(domain, maxKeys=2)["records"]) == 2
    assert [each["rr"] for each in bce_client.dns.list_dns_records.each(domain, maxKeys=2)] == names
    assert len(bce_client.privatezone.list_private_records(zone, maxKeys=2)["records"]) == 2
    assert [each["rr"] for each in bce_client.privatezone.list_private_records.each(zone, maxKeys=2)] == names


def test_zones_are_paged(bce_client: Client, label: str) -> None:
    """Three domains and three private zones in pages of two: each once."""
    names = [f"{label}-{number}.example" for number in range(3)]
    for each in names:
        bce_client.dns.create_dns_zone(name=each)
    private = [bce_client.privatezone.create_private_zone(zoneName=each)["zoneId"] for each in names]
    found = [each["name"] for each in bce_client.dns.list_dns_zones.each(maxKeys=2)]
    assert [each for each in found if each in names] == names
    zones = [each["zoneId"] for each in bce_client.privatezone.list_private_zones.each(maxKeys=2)]
    assert [each for each in zones if each in private] == private
    for name, zone_id in zip(names, private, strict=True):
        bce_client.dns.delete_dns_zone(name)
        bce_client.privatezone.delete_private_zone(zone_id)
