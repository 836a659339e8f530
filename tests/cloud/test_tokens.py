"""A clientToken makes a request happen once: repeats, mismatches, the window, and what is no use of a token."""

import pytest

from contractkit.idempotency import LedgerPolicy, Scope

VPC = {"name": "n", "cidr": "10.0.0.0/16"}
OWNER = "a0" * 16


def test_a_repeat_gives_the_same_result_under_a_new_request_id(caller):
    first, second = (caller.call("vpc.create_vpc", **VPC, clientToken="t") for _ in range(2))
    assert first.body == second.body
    assert first.headers.get("x-bce-request-id") != second.headers.get("x-bce-request-id")
    assert len(caller.cloud.resources(OWNER, "vpc")) == 1


def test_a_repeat_gives_the_same_result_even_when_the_thing_is_gone(caller):
    vpc = caller.ok("vpc.create_vpc", **VPC, clientToken="t")["vpcId"]
    caller.ok("vpc.delete_vpc", vpcId=vpc, clientToken="d")
    assert caller.ok("vpc.create_vpc", **VPC, clientToken="t")["vpcId"] == vpc
    assert caller.ok("vpc.delete_vpc", vpcId=vpc, clientToken="d") == {}
    assert caller.cloud.resources(OWNER, "vpc") == ()


def test_without_a_token_every_request_happens(caller):
    for token in ({}, {}, {"clientToken": ""}, {"clientToken": ""}):
        caller.ok("vpc.create_vpc", **VPC, **token)
    assert len(caller.cloud.resources(OWNER, "vpc")) == 4


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("vpc.create_vpc", {"name": "other", "cidr": "10.0.0.0/16"}),
        ("vpc.delete_vpc", {"vpcId": "vpc-000000000000"}),
        ("vpc.update_vpc", {"vpcId": "vpc-000000000000", "name": "n"}),
    ],
)
def test_another_request_under_the_token_is_a_mismatch(caller, operation, arguments):
    """Another body, path or method; and the mismatch changes nothing."""
    caller.ok("vpc.create_vpc", **VPC, clientToken="t")
    assert caller.no(operation, **arguments, clientToken="t") == (403, "IdempotentParameterMismatch")
    assert [each["name"] for each in caller.cloud.resources(OWNER, "vpc")] == ["n"]


def test_the_window_slides_for_24_hours(caller, clock):
    first = caller.ok("vpc.create_vpc", **VPC, clientToken="t")
    for _ in range(2):
        clock.advance(hours=23)
        assert caller.ok("vpc.create_vpc", **VPC, clientToken="t") == first
    clock.advance(hours=24)
    assert caller.ok("vpc.create_vpc", **VPC, clientToken="t") != first


def test_a_refused_request_leaves_its_token_free(caller):
    subnet = {"name": "s", "zoneName": "z", "cidr": "10.0.1.0/24", "vpcId": "vpc-000000000000", "clientToken": "t"}
    assert caller.no("vpc.create_subnet", **subnet) == (404, "NoSuchObject")
    vpc = caller.ok("vpc.create_vpc", **VPC)["vpcId"]
    assert caller.ok("vpc.create_subnet", **{**subnet, "vpcId": vpc})["subnetId"]


def test_failures_are_remembered_where_the_policy_says_so(make_caller, make_cloud):
    caller = make_caller(make_cloud(tokens=LedgerPolicy(remembers_failures=True)))
    assert caller.no("vpc.delete_vpc", vpcId="vpc-000000000000", clientToken="t") == (404, "NoSuchObject")
    assert caller.no("vpc.delete_vpc", vpcId="vpc-000000000000", clientToken="t") == (404, "NoSuchObject")
    assert caller.no("vpc.delete_vpc", vpcId="vpc-111111111111", clientToken="t") == (
        403,
        "IdempotentParameterMismatch",
    )


def test_tokens_belong_to_a_service_unless_the_policy_says_otherwise(make_caller, make_cloud):
    caller = make_caller(make_cloud())
    caller.ok("vpc.create_vpc", **VPC, clientToken="t")
    caller.ok("privatezone.create_private_zone", zoneName="a.example", clientToken="t")
    shared = make_caller(make_cloud(tokens=LedgerPolicy(scope=Scope.ACCOUNT)))
    shared.ok("vpc.create_vpc", **VPC, clientToken="t")
    refused = shared.no("privatezone.create_private_zone", zoneName="a.example", clientToken="t")
    assert refused == (403, "IdempotentParameterMismatch")


def test_a_token_on_an_operation_that_takes_none_is_ignored(caller):
    caller.ok("vpc.create_vpc", **VPC, clientToken="t")
    assert caller.raw("GET", "/v1/vpc?clientToken=t").status == 200
