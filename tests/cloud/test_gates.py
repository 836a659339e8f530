"""Every gate refuses with its documented code and status, in the documented order."""

import json

import pytest

from contractkit.cloud import Account, ReferenceCloud
from contractkit.cloud.gates import MAX_BODY
from contractkit.message import Request
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, sign

HOST = "bcc.bj.baidubce.com"
VPC = {"name": "n", "cidr": "10.0.0.0/16"}


def test_an_anonymous_request_is_denied(caller, code_of):
    response = caller.cloud.handle(Request("GET", f"https://{HOST}/v1/vpc", {"Host": HOST}))
    assert code_of(response) == (403, "AccessDenied")


@pytest.mark.parametrize("value", ["Bearer abc", "bce-auth-v2/a/b/c/d/e/f", "bce-auth-v1/short"])
def test_an_unreadable_authorization_is_refused(caller, code_of, value):
    response = caller.cloud.handle(Request("GET", f"https://{HOST}/v1/vpc", {"Host": HOST, "Authorization": value}))
    assert code_of(response) == (400, "InvalidHTTPAuthHeader")


def test_an_unknown_access_key_is_refused(make_caller, code_of):
    caller = make_caller(credentials=Credentials("f" * 32, "b" * 32))
    assert code_of(caller.raw("GET", "/v1/vpc")) == (403, "InvalidAccessKeyId")


def test_a_wrong_secret_is_refused_without_showing_it(make_caller, code_of):
    caller = make_caller(credentials=Credentials("a" * 32, "wrong" * 6))
    response = caller.raw("GET", "/v1/vpc")
    assert code_of(response) == (400, "SignatureDoesNotMatch")
    assert b"bbbb" not in response.body
    assert b"wrong" not in response.body


def test_an_expired_signature_is_refused(caller, clock, code_of):
    signed = sign(Request("GET", f"https://{HOST}/v1/vpc", {"Host": HOST}), EXAMPLE, at=clock(), expires_in=60)
    assert caller.cloud.handle(signed).status == 200
    clock.advance(seconds=61)
    assert code_of(caller.cloud.handle(signed)) == (400, "RequestExpired")


def test_an_account_without_real_name_is_refused_everything(make_caller, code_of):
    caller = make_caller(credentials=UNVERIFIED)
    for response in (
        caller.raw("GET", "/v1/vpc"),
        caller.raw("GET", "/v1/nowhere"),
        caller.call("vpc.create_vpc", **VPC),
    ):
        assert code_of(response) == (403, "QualifyNotPass")
        assert response.json()["message"] == "The User has not pass qualify."


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/v9/vpc", (404, "InvalidVersion")),
        ("GET", "/v1/nowhere", (400, "InvalidURI")),
        ("GET", "/", (400, "InvalidURI")),
        ("PATCH", "/v1/vpc", (400, "InvalidURI")),
        ("PUT", "/v1/vpc/vpc-abc?noSuchFlag", (400, "InvalidURI")),
    ],
)
def test_a_request_that_means_no_operation_is_refused(caller, code_of, method, target, expected):
    assert code_of(caller.raw(method, target)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "MalformedJSON")),
        (b'{"name": "\xff"}', (400, "MalformedJSON")),
        (b"", (400, "InappropriateJSON")),
        (b"[]", (400, "InappropriateJSON")),
        (b'{"name": "n"}', (400, "InappropriateJSON")),
        (b'{"name": 5, "cidr": "10.0.0.0/16"}', (400, "InappropriateJSON")),
        (b'{"name": "n", "cidr": "10.0.0.0"}', (400, "BadRequest")),
        (b'{"name": "default", "cidr": "10.0.0.0/16"}', (400, "BadRequest")),
        (json.dumps({"name": "n" * 66, "cidr": "10.0.0.0/16"}).encode(), (400, "BadRequest")),
        (b'{"name": "n", "cidr": "2001:db8::/32"}', (400, "BadRequest")),
    ],
)
def test_a_body_that_the_operation_does_not_take_is_refused(caller, code_of, body, expected):
    assert code_of(caller.raw("POST", "/v1/vpc", body)) == expected
    assert caller.cloud.snapshot() in ({}, {"a0" * 16: {}})


