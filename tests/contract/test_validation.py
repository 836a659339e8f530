"""Requests are held against the contract of their operation, and no message shows a value."""

import pytest

from contractkit.contract import Match, load_contract, validate_request
from contractkit.contract.schemas import find_problems
from contractkit.contract.validation import read_body, without_unset
from contractkit.message import Request, encode_json

CONTRACT = load_contract()
VPC = "https://bcc.bj.baidubce.com"
EIP = "https://eip.bj.baidubce.com"


def violations(method, url, body=None):
    raw = body if isinstance(body, bytes) else b"" if body is None else encode_json(body)
    request = Request(method, url, body=raw)
    match = CONTRACT.route(request)
    assert isinstance(match, Match)
    return [(each.where + each.pointer, each.rule, each.tolerated) for each in validate_request(match, request)]


def test_a_good_request_has_no_violation():
    assert violations("POST", f"{VPC}/v1/vpc?clientToken=t", {"name": "net", "cidr": "10.0.0.0/16"}) == []
    assert violations("GET", f"{VPC}/v1/subnet?maxKeys=1000&subnetIds=sbn-a,sbn-b") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"cidr": "10.0.0.0/16"}, ("body", "required")),
        ({"name": 5, "cidr": "10.0.0.0/16"}, ("body/name", "type")),
        ({"name": "default", "cidr": "10.0.0.0/16"}, ("body/name", "not")),
        ({"name": "x" * 66, "cidr": "10.0.0.0/16"}, ("body/name", "maxLength")),
        ({"name": "a", "cidr": "10.0.0.0/33"}, ("body/cidr", "format")),
        ({"name": "a", "cidr": "10.0.0.0"}, ("body/cidr", "format")),
        ([], ("body", "type")),
        (b"{", ("body", "malformed")),
        (b"\xff\xfe", ("body", "malformed")),
        (None, ("body", "required")),
    ],
)
def test_each_broken_rule_of_a_body_is_named_by_place_and_keyword(body, expected):
    assert (*expected, False) in violations("POST", f"{VPC}/v1/vpc", body)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4", []),  # as the official Python client sends it
        (6, []),  # as the Java one does
        ("", [("body/ipVersion", "enum", True)]),  # as Go does when nobody gave it
        (5, [("body/ipVersion", "enum", False)]),
        ("IPv4", [("body/ipVersion", "enum", False)]),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/route/rule"), ("PUT", "/v1/route/rule/rr-1")])
def test_the_version_of_ip_of_a_route_is_4_or_6_as_text_or_number(method, path, version, expected):
    hop = {"nexthopId": "i-1", "nexthopType": "custom"}
    addresses = {"sourceAddress": "10.0.1.0/24", "destinationAddress": "192.168.0.0/24"}
    table = {"routeTableId": "rt-1"} if method == "POST" else {}
    assert violations(method, f"{VPC}{path}", {**table, **addresses, **hop, "ipVersion": version}) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("maxKeys=0", ("query/maxKeys", "minimum", False)),
        ("maxKeys=1001", ("query/maxKeys", "maximum", False)),
        ("maxKeys=ten", ("query/maxKeys", "type", False)),
        ("maxKeys=\uff11", ("query/maxKeys", "type", False)),
        ("isDefault=perhaps", ("query/isDefault", "type", False)),
        ("colour=red", ("query/colour", "unknown", True)),
    ],
)
def test_each_broken_rule_of_a_query_is_named(query, expected):
    assert violations("GET", f"{VPC}/v1/vpc?{query}") == [expected]


def test_go_style_booleans_are_read():
    assert violations("GET", f"{VPC}/v1/vpc?isDefault=True") == []


def test_a_path_parameter_has_its_form():
    assert violations("DELETE", f"{EIP}/v1/eip/not-an-address?clientToken=t") == [("path/eip", "format", False)]


def test_a_token_over_64_characters_is_a_violation():
    assert violations("POST", f"{VPC}/v1/vpc?clientToken={'t' * 65}", {"name": "a", "cidr": "10.0.0.0/8"}) == [
        ("query/clientToken", "maxLength", False)
    ]


@pytest.mark.parametrize("query", ["unbind", "unbind&clientToken="])
def test_a_missing_required_token_is_tolerated_as_official_clients_leave_it_out(query):
    assert violations("PUT", f"{EIP}/v1/eip/192.0.2.1?{query}") == [("query/clientToken", "required", True)]


def test_conditional_requirements_hold():
    billing = {"paymentTiming": "Prepaid", "billingMethod": "ByBandwidth"}
    found = violations("POST", f"{EIP}/v1/eip?clientToken=t", {"bandwidthInMbps": 5, "billing": billing})
    assert ("body/billing", "required", False) in found


def test_unknown_members_and_unwanted_bodies_are_tolerated():
    body = {"name": "a", "cidr": "10.0.0.0/8", "colour": 1, "tags": [{"tagKey": "k", "tagValue": "v", "extra": 2}]}
    assert violations("POST", f"{VPC}/v1/vpc", body) == [
        ("body/colour", "unknown", True),
        ("body/tags/0/extra", "unknown", True),
    ]
    assert violations("GET", f"{VPC}/v1/vpc", {}) == [("body", "unknown", True)]


