"""Public DNS: domains by name, records by id; answers to changes are empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


@pytest.fixture
def domain(bce_client: Client, label: str) -> Iterator[str]:
    """A domain of the test's own, removed at the end."""
    name = f"{label}.example"
    bce_client.dns.create_dns_zone(name=name)
    yield name
    bce_client.dns.delete_dns_zone(name)


def test_a_domain_lives_its_life(bce_client: Client, label: str) -> None:
    """Add, list by name, remove, gone."""
    name = f"{label}.example"
    bce_client.dns.create_dns_zone(name=name)
    (found,) = bce_client.dns.list_dns_zones(name=name)["zones"]
    assert (found["name"], found["productVersion"]) == (name, "free")
    bce_client.dns.delete_dns_zone(name)
    assert bce_client.dns.list_dns_zones(name=name)["zones"] == []


def test_a_domain_that_was_never_added_is_not_found(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Removing a domain of nobody gets 404."""
    assert refusal(bce_client.dns.delete_dns_zone, zoneName=f"{label}.invalid").status == 404


def test_a_record_lives_its_life(bce_client: Client, domain: str) -> None:
    """Add, list, change, delete, gone."""
    bce_client.dns.create_dns_record(domain, rr="www", type="A", value="192.0.2.1", ttl=300)
    (found,) = bce_client.dns.list_dns_records.each(zoneName=domain)
    assert (found["rr"], found["type"], found["value"], found["status"]) == ("www", "A", "192.0.2.1", "running")
    bce_client.dns.update_dns_record(domain, found["id"], rr="www", type="A", value="192.0.2.2")
    (changed,) = bce_client.dns.list_dns_records(domain, rr="www")["records"]
    assert (changed["id"], changed["value"]) == (found["id"], "192.0.2.2")
    bce_client.dns.delete_dns_record(domain, found["id"])
    assert list(bce_client.dns.list_dns_records.each(zoneName=domain)) == []


def test_records_go_with_their_domain(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Records of a removed domain can no longer be listed."""
    name = f"{label}.example"
    bce_client.dns.create_dns_zone(name=name)
    bce_client.dns.create_dns_record(name, rr="www", type="A", value="192.0.2.1")
    bce_client.dns.delete_dns_zone(name)
    assert refusal(bce_client.dns.list_dns_records, zoneName=name).status == 404


def test_a_mail_record_needs_a_priority(bce_client: Client, domain: str) -> None:
    """An MX record without priority is refused with 400."""
    arguments = {"zoneName": domain, "rr": "@", "type": "MX", "value": "mail.example", "priority": 10}
    request = bce_client.prepare("dns.create_dns_record", arguments)
    assert bce_client.exchange(request.replace(body=b'{"rr":"@","type":"MX","value":"mail.example"}')).status == 400


def test_a_domain_is_added_once(bce_client: Client, domain: str, refusal: Refusal) -> None:
    """Adding a domain that is already there is refused."""
    assert 400 <= refusal(bce_client.dns.create_dns_zone, name=domain).status < 500
