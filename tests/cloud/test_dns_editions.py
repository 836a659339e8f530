"""Paid editions run for years, line groups belong to the flagship edition, and paused records stay what they were."""

from datetime import UTC, datetime

import pytest

RECORD = {"rr": "www", "type": "A", "value": "192.0.2.1"}
DENIED = (409, "OperationDenied")
BAD = (400, "BadRequest")


def billing(years=None):
    return {"paymentTiming": "Prepaid", **({"reservation": {"reservationLength": years}} if years else {})}


def zone(caller, name):
    return next(each for each in caller.ok("dns.list_dns_zones")["zones"] if each["name"] == name)


def buy(caller, *names, edition="flagship", years=1):
    caller.ok("dns.create_paid_dns_zone", names=list(names), productVersion=edition, billing=billing(years))


def groups(caller):
    return {each["name"]: each for each in caller.ok("dns.list_dns_line_groups")["lineList"]}


@pytest.fixture
def flagship(caller):
    buy(caller, "flag.example")
    return "flag.example"


def test_an_order_buys_every_domain_or_none(caller):
    caller.ok("dns.create_dns_zone", name="there.example")
    order = {"productVersion": "discount", "billing": billing(2)}
    for names, refused in (
        (["new.example", "there.example"], DENIED),
        (["new.example", "new.example"], DENIED),
        (["new.example", "nodots"], BAD),
    ):
        assert caller.no("dns.create_paid_dns_zone", names=names, **order) == refused
    assert [each["name"] for each in caller.ok("dns.list_dns_zones")["zones"]] == ["there.example"]
    assert caller.call("dns.create_paid_dns_zone", names=["a.example", "b.example"], **order).body == b""
    bought = [zone(caller, name) for name in ("a.example", "b.example")]
    assert {(each["productVersion"], each["expireTime"]) for each in bought} == {("discount", "2026-05-01 20:00:00")}


def test_an_edition_sets_the_time_to_live_of_a_record_that_names_none(caller, flagship):
    buy(caller, "cheap.example", edition="discount")
    for name, ttl in ((flagship, 1), ("cheap.example", 120)):
        caller.ok("dns.create_dns_record", zoneName=name, **RECORD)
        assert caller.ok("dns.list_dns_records", zoneName=name)["records"][0]["ttl"] == ttl


def test_only_a_free_domain_is_upgraded_and_only_a_paid_one_renewed(caller):
    caller.ok("dns.create_dns_zone", name="a.example")
    assert caller.no("dns.renew_dns_zone", name="a.example", billing=billing(1)) == DENIED
    caller.ok("dns.upgrade_dns_zone", names=["a.example"], billing=billing())
    shown = zone(caller, "a.example")
    assert (shown["productVersion"], shown["expireTime"]) == ("discount", "2025-05-01 20:00:00")
    assert caller.no("dns.upgrade_dns_zone", names=["a.example"], billing=billing(1)) == DENIED
    assert caller.no("dns.upgrade_dns_zone", names=["none.example"], billing=billing(1)) == (404, "NoSuchObject")


def test_an_upgrade_of_several_domains_is_refused_whole(caller):
    caller.ok("dns.create_dns_zone", name="a.example")
    buy(caller, "b.example")
    assert caller.no("dns.upgrade_dns_zone", names=["a.example", "b.example"], billing=billing(1)) == DENIED
    assert zone(caller, "a.example")["productVersion"] == "free"


def test_a_renewal_adds_to_the_term_that_is_left_and_starts_anew_once_it_is_over(caller, clock):
    buy(caller, "a.example")
    caller.ok("dns.renew_dns_zone", name="a.example", billing=billing(3))
    assert zone(caller, "a.example")["expireTime"] == "2028-05-01 20:00:00"
    clock.now = datetime(2030, 1, 1, tzinfo=UTC)
    caller.ok("dns.renew_dns_zone", name="a.example", billing=billing(1))
    assert zone(caller, "a.example")["expireTime"] == "2031-01-01 08:00:00"


def test_a_term_from_a_leap_day_ends_on_the_day_before_it_is_missed(caller, clock):
    clock.now = datetime(2024, 2, 29, tzinfo=UTC)
    buy(caller, "a.example")
    assert zone(caller, "a.example")["expireTime"] == "2025-02-28 08:00:00"


