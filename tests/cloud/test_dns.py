"""Private zones and public domains, with their records, live as the lifecycle tables say."""

import pytest

RECORD = {"rr": "www", "type": "A", "value": "192.0.2.1"}


@pytest.fixture
def zone(caller):
    return caller.ok("privatezone.create_private_zone", zoneName="corp.example")["zoneId"]


@pytest.fixture
def domain(caller):
    caller.ok("dns.create_dns_zone", name="example.com")
    return "example.com"


def private_records(caller, zone, **filters):
    return caller.ok("privatezone.list_private_records", zoneId=zone, **filters)["records"]


def public_records(caller, domain, **filters):
    return caller.ok("dns.list_dns_records", zoneName=domain, **filters)["records"]


def test_a_private_zone_is_told_in_beijing_time(caller, zone, clock):
    clock.advance(hours=5)
    caller.ok("privatezone.add_private_record", zoneId=zone, **RECORD)
    read = caller.ok("privatezone.get_private_zone", zoneId=zone)
    assert read["createTime"] == "2024-05-01 20:00:00"
    assert (read["zoneName"], read["recordCount"], read["bindVpcs"]) == ("corp.example", 1, [])
    (listed,) = caller.ok("privatezone.list_private_zones")["zones"]
    assert "bindVpcs" not in listed
    assert listed["recordCount"] == 1


def test_vpcs_are_bound_to_a_zone_and_unbound(caller, zone):
    vpcs = [caller.ok("vpc.create_vpc", name=name, cidr="10.0.0.0/16")["vpcId"] for name in ("one", "two")]
    caller.ok("privatezone.bind_private_zone_vpc", zoneId=zone, region="bj", vpcIds=vpcs)
    bound = caller.ok("privatezone.get_private_zone", zoneId=zone)["bindVpcs"]
    assert bound == [{"vpcId": v, "vpcName": n, "vpcRegion": "bj"} for v, n in zip(vpcs, ("one", "two"), strict=True)]
    again = caller.no("privatezone.bind_private_zone_vpc", zoneId=zone, region="bj", vpcIds=vpcs[:1])
    assert again == (409, "OperationDenied")
    caller.ok("privatezone.unbind_private_zone_vpc", zoneId=zone, region="bj", vpcIds=vpcs[:1])
    assert [each["vpcId"] for each in caller.ok("privatezone.get_private_zone", zoneId=zone)["bindVpcs"]] == vpcs[1:]
    gone = caller.no("privatezone.unbind_private_zone_vpc", zoneId=zone, region="bj", vpcIds=vpcs[:1])
    assert gone == (409, "OperationDenied")


def test_only_a_vpc_of_that_region_is_bound(caller, zone):
    vpc = caller.ok("vpc.create_vpc", name="n", cidr="10.0.0.0/16")["vpcId"]
    for region, each in (("gz", vpc), ("bj", "vpc-000000000000")):
        refused = caller.no("privatezone.bind_private_zone_vpc", zoneId=zone, region=region, vpcIds=[each])
        assert refused == (404, "NoSuchObject")
    assert caller.ok("privatezone.get_private_zone", zoneId=zone)["bindVpcs"] == []


def test_a_deleted_vpc_is_bound_no_more(caller, zone):
    vpc = caller.ok("vpc.create_vpc", name="n", cidr="10.0.0.0/16")["vpcId"]
    caller.ok("privatezone.bind_private_zone_vpc", zoneId=zone, region="bj", vpcIds=[vpc])
    caller.ok("vpc.delete_vpc", vpcId=vpc)
    assert caller.ok("privatezone.get_private_zone", zoneId=zone)["bindVpcs"] == []


def test_a_private_record_is_added_changed_and_deleted(caller, zone):
    record = caller.ok("privatezone.add_private_record", zoneId=zone, **RECORD)["recordId"]
    (shown,) = private_records(caller, zone)
    assert shown == {**RECORD, "recordId": record, "status": "enable", "ttl": 60, "priority": 0, "description": None}
    changed = {"rr": "mail", "type": "MX", "value": "mx.example", "priority": 7}
    caller.ok("privatezone.update_private_record", recordId=record, **changed)
    (shown,) = private_records(caller, zone)
    assert {**shown, **changed} == shown
    caller.ok("privatezone.delete_private_record", recordId=record)
    assert caller.ok("privatezone.get_private_zone", zoneId=zone)["recordCount"] == 0
    assert caller.no("privatezone.delete_private_record", recordId=record) == (404, "NoSuchObject")


def test_a_private_record_repeats_no_other_of_its_zone(caller, zone):
    caller.ok("privatezone.add_private_record", zoneId=zone, **RECORD)
    again = {**RECORD, "value": "192.0.2.2"}
    assert caller.no("privatezone.add_private_record", zoneId=zone, **again) == (409, "OperationDenied")
    caller.ok("privatezone.add_private_record", zoneId=zone, **{**RECORD, "type": "TXT"})
    other = caller.ok("privatezone.create_private_zone", zoneName="other.example")["zoneId"]
    caller.ok("privatezone.add_private_record", zoneId=other, **RECORD)


