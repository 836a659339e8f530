"""Private zones, their records and the VPCs that see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


@pytest.fixture
def zone(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a private zone of the test's own, removed at the end."""
    zone_id = bce_client.privatezone.create_private_zone(zoneName=f"{label}.test")["zoneId"]
    yield zone_id
    bce_client.privatezone.delete_private_zone(zone_id)


def test_a_zone_lives_its_life(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Create, read, list, delete, gone."""
    zone_id = bce_client.privatezone.create_private_zone(zoneName=f"{label}.test")["zoneId"]
    found = bce_client.privatezone.get_private_zone(zone_id)
    assert (found["zoneName"], found["recordCount"]) == (f"{label}.test", 0)
    assert zone_id in {each["zoneId"] for each in bce_client.privatezone.list_private_zones.each()}
    bce_client.privatezone.delete_private_zone(zone_id)
    assert refusal(bce_client.privatezone.get_private_zone, zoneId=zone_id).status == 404


def test_a_zone_is_bound_to_a_vpc_and_unbound(bce_client: Client, bce_cloud: Any, zone: str, vpc: str) -> None:
    """A bound VPC is listed with the zone until it is unbound."""
    bce_client.privatezone.bind_private_zone_vpc(zone, region=bce_cloud.region, vpcIds=[vpc])
    bound = bce_client.privatezone.get_private_zone(zone)["bindVpcs"]
    assert [(each["vpcId"], each["vpcRegion"]) for each in bound] == [(vpc, bce_cloud.region)]
    bce_client.privatezone.unbind_private_zone_vpc(zone, region=bce_cloud.region, vpcIds=[vpc])
    assert not bce_client.privatezone.get_private_zone(zone).get("bindVpcs")


def test_a_record_lives_its_life(bce_client: Client, zone: str, refusal: Refusal) -> None:
    """Add, list, change, delete, gone; the zone counts along."""
    service = bce_client.privatezone
    record_id = service.add_private_record(zone, rr="www", type="A", value="10.0.0.1", ttl=60)["recordId"]
    assert service.get_private_zone(zone)["recordCount"] == 1
    (found,) = service.list_private_records.each(zoneId=zone)
    assert (found["rr"], found["type"], found["value"]) == ("www", "A", "10.0.0.1")
    service.update_private_record(record_id, rr="www", type="A", value="10.0.0.2")
    (changed,) = service.list_private_records.each(zoneId=zone)
    assert (changed["recordId"], changed["value"]) == (record_id, "10.0.0.2")
    service.delete_private_record(record_id)
    assert service.get_private_zone(zone)["recordCount"] == 0
    assert refusal(service.delete_private_record, recordId=record_id).status == 404


def test_a_mail_record_needs_a_priority(bce_client: Client, zone: str) -> None:
    """An MX record without priority is refused with 400."""
    arguments = {"zoneId": zone, "rr": "@", "type": "MX", "value": "mail.test", "priority": 10}
    request = bce_client.prepare("privatezone.add_private_record", arguments)
    body = b'{"rr":"@","type":"MX","value":"mail.test"}'
    assert bce_client.exchange(request.replace(body=body)).status == 400


def test_a_record_needs_a_zone_that_exists(bce_client: Client, refusal: Refusal) -> None:
    """Adding a record to a zone that does not exist gets 404."""
    add = bce_client.privatezone.add_private_record
    assert refusal(add, zoneId="zone-000000000000", rr="www", type="A", value="10.0.0.1").status == 404
