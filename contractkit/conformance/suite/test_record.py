"""Records of public and of private DNS are paused and resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

pytestmark = pytest.mark.contract(creates=True)

Refusal = Callable[..., ServiceError]


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
