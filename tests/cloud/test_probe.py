"""Probes: the addresses they take, and how their port reads back."""

import pytest

from contractkit.message import encode_json


@pytest.fixture
def place(caller):
    vpc = caller.ok("vpc.create_vpc", name="net", cidr="10.0.0.0/16")["vpcId"]
    subnet = caller.ok("vpc.create_subnet", name="s", zoneName="cn-bj-a", cidr="10.0.1.0/28", vpcId=vpc)["subnetId"]
    return {"vpcId": vpc, "subnetId": subnet}


@pytest.fixture
def given(place):
    return {"name": "p", "protocol": "ICMP", "frequency": 10, "sourceIps": [], "destIp": "192.0.2.1", **place}


def free(caller, place):
    return caller.ok("vpc.get_subnet", subnetId=place["subnetId"])["subnet"]["availableIp"]


def test_named_and_chosen_addresses_are_taken_and_come_free_again(caller, place, given):
    before = free(caller, place)
    probe = caller.ok("vpc.create_probe", **{**given, "sourceIps": ["10.0.1.5"], "sourceIpNum": 3})["probeId"]
    found = caller.ok("vpc.get_probe", probeId=probe)
    assert (found["sourceIps"][0], len(set(found["sourceIps"])), found["sourceIpNum"]) == ("10.0.1.5", 4, 4)
    assert free(caller, place) == before - 4
    used = caller.ok("vpc.list_vpc_resource_ips", vpcId=place["vpcId"])["result"]
    assert {each["ip"] for each in used} == set(found["sourceIps"])
    caller.ok("vpc.delete_probe", probeId=probe)
    assert free(caller, place) == before


@pytest.mark.parametrize("unnamed", [{"sourceIps": []}, {"sourceIps": None}, {}])
def test_who_asks_for_a_number_of_sources_need_not_name_any(caller, given, unnamed):
    """One official Go client sends null for an empty list, the other leaves it out."""
    del given["sourceIps"]
    made = caller.raw("POST", "/v1/probe", encode_json({**given, **unnamed, "sourceIpNum": 2}))
    assert caller.ok("vpc.get_probe", probeId=made.json()["probeId"])["sourceIps"] == ["10.0.1.2", "10.0.1.3"]
    assert caller.raw("POST", "/v1/probe", encode_json({**given, **unnamed})).status == 400


@pytest.mark.parametrize("more", [0, -1, None])
def test_a_probe_without_a_source_is_refused(caller, given, more):
    body = {**given, "sourceIpNum": more}
    assert caller.raw("POST", "/v1/probe", encode_json(body)).status == 400


@pytest.mark.parametrize("count", [14, 10**6, 10**30])
def test_more_addresses_than_the_subnet_has_are_refused_and_none_is_taken(caller, place, given, count):
    before = free(caller, place)
    assert caller.no("vpc.create_probe", **{**given, "sourceIpNum": count}) == (413, "LimitExceeded")
    assert free(caller, place) == before


@pytest.mark.parametrize("address", ["10.0.1.0", "10.0.1.15", "10.0.2.1"])
def test_an_address_the_subnet_does_not_hand_out_is_refused(caller, given, address):
    assert caller.no("vpc.create_probe", **{**given, "sourceIps": [address]}) == (400, "BadRequest")


def test_an_address_named_twice_is_refused(caller, given):
    twice = {**given, "sourceIps": ["10.0.1.5", "10.0.1.5"]}
    assert caller.no("vpc.create_probe", **twice) == (409, "OperationDenied")


def test_the_subnet_is_one_of_the_vpc(caller, given):
    other = caller.ok("vpc.create_vpc", name="other", cidr="10.0.0.0/16")["vpcId"]
    assert caller.no("vpc.create_probe", **{**given, "vpcId": other, "sourceIpNum": 1}) == (400, "BadRequest")


def test_the_port_is_given_as_a_number_and_read_back_as_text(caller, given):
    tcp = {**given, "protocol": "TCP", "destPort": 443, "sourceIpNum": 1}
    probe = caller.ok("vpc.create_probe", **tcp)["probeId"]
    assert caller.ok("vpc.get_probe", probeId=probe)["destPort"] == "443"
    icmp = caller.ok("vpc.create_probe", **{**given, "sourceIpNum": 1})["probeId"]
    assert "destPort" not in caller.ok("vpc.get_probe", probeId=icmp)


def test_the_last_addresses_of_all_are_handed_out_too(caller):
    """A subnet at the very end of IPv4 is used up like any other."""
    vpc = caller.ok("vpc.create_vpc", name="end", cidr="255.255.255.0/24")["vpcId"]
    given = {"name": "s", "zoneName": "cn-bj-a", "cidr": "255.255.255.240/28", "vpcId": vpc}
    subnet = caller.ok("vpc.create_subnet", **given)["subnetId"]
    probe = {"name": "p", "vpcId": vpc, "subnetId": subnet, "protocol": "ICMP", "frequency": 10, "sourceIps": []}
    caller.ok("vpc.create_probe", **probe, sourceIpNum=13, destIp="192.0.2.1")
    assert caller.no("vpc.create_probe", **probe, sourceIpNum=1, destIp="192.0.2.1") == (413, "LimitExceeded")