@pytest.mark.parametrize(
    "query", ["maxKeys=0", "maxKeys=1001", "maxKeys=many", "isDefault=perhaps", "marker=vpc-unknown"]
)
def test_a_query_that_the_operation_does_not_take_is_refused(caller, code_of, query):
    assert code_of(caller.raw("GET", f"/v1/vpc?{query}")) == (400, "BadRequest")


@pytest.mark.parametrize("token", ["t" * 65, "t%C3%A9", "%00"])
def test_a_client_token_that_is_no_token_is_refused(caller, code_of, token):
    assert code_of(caller.raw("POST", f"/v1/vpc?clientToken={token}", json.dumps(VPC).encode())) == (400, "BadRequest")


def test_a_body_too_large_is_refused_before_anything_else(caller, code_of):
    request = Request("POST", f"https://{HOST}/v1/vpc", {"Host": HOST}, b"x" * (MAX_BODY + 1))
    assert code_of(caller.cloud.handle(request)) == (400, "InvalidHTTPRequest")


def test_what_official_clients_add_is_let_pass(caller):
    """Unknown members and parameters, bodies with GET and DELETE, and `?flag=` for `?flag`."""
    created = caller.raw("POST", "/v1/vpc?stray=1", json.dumps({**VPC, "stray": 1}).encode())
    vpc = created.json()["vpcId"]
    assert caller.raw("GET", f"/v1/vpc/{vpc}", b"{}").status == 200
    assert caller.raw("PUT", f"/v1/vpc/{vpc}?modifyAttribute=", b'{"name": "m"}').status == 200
    assert caller.raw("DELETE", f"/v1/vpc/{vpc}", b"null").status == 200


def test_null_stands_for_what_nobody_gave(caller, code_of):
    """Official clients send null for unset members; a null in place of what is required is still missing."""
    created = caller.raw("POST", "/v1/vpc", json.dumps({**VPC, "description": None, "tags": None}).encode())
    assert caller.ok("vpc.get_vpc", vpcId=created.json()["vpcId"])["vpc"]["description"] == ""
    assert code_of(caller.raw("POST", "/v1/vpc", b'{"name": null, "cidr": "10.0.0.0/16"}')) == (
        400,
        "InappropriateJSON",
    )


def test_empty_text_changes_nothing_where_it_cannot_be_meant(caller):
    """The official Go client cannot leave out the addresses of a route whose description it changes."""
    vpc = caller.ok("vpc.create_vpc", **VPC)["vpcId"]
    table = caller.ok("vpc.get_route_table", vpcId=vpc)["routeTableId"]
    hop = {"nexthopId": "i-1", "nexthopType": "custom"}
    ends = {"sourceAddress": "0.0.0.0/0", "destinationAddress": "192.168.0.0/24"}
    rule = caller.ok("vpc.create_route_rule", routeTableId=table, **ends, **hop)["routeRuleId"]
    body = {"routeRuleId": rule, "sourceAddress": "", "destinationAddress": "", "description": "d"}
    assert caller.raw("PUT", f"/v1/route/rule/{rule}", json.dumps(body).encode()).status == 200
    (found,) = [
        each
        for each in caller.ok("vpc.get_route_table", routeTableId=table)["routeRules"]
        if each["routeRuleId"] == rule
    ]
    assert {"description": "d", **ends} == {name: found[name] for name in ("description", *ends)}


def test_a_wrong_signature_is_told_before_a_wrong_route(make_caller, code_of):
    caller = make_caller(credentials=Credentials("a" * 32, "wrong" * 6))
    assert code_of(caller.raw("GET", "/v9/nowhere")) == (400, "SignatureDoesNotMatch")


