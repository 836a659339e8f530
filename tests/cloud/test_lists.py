"""Lists page by markers as documented, and filter by everything at once."""

import pytest


@pytest.fixture
def vpcs(caller):
    return [caller.ok("vpc.create_vpc", name=f"n{i}", cidr=f"10.{i}.0.0/16")["vpcId"] for i in range(5)]


def pages(caller, operation, items, size, **filters):
    """Every page of a list, following the markers."""
    marker = {}
    while True:
        page = caller.ok(operation, maxKeys=size, **marker, **filters)
        yield page
        if not page["isTruncated"]:
            return
        marker = {"marker": page["nextMarker"]}


def test_an_empty_list_has_no_marker(caller):
    assert caller.ok("vpc.list_vpcs") == {"isTruncated": False, "maxKeys": 1000, "vpcs": []}


def test_pages_follow_each_other_without_gap_or_repeat(caller, vpcs):
    found = list(pages(caller, "vpc.list_vpcs", "vpcs", 2))
    assert [[each["vpcId"] for each in page["vpcs"]] for page in found] == [vpcs[:2], vpcs[2:4], vpcs[4:]]
    assert [page["marker"] for page in found] == [vpcs[0], vpcs[2], vpcs[4]]
    assert [page.get("nextMarker") for page in found] == [vpcs[2], vpcs[4], None]
    assert {page["maxKeys"] for page in found} == {2}


def test_a_page_that_fits_exactly_is_the_last(caller, vpcs):
    page = caller.ok("vpc.list_vpcs", maxKeys=5)
    assert (page["isTruncated"], "nextMarker" in page) == (False, False)


def test_a_marker_outlives_its_item(caller, vpcs):
    page = caller.ok("vpc.list_vpcs", maxKeys=2)
    caller.ok("vpc.delete_vpc", vpcId=page["nextMarker"])
    rest = caller.ok("vpc.list_vpcs", marker=page["nextMarker"])
    assert [each["vpcId"] for each in rest["vpcs"]] == vpcs[3:]


def test_addresses_page_by_their_short_id_and_domains_by_their_number(caller):
    for _ in range(2):
        caller.ok(
            "eip.apply_eip", bandwidthInMbps=1, billing={"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
        )
    found = list(pages(caller, "eip.list_eips", "eipList", 1))
    assert [page["marker"] for page in found] == [page["eipList"][0]["eipId"] for page in found]
    for name in ("a.com", "b.com"):
        caller.ok("dns.create_dns_zone", name=name)
    found = list(pages(caller, "dns.list_dns_zones", "zones", 1))
    assert [(page["marker"], page["zones"][0]["name"]) for page in found] == [
        (page["zones"][0]["id"], name) for page, name in zip(found, ("a.com", "b.com"), strict=True)
    ]


def test_a_page_of_0_is_one_of_the_usual_size_where_an_official_client_asks_for_it(caller):
    """The Go client does of bandwidth packages when nobody said how many."""
    assert caller.ok("eip.list_eip_bps", maxKeys=0) == {"isTruncated": False, "maxKeys": 1000, "bpList": []}


def test_filters_page_too(caller, vpcs):
    wanted = [vpcs[0], vpcs[2], vpcs[4]]
    found = list(pages(caller, "vpc.list_vpcs", "vpcs", 2, vpcIds=wanted))
    assert [each["vpcId"] for page in found for each in page["vpcs"]] == wanted


def test_vpcs_are_filtered_by_ids_and_default(caller, vpcs):
    assert len(caller.ok("vpc.list_vpcs", isDefault=False)["vpcs"]) == 5
    assert caller.ok("vpc.list_vpcs", isDefault=True)["vpcs"] == []
    assert caller.ok("vpc.list_vpcs", isDefault=True, vpcIds=vpcs[:1])["vpcs"] == []


def test_subnets_are_filtered_by_everything_at_once(caller, vpcs):
    def make(vpc, cidr, zone, kind):
        arguments = {"name": "s", "zoneName": zone, "cidr": cidr, "vpcId": vpc, "subnetType": kind}
        return caller.ok("vpc.create_subnet", **arguments)["subnetId"]

    def find(**filters):
        return [each["subnetId"] for each in caller.ok("vpc.list_subnets", **filters)["subnets"]]

    one = make(vpcs[0], "10.0.1.0/24", "cn-bj-a", "BCC")
    two = make(vpcs[0], "10.0.2.0/24", "cn-bj-b", "BBC")
    three = make(vpcs[1], "10.1.1.0/24", "cn-bj-a", "BCC")
    assert find(vpcId=vpcs[0]) == [one, two]
    assert find(zoneName="cn-bj-a") == [one, three]
    assert find(vpcId=vpcs[0], zoneName="cn-bj-a", subnetType="BCC") == [one]
    assert find(subnetIds=[two, three]) == [two, three]
    assert find(vpcId="vpc-000000000000") == []


def test_addresses_are_filtered_by_state_name_and_instance(caller):
    billing = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    one, two = (caller.ok("eip.apply_eip", bandwidthInMbps=1, billing=billing, name=n)["eip"] for n in ("one", "two"))
    caller.ok("eip.bind_eip", eip=one, instanceType="BCC", instanceId="i-1")

    def find(**filters):
        return [each["eip"] for each in caller.ok("eip.list_eips", **filters)["eipList"]]

    assert find(status="binded") == [one]
    assert find(status="available") == [two]
    assert find(name="two") == [two]
    assert find(name="tw") == []
    assert find(instanceType="BCC", instanceId="i-1") == [one]
    assert find(instanceType="BCC", instanceId="i-2") == []
    alone = caller.raw("GET", "/v1/eip?instanceId=i-1", service="eip")
    assert (alone.status, alone.json()["code"]) == (400, "BadRequest")
    short = caller.ok("eip.list_eips", eip=two)["eipList"][0]["eipId"]
    assert find(eipIds=[short]) == [two]


def test_private_records_are_searched_exactly_or_loosely(caller):
    zone = caller.ok("privatezone.create_private_zone", zoneName="a.example")["zoneId"]
    for rr in ("www", "www2", "api"):
        caller.ok("privatezone.add_private_record", zoneId=zone, rr=rr, type="A", value="192.0.2.1")

    def find(**filters):
        found = caller.ok("privatezone.list_private_records", zoneId=zone, **filters)
        return [each["rr"] for each in found["records"]]

    assert find(rr="www") == ["www"]
    assert find(rr="www", searchMode="EXACT") == ["www"]
    assert find(rr="ww", searchMode="LIKE") == ["www", "www2"]
    assert find(type="A", value="192.0.2.1") == ["www", "www2", "api"]
    assert find(type="TXT") == []