def test_an_update_repeats_no_other_record_but_may_repeat_itself(caller, zone):
    caller.ok("privatezone.add_private_record", zoneId=zone, **RECORD)
    record = caller.ok("privatezone.add_private_record", zoneId=zone, **{**RECORD, "rr": "api"})["recordId"]
    assert caller.no("privatezone.update_private_record", recordId=record, **RECORD) == (409, "OperationDenied")
    caller.ok("privatezone.update_private_record", recordId=record, **{**RECORD, "rr": "api", "value": "192.0.2.9"})


def test_a_deleted_private_zone_takes_its_records_along(caller, zone):
    record = caller.ok("privatezone.add_private_record", zoneId=zone, **RECORD)["recordId"]
    caller.ok("privatezone.delete_private_zone", zoneId=zone)
    assert caller.no("privatezone.list_private_records", zoneId=zone) == (404, "NoSuchObject")
    assert caller.no("privatezone.update_private_record", recordId=record, **RECORD) == (404, "NoSuchObject")


def test_private_zones_have_the_documented_quota(caller):
    for number in range(20):
        caller.ok("privatezone.create_private_zone", zoneName=f"z{number}.example")
    assert caller.no("privatezone.create_private_zone", zoneName="more.example") == (413, "LimitExceeded")


def test_records_are_limited_in_each_zone(make_caller, make_cloud):
    caller = make_caller(make_cloud(quotas={"private_record": 1}))
    first, second = (caller.ok("privatezone.create_private_zone", zoneName=f"{n}.example")["zoneId"] for n in "ab")
    caller.ok("privatezone.add_private_record", zoneId=first, **RECORD)
    full = caller.no("privatezone.add_private_record", zoneId=first, **{**RECORD, "rr": "x"})
    assert full == (413, "LimitExceeded")
    caller.ok("privatezone.add_private_record", zoneId=second, **RECORD)


def test_a_name_too_long_for_dns_is_refused(caller, zone, domain):
    long = {**RECORD, "rr": "x" * 250}
    assert caller.no("privatezone.add_private_record", zoneId=zone, **long) == (400, "BadRequest")
    assert caller.no("dns.create_dns_record", zoneName=domain, **long) == (400, "BadRequest")


def test_a_domain_is_created_without_an_answer_and_found_by_name(caller):
    assert caller.call("dns.create_dns_zone", name="example.com").body == b""
    (shown,) = caller.ok("dns.list_dns_zones", name="xampl")["zones"]
    assert shown["id"].isdecimal()
    expected = {
        "name": "example.com",
        "status": "running",
        "productVersion": "free",
        "createTime": "2024-05-01 20:00:00",
    }
    assert {name: shown[name] for name in expected} == expected
    assert caller.no("dns.create_dns_zone", name="example.com") == (409, "OperationDenied")
    assert caller.no("dns.create_dns_zone", name="nodots") == (400, "BadRequest")


def test_a_public_record_is_added_changed_and_deleted(caller, domain):
    assert caller.call("dns.create_dns_record", zoneName=domain, **RECORD).body == b""
    (shown,) = public_records(caller, domain)
    assert shown["id"].isdecimal()
    assert (shown["ttl"], shown["line"], shown["status"], shown["priority"]) == (300, "default", "running", None)
    changed = {**RECORD, "value": "192.0.2.2", "ttl": 600}
    caller.ok("dns.update_dns_record", zoneName=domain, recordId=shown["id"], **changed)
    (shown,) = public_records(caller, domain, id=shown["id"])
    assert (shown["value"], shown["ttl"], shown["line"]) == ("192.0.2.2", 600, "default")
    caller.ok("dns.delete_dns_record", zoneName=domain, recordId=shown["id"])
    assert public_records(caller, domain) == []


def test_a_record_is_reached_through_its_own_domain_only(caller, domain):
    caller.ok("dns.create_dns_zone", name="other.com")
    caller.ok("dns.create_dns_record", zoneName=domain, **RECORD)
    (shown,) = public_records(caller, domain)
    missing = (404, "NoSuchObject")
    assert caller.no("dns.delete_dns_record", zoneName="other.com", recordId=shown["id"]) == missing
    assert caller.no("dns.update_dns_record", zoneName="none.com", recordId=shown["id"], **RECORD) == missing
    assert caller.no("dns.create_dns_record", zoneName="none.com", **RECORD) == missing
    assert public_records(caller, domain) == [shown]


def test_a_deleted_domain_takes_its_records_along(caller, domain):
    caller.ok("dns.create_dns_record", zoneName=domain, **RECORD)
    caller.ok("dns.delete_dns_zone", zoneName=domain)
    assert caller.cloud.snapshot()["a0" * 16] == {}
    caller.ok("dns.create_dns_zone", name=domain)
    assert public_records(caller, domain) == []