def test_line_groups_belong_to_the_flagship_edition(caller):
    buy(caller, "a.example", edition="discount")
    assert caller.no("dns.add_dns_line_group", name="north", lines=["ct"]) == DENIED
    buy(caller, "b.example")
    assert caller.call("dns.add_dns_line_group", name="north", lines=["ct"]).body == b""
    assert caller.no("dns.add_dns_line_group", name="north", lines=["edu"]) == DENIED


def test_a_line_group_counts_the_domains_and_records_that_use_it(caller, flagship):
    buy(caller, "more.example")
    caller.ok("dns.add_dns_line_group", name="north", lines=["ct", "edu"])
    for number, name in enumerate((flagship, flagship, "more.example")):
        caller.ok("dns.create_dns_record", zoneName=name, **{**RECORD, "rr": f"w{number}"}, line="north")
    caller.ok("dns.create_dns_record", zoneName=flagship, **RECORD)
    shown = groups(caller)["north"]
    assert shown["id"].isdecimal()
    assert (shown["lines"], shown["relatedZoneCount"], shown["relatedRecordCount"]) == (["ct", "edu"], 2, 3)
    caller.ok("dns.delete_dns_zone", zoneName=flagship)
    assert (groups(caller)["north"]["relatedZoneCount"], groups(caller)["north"]["relatedRecordCount"]) == (1, 1)


def test_records_follow_the_new_name_of_their_group_and_hold_it_back(caller, flagship):
    caller.ok("dns.add_dns_line_group", name="north", lines=["ct"])
    caller.ok("dns.add_dns_line_group", name="south", lines=["cnc"])
    caller.ok("dns.create_dns_record", zoneName=flagship, **RECORD, line="north")
    line = groups(caller)["north"]["id"]
    assert caller.no("dns.update_dns_line_group", lineId=line, name="south", lines=["ct"]) == DENIED
    caller.ok("dns.update_dns_line_group", lineId=line, name="far north", lines=["edu"])
    assert groups(caller)["far north"]["lines"] == ["edu"]
    (record,) = caller.ok("dns.list_dns_records", zoneName=flagship)["records"]
    assert record["line"] == "far north"
    assert caller.no("dns.delete_dns_line_group", lineId=line) == DENIED
    caller.ok("dns.delete_dns_record", zoneName=flagship, recordId=record["id"])
    caller.ok("dns.delete_dns_line_group", lineId=line)
    assert caller.no("dns.delete_dns_line_group", lineId=line) == (404, "NoSuchObject")


def test_other_editions_have_the_common_lines_only(caller):
    caller.ok("dns.create_dns_zone", name="free.example")
    caller.ok("dns.create_dns_record", zoneName="free.example", **RECORD, line="edu")
    assert caller.no("dns.create_dns_record", zoneName="free.example", **RECORD, line="north") == BAD


def test_a_common_line_is_never_taken_for_a_group(caller, flagship):
    caller.ok("dns.add_dns_line_group", name="edu", lines=["ct"])
    caller.ok("dns.create_dns_record", zoneName=flagship, **RECORD, line="edu")
    assert groups(caller)["edu"]["relatedRecordCount"] == 0


def test_a_record_is_paused_and_resumed_unchanged(caller, flagship):
    caller.ok("dns.create_dns_record", zoneName=flagship, rr="@", type="MX", value="mail.example", priority=7)
    (before,) = caller.ok("dns.list_dns_records", zoneName=flagship)["records"]
    where = {"zoneName": flagship, "recordId": before["id"]}
    for operation, status in (("disable", "stopped"), ("disable", "stopped"), ("enable", "running")):
        caller.ok(f"dns.{operation}_dns_record", **where)
        assert caller.ok("dns.list_dns_records", zoneName=flagship)["records"] == [{**before, "status": status}]
    assert caller.no("dns.disable_dns_record", zoneName=flagship, recordId="1") == (404, "NoSuchObject")


def test_a_private_record_is_paused_and_resumed_unchanged(caller):
    home = caller.ok("privatezone.create_private_zone", zoneName="corp.example")["zoneId"]
    record = caller.ok("privatezone.add_private_record", zoneId=home, **RECORD)["recordId"]
    (before,) = caller.ok("privatezone.list_private_records", zoneId=home)["records"]
    for operation, status in (("disable", "pause"), ("enable", "enable"), ("enable", "enable")):
        caller.ok(f"privatezone.{operation}_private_record", recordId=record)
        assert caller.ok("privatezone.list_private_records", zoneId=home)["records"] == [{**before, "status": status}]
    assert caller.no("privatezone.disable_private_record", recordId="rc-none") == (404, "NoSuchObject")
