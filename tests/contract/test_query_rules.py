"""Query parameters that are ruled together, lists sent in two ways, and members that have an error code."""

import pytest

from contractkit.contract import Match, build_call, load_contract, validate_request
from contractkit.contract.schemas import find_code, find_problems
from contractkit.contract.validation import read_query
from contractkit.errors import ArgumentError
from contractkit.message import Request, encode_json

CONTRACT = load_contract()
VPC = "https://bcc.bj.baidubce.com"


def match_of(method, url, body=None):
    request = Request(method, url, body=b"" if body is None else encode_json(body))
    match = CONTRACT.route(request)
    assert isinstance(match, Match)
    return match, request


def violations(method, url, body=None):
    return [(each.rule, each.message, each.code) for each in validate_request(*match_of(method, url, body))]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/v1/route", "give exactly one of routeTableId, vpcId"),
        ("/v1/route?vpcId=v&routeTableId=r", "give exactly one of routeTableId, vpcId"),
        ("/v1/route?vpcId=v", ""),
        ("/v1/route?routeTableId=r&vpcId=", ""),
        ("/v1/vpc/v/privateIpAddressInfo", "give at least one of privateIpAddresses, privateIpRange"),
        ("/v1/vpc/v/privateIpAddressInfo?privateIpRange=a-b&privateIpAddresses=10.0.0.1", ""),
        ("/v2/securityGroup?instanceId=i", "the first of instanceId, vpcId needs the others"),
        ("/v2/securityGroup?instanceId=i&vpcId=v", ""),
        ("/v2/securityGroup?vpcId=v", ""),
    ],
)
def test_parameters_that_belong_together_are_told_by_name(target, message):
    assert violations("GET", VPC + target) == ([("together", message, "")] if message else [])


def test_the_client_hears_of_it_before_anything_is_sent():
    operation = CONTRACT.operation("vpc.get_route_table")
    with pytest.raises(ArgumentError, match="exactly one of routeTableId, vpcId"):
        build_call(operation, {})
    assert build_call(operation, {"vpcId": "vpc-1", "routeTableId": None}).query == (("vpcId", "vpc-1"),)


def test_a_list_may_be_joined_or_repeated_and_anything_else_counts_once():
    """Official clients do both with privateIpAddresses."""
    base = f"{VPC}/v1/vpc/v/privateIpAddressInfo?"
    joined = read_query(*_operation(base + "privateIpAddresses=10.0.0.1,10.0.0.2&privateIpRange=a"))
    again = base + "privateIpAddresses=10.0.0.1&privateIpAddresses=10.0.0.2&privateIpRange=b&privateIpRange=a"
    assert read_query(*_operation(again)) == joined
    assert violations("GET", base + "privateIpAddresses=10.0.0.1&privateIpAddresses=x")[0][0] == "format"
    gaps = base + "privateIpAddresses&privateIpAddresses=10.0.0.1&privateIpAddresses=&privateIpAddresses=10.0.0.2"
    assert read_query(*_operation(gaps))["privateIpAddresses"] == "10.0.0.1,10.0.0.2", "without a value it says nothing"


def _operation(url):
    match, request = match_of("GET", url)
    return match.operation, request


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("position", 0, "InvalidPosition"),
        ("position", 32769, "InvalidPosition"),
        ("position", "1", ""),
        ("action", "drop", "InvalidAction"),
        ("sourcePort", "1-", "InvalidPort"),
        ("sourceIpAddress", "10.0.0.0/33", "BadRequest"),
        ("sourceIpAddress", "fe80::1%eth0", "BadRequest"),
    ],
)
def test_a_member_inside_a_list_has_its_code(member, value, code):
    rule = {
        "subnetId": "sbn-1",
        "protocol": "tcp",
        "sourceIpAddress": "all",
        "destinationIpAddress": "all",
        "sourcePort": "all",
        "destinationPort": "80",
        "position": 1,
        "direction": "ingress",
        "action": "allow",
    }
    body = {"aclRules": [rule, {**rule, member: value}]}
    assert [each[2] for each in violations("POST", f"{VPC}/v1/acl/rule", body)] == [code]


def test_a_code_is_found_by_keyword_or_for_all_and_for_what_is_missing():
    schema = {
        "properties": {
            "a/b": {"maxLength": 1, "x-bce-error": {"required": "Missing", "maxLength": "Long"}},
            "c": {"anyOf": [{"properties": {"d": {"type": "string", "x-bce-error": "Wrong"}}}]},
        },
        "required": ["a/b"],
    }

    def codes(instance):
        return {find_code(schema, each) for each in find_problems(schema, instance)}

    assert codes({}) == {"Missing"}
    assert codes({"a/b": "xx"}) == {"Long"}
    assert codes({"a/b": "", "c": {"d": 1}}) == {""}
    assert (
        find_code(
            schema, find_problems({"properties": {"c": schema["properties"]["c"]["anyOf"][0]}}, {"c": {"d": 1}})[0]
        )
        == "Wrong"
    )