def test_answers_carry_the_headers_of_the_service(caller):
    response = caller.raw("GET", "/v1/vpc")
    assert response.headers.get("server") == "BWS"
    assert response.headers.get("date") == "Wed, 01 May 2024 12:00:00 GMT"
    assert len(response.headers.get("x-bce-debug-id")) == 64
    request_id = response.headers.get("x-bce-request-id")
    assert request_id[14] == "4"
    assert request_id[19] in "89ab"
    assert [len(each) for each in request_id.split("-")] == [8, 4, 4, 4, 12]


def test_accounts_and_regions_do_not_see_each_other(make_cloud, make_caller):
    other = Credentials("1" * 32, "2" * 32)
    cloud = make_cloud(accounts={EXAMPLE: Account("a0" * 16), other: Account("b0" * 16)})
    mine, theirs, far = make_caller(cloud), make_caller(cloud, credentials=other), make_caller(cloud, region="gz")
    vpc = mine.ok("vpc.create_vpc", **VPC)["vpcId"]
    zone = mine.ok("privatezone.create_private_zone", zoneName="a.example")["zoneId"]
    for stranger in (theirs, far):
        assert stranger.ok("vpc.list_vpcs")["vpcs"] == []
        assert stranger.no("vpc.get_vpc", vpcId=vpc) == (404, "NoSuchObject")
    assert theirs.no("privatezone.get_private_zone", zoneId=zone) == (404, "NoSuchObject")
    assert far.ok("privatezone.get_private_zone", zoneId=zone)["zoneId"] == zone
    assert [each["vpcId"] for each in cloud.resources("a0" * 16, "vpc")] == [vpc]
    assert cloud.resources("b0" * 16, "vpc") == ()


def test_the_same_seed_and_clock_give_the_same_answers(make_caller, make_cloud):
    def story(seed):
        caller = make_caller(make_cloud(seed=seed))
        calls = [
            caller.call("vpc.create_vpc", **VPC),
            caller.call("vpc.list_vpcs"),
            caller.call("vpc.get_vpc", vpcId="x"),
        ]
        return [(each.status, each.headers, each.body) for each in calls]

    assert story(1) == story(1)
    assert story(1) != story(2)


@pytest.mark.parametrize("target", ["/v1/vpc?marker=%80", "/v1/vpc/%80", "/v1/vpc?marker=%ed%a0%80", "/v1/%80"])
def test_bytes_that_are_no_text_are_refused_wherever_they_stand(caller, target):
    """They reach the service as lone surrogates, which no schema and no log has a form for."""
    response = caller.raw("GET", target)
    assert (response.status, response.json()["code"]) in ((400, "BadRequest"), (400, "InvalidURI"))
    assert caller.cloud.failures == ()


@pytest.mark.parametrize("depth", [30, 60, 900, 100_000])
def test_a_body_nested_however_deep_is_refused(caller, depth):
    body = b'{"cidr": "10.0.0.0/16", "name": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    response = caller.raw("POST", "/v1/vpc", body)
    expected = "InappropriateJSON" if depth < 48 else "MalformedJSON"
    assert (response.status, response.json()["code"]) == (400, expected)
    assert caller.cloud.failures == ()


def test_a_broken_cloud_answers_internal_error_and_logs_no_value(make_caller, caplog, clock):
    cloud = ReferenceCloud(clock=clock)
    caller = make_caller(cloud)
    cloud._world.kinds = {}
    response = caller.call("vpc.create_vpc", name="hush-hush", cidr="10.0.0.0/16", clientToken="once")
    assert (response.status, response.json()["code"]) == (500, "InternalError")
    assert len(cloud.failures) == 1
    assert "ContractError" in caplog.text
    assert "hush-hush" not in caplog.text + response.body.decode()