def test_messages_never_show_a_value():
    request = Request("POST", f"{VPC}/v1/vpc", body=encode_json({"name": ["hush-hush"], "cidr": "hush-hush"}))
    match = CONTRACT.route(request)
    assert "hush" not in " ".join(str(each) for each in validate_request(match, request))


LIFETIME = {"type": ["string", "integer"], "x-bce-range": [60, 86400], "minimum": 60, "maximum": 86400}


@pytest.mark.parametrize("value", ["60", "86400", "00060", 60, "sixty", "\u0666\u0660"])
def test_a_number_written_as_text_lies_in_its_range(value):
    """`x-bce-range` is about ASCII digits alone; what other text may say is up to a pattern."""
    assert find_problems(LIFETIME, value) == ()


@pytest.mark.parametrize("value", ["59", "86401", "0", "9" * 5000])
def test_a_number_written_as_text_outside_of_its_range_is_a_problem_that_shows_no_value(value):
    (problem,) = find_problems(LIFETIME, value)
    assert (problem.keyword, problem.message) == ("x-bce-range", "must be a number from 60 to 86400")


def test_digits_in_a_string_are_the_number_where_clients_send_them():
    url = f"{VPC}/v1/nat/nat-1?resize"
    assert violations("PUT", url, {"cuNum": "5"}) == violations("PUT", url, {"cuNum": 5}) == []
    assert violations("PUT", url, {"cuNum": "101"}) == [("body/cuNum", "maximum", False)]
    for wrong in ("five", "", "5.0", "9" * 5000):
        assert violations("PUT", url, {"cuNum": wrong}) == [("body/cuNum", "type", False)]
    rules = [{"publicIpAddress": "192.0.2.1", "privateIpAddress": "10.0.0.1", "protocol": "TCP", "publicPort": "80"}]
    assert violations("POST", f"{VPC}/v1/nat/nat-1/dnatRule/batchCreate", {"rules": rules}) == []


def test_a_number_too_long_to_be_one_is_text():
    assert violations("GET", f"{VPC}/v1/vpc?maxKeys={'9' * 5000}") == [("query/maxKeys", "type", False)]


def test_empty_text_that_cannot_be_meant_stands_for_what_nobody_gave():
    """The official Go client sends every text member, empty when unset; where empty is a value it is one."""
    several = [{"nexthopId": "dcgw-1", "nexthopType": "dcGateway", "pathType": "ecmp"}]
    route = {"routeTableId": "rt-1", "sourceAddress": "10.0.0.0/24", "destinationAddress": "10.1.0.0/24"}
    unset = {"nexthopId": "", "nexthopType": "", "ipVersion": "", "description": ""}
    assert violations("POST", f"{VPC}/v1/route/rule", {**route, **unset, "nextHopList": several}) == [
        ("body/nexthopType", "enum", True),
        ("body/ipVersion", "enum", True),
    ]
    # Without another next hop, or in place of what is required, it is missed.
    refused = ("body/nexthopType", "enum", False)
    assert refused in violations("POST", f"{VPC}/v1/route/rule", {**route, **unset})
    assert ("body/sourceAddress", "format", False) in violations(
        "POST", f"{VPC}/v1/route/rule", {**route, **unset, "sourceAddress": "", "nextHopList": several}
    )


def test_empty_text_is_read_as_unset_inside_members_and_items():
    """And what a condition asks for after it is gone counts: a member is dropped only where nothing else breaks."""
    schema = {
        "properties": {
            "items": {"type": "array", "items": {"properties": {"ip": {"format": "ip"}, "a/b": {"enum": ["y"]}}}},
            "kind": {"enum": ["x"]},
            "note": {"type": "string"},
            "name": {"minLength": 1, "pattern": "^[a-z]"},
        },
        "if": {"required": ["note"]},
        "then": {"required": ["kind"]},
    }
    given = {"items": [{"ip": ""}, {"ip": "10.0.0.1", "a/b": ""}, ""], "kind": "", "note": "", "name": ""}
    settled = {"items": [{}, {"ip": "10.0.0.1"}, ""], "kind": "", "note": "", "name": ""}
    assert without_unset(schema, given) == settled
    assert given["items"][0] == {"ip": ""}
    assert without_unset(schema, {"kind": ""}) == {}


@pytest.mark.parametrize("number", [b"5.0", b"5e0", b"50e-1"])
def test_a_number_without_a_fraction_is_whole_however_it_is_written(number):
    """JSON knows no two kinds of numbers: what adds or counts with it later gets an int."""
    operation = CONTRACT.operation("eip.resize_eip")
    request = Request("PUT", f"{EIP}/v1/eip/192.0.2.1?resize", body=b'{"newBandwidthInMbps":' + number + b"}")
    body = read_body(operation, request)
    assert body == {"newBandwidthInMbps": 5}
    assert type(body["newBandwidthInMbps"]) is int
    assert violations("PUT", f"{EIP}/v1/eip/192.0.2.1?resize", b'{"newBandwidthInMbps":5.5}') == [
        ("body/newBandwidthInMbps", "type", False)
    ]
