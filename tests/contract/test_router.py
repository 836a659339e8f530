"""A request means one operation, or the router says which part of it means none."""

import pytest

from contractkit.contract import Match, NoRoute, load_contract
from contractkit.message import Request

CONTRACT = load_contract()
EIP = "https://eip.bj.baidubce.com"


def route(method, url, body=b""):
    return CONTRACT.route(Request(method, url, body=body))


@pytest.mark.parametrize("flag", ["bind", "bind=", "clientToken=x&bind", "bind&clientToken=x"])
def test_a_flag_is_found_however_it_is_written_and_wherever_it_stands(flag):
    match = route("PUT", f"{EIP}/v1/eip/192.0.2.1?{flag}")
    assert isinstance(match, Match)
    assert match.operation.qualified == "eip.bind_eip"
    assert match.path_params == {"eip": "192.0.2.1"}


@pytest.mark.parametrize(
    ("method", "path", "reason"),
    [
        ("GET", "/v9/eip", "version"),
        ("GET", "/v1/nothing", "path"),
        ("GET", "/", "path"),
        ("GET", "/v1/eip/", "path"),
        ("PATCH", "/v1/eip", "method"),
        ("PUT", "/v1/eip/192.0.2.1", "action"),
        ("PUT", "/v1/eip/192.0.2.1?fly", "action"),
        ("GET", "/v1/vpc", "path"),
    ],
)
def test_what_means_nothing_is_told_by_the_part_that_is_wrong(method, path, reason):
    miss = route(method, EIP + path)
    assert isinstance(miss, NoRoute)
    assert miss.reason == reason


def test_a_host_outside_the_table_is_routed_by_path_over_every_service():
    for path, expected in (("/v1/vpc", "vpc.list_vpcs"), ("/v1/dns/zone", "dns.list_dns_zones")):
        match = route("GET", f"http://127.0.0.1:8080{path}")
        assert isinstance(match, Match)
        assert match.operation.qualified == expected


def test_the_host_header_decides_before_the_url():
    request = Request("GET", "http://127.0.0.1:1/v1/eip", {"Host": "bcc.bj.baidubce.com"})
    assert isinstance(CONTRACT.route(request), NoRoute)


def test_literal_segments_win_over_templates():
    match = route("DELETE", "https://privatezone.baidubce.com/v1/privatezone/record/rc-1")
    assert isinstance(match, Match)
    assert match.operation.qualified == "privatezone.delete_private_record"


def test_path_parameters_arrive_decoded():
    match = route("DELETE", "https://dns.baidubce.com/v1/dns/zone/%E4%BE%8B.com")
    assert isinstance(match, Match)
    assert match.path_params == {"zoneName": "例.com"}
