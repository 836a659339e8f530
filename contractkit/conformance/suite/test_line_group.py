"""Paid editions of public DNS, and the line groups that come with the highest of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = [pytest.mark.contract(creates=True), pytest.mark.reference_only("buys paid editions of public DNS")]

BILLING: Final[Any] = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1}}


def show_zone(client: Client, name: str) -> Mapping[str, Any]:
    """The one domain of that name, as the list shows it."""
    (found,) = client.dns.list_dns_zones(name=name)["zones"]
    shown: Mapping[str, Any] = found
    return shown


def show_group(client: Client, name: str) -> Mapping[str, Any]:
    """The one line group of that name, as the list shows it."""
    (found,) = (each for each in client.dns.list_dns_line_groups.each() if each["name"] == name)
    shown: Mapping[str, Any] = found
    return shown


@pytest.fixture
def flagship(bce_client: Client, label: str) -> Iterator[str]:
    """A domain of the flagship edition, removed at the end."""
    name = f"{label}.example"
    bce_client.dns.create_paid_dns_zone(names=[name], productVersion="flagship", billing=BILLING)
    yield name
    bce_client.dns.delete_dns_zone(name)


@pytest.fixture
def group(bce_client: Client, label: str, flagship: str) -> Iterator[str]:  # noqa: ARG001 - groups need the edition
    """The id of a line group, deleted at the end."""
    bce_client.dns.add_dns_line_group(name=label[-12:], lines=["ct", "cnc"])
    line_id = show_group(bce_client, label[-12:])["id"]
    yield line_id
    bce_client.dns.delete_dns_line_group(line_id)


def test_an_edition_is_bought_upgraded_and_renewed(bce_client: Client, label: str) -> None:
    """A free domain becomes one of the discount edition, with a term that can be renewed."""
    names = [f"{label}-{number}.example" for number in range(2)]
    bce_client.dns.create_dns_zone(name=names[0])
    assert show_zone(bce_client, names[0])["productVersion"] == "free"
    bce_client.dns.upgrade_dns_zone(names=names[:1], billing=BILLING)
    bce_client.dns.create_paid_dns_zone(names=names[1:], productVersion="discount", billing=BILLING)
    assert [show_zone(bce_client, each)["productVersion"] for each in names] == ["discount", "discount"]
    bce_client.dns.renew_dns_zone(names[0], billing={"reservation": {"reservationLength": 2}})
    renewed = show_zone(bce_client, names[0])
    assert (renewed["productVersion"], bool(renewed["expireTime"])) == ("discount", True)
    for each in names:
        bce_client.dns.delete_dns_zone(each)


@pytest.mark.parametrize("years", [1, 2, 3])
@pytest.mark.parametrize("edition", ["discount", "flagship"])
def test_a_paid_edition_runs_for_years(bce_client: Client, label: str, edition: Any, years: Any) -> None:
    """Each edition is bought, and each upgrade and renewal paid, for one to three years."""
    names = [f"{label}-{number}.example" for number in range(2)]
    billing: Any = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": years}}
    bce_client.dns.create_paid_dns_zone(names=names[:1], productVersion=edition, billing=billing)
    bce_client.dns.create_dns_zone(name=names[1])
    bce_client.dns.upgrade_dns_zone(names=names[1:], billing=billing)
    shown = [show_zone(bce_client, each) for each in names]
    assert [each["productVersion"] for each in shown] == [edition, "discount"]
    assert all(each["expireTime"] for each in shown)
    for each in names:
        bce_client.dns.renew_dns_zone(each, billing={"reservation": {"reservationLength": years}})
        bce_client.dns.delete_dns_zone(each)


def test_a_free_domain_is_not_renewed(bce_client: Client, label: str, refusal: Refusal) -> None:
    """The free edition has no term."""
    name = f"{label}.example"
    bce_client.dns.create_dns_zone(name=name)
    assert 400 <= refusal(bce_client.dns.renew_dns_zone, name=name, billing={}).status < 500
    bce_client.dns.delete_dns_zone(name)


def test_a_paid_domain_is_not_upgraded(bce_client: Client, flagship: str, refusal: Refusal) -> None:
    """Only free domains are upgraded."""
    assert 400 <= refusal(bce_client.dns.upgrade_dns_zone, names=[flagship], billing=BILLING).status < 500


@pytest.mark.usefixtures("flagship")
def test_a_line_group_lives_its_life(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Add, list with paging, change, delete, gone."""
    names = [f"{label[-10:]}-{number}" for number in range(3)]
    for each in names:
        bce_client.dns.add_dns_line_group(name=each, lines=["ct", "cnc"])
    assert [each["name"] for each in bce_client.dns.list_dns_line_groups.each(maxKeys=2)] == names
    found = show_group(bce_client, names[0])
    assert (found["lines"], found["relatedZoneCount"], found["relatedRecordCount"]) == (["ct", "cnc"], 0, 0)
    bce_client.dns.update_dns_line_group(found["id"], name=names[0], lines=["edu"])
    assert show_group(bce_client, names[0])["lines"] == ["edu"]
    for each in names:
        bce_client.dns.delete_dns_line_group(show_group(bce_client, each)["id"])
    assert refusal(bce_client.dns.delete_dns_line_group, lineId=found["id"]).status == 404


def test_records_use_a_line_group(bce_client: Client, flagship: str, label: str, group: str) -> None:
    """A record names the group as its line, is counted, and follows the group to its new name."""
    bce_client.dns.create_dns_record(flagship, rr="www", type="A", value="192.0.2.1", line=label[-12:])
    shown = show_group(bce_client, label[-12:])
    assert (shown["relatedZoneCount"], shown["relatedRecordCount"]) == (1, 1)
    bce_client.dns.update_dns_line_group(group, name=label[-11:], lines=["ct"])
    (record,) = bce_client.dns.list_dns_records(flagship)["records"]
    assert record["line"] == label[-11:]
    bce_client.dns.delete_dns_record(flagship, record["id"])


def test_other_editions_have_no_line_groups(bce_client: Client, label: str, refusal: Refusal) -> None:
    """Without a flagship domain no group is added, and no record names one."""
    name = f"{label}.example"
    bce_client.dns.create_dns_zone(name=name)
    assert 400 <= refusal(bce_client.dns.add_dns_line_group, name=label[-12:], lines=["ct"]).status < 500
    record = {"rr": "www", "type": "A", "value": "192.0.2.1"}
    error = refusal(bce_client.dns.create_dns_record, zoneName=name, **record, line=label[-12:])
    assert 400 <= error.status < 500
    bce_client.dns.delete_dns_zone(name)
