"""A method call becomes the right signed request on the wire, and its answer a plain value."""

import copy
import logging
import pickle
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contractkit import Client, Credentials, Request, Response, load_contract, verify
from contractkit.client.arguments import find_secrets, list_arguments
from contractkit.client.failures import UnreadableAnswerError
from contractkit.contract import Operation
from contractkit.errors import (
    ArgumentError,
    ClientTokenError,
    ConfigurationError,
    ContractkitError,
    InvalidRequestError,
    TransportError,
)
from contractkit.signing import EXAMPLE

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def lookup(access_key_id):
    return EXAMPLE if access_key_id == EXAMPLE.access_key_id else None


def test_a_call_arrives_as_described_and_verifies(loopback, connect):
    """Method, path, query, body, headers and signature are right after a real HTTP hop."""
    loopback.answers = [Response(200, {}, b'{"vpcId": "vpc-12345678"}')]
    client = connect(clock=lambda: NOW)
    assert client.vpc.create_vpc(name="网", cidr="10.0.0.0/16", enableIpv6=None) == {"vpcId": "vpc-12345678"}
    (request,) = loopback.requests
    assert (request.method, request.path, request.query) == ("POST", "/v1/vpc", (("clientToken", "t-1"),))
    assert request.json() == {"name": "网", "cidr": "10.0.0.0/16"}
    assert request.headers.get("content-type") == "application/json; charset=utf-8"
    assert request.headers.get("x-bce-date") == "2026-03-04T05:06:07Z"
    assert request.headers.get("content-length") == str(len(request.body))
    assert not request.headers.has("transfer-encoding")
    verdict = verify(request, lookup, now=NOW)
    assert verdict.ok, verdict.reason
    assert load_contract().route(request).operation.qualified == "vpc.create_vpc"


@pytest.mark.parametrize(
    ("name", "arguments", "target"),
    [
        ("eip.bind_eip", {"eip": "1.2.3.4", "instanceType": "BCC", "instanceId": "i-1"}, "/v1/eip/1.2.3.4?bind"),
        (
            "dns.list_dns_records",
            {"zoneName": "a b+c.测", "rr": "@&="},
            "/v1/dns/zone/a%20b%2Bc.%E6%B5%8B/record?rr=%40%26%3D",
        ),
        ("vpc.list_vpcs", {"isDefault": False, "vpcIds": ["v-1", "v-2"]}, "/v1/vpc?isDefault=false&vpcIds=v-1%2Cv-2"),
        ("vpc.delete_vpc", {"vpcId": "~x"}, "/v1/vpc/~x"),
    ],
)
def test_targets_are_encoded_as_they_are_signed(loopback, client, name, arguments, target):
    """Flags have no `=`, everything else is percent-encoded once, and the server can verify it."""
    client.call(name, arguments)
    (request,) = loopback.requests
    token = f"{'&' if '?' in target else '?'}clientToken=t-1"
    takes_token = load_contract().operation(name).client_token != "none"
    assert request.target == target + (token if takes_token else "")
    assert verify(request, lookup, now=datetime.now(UTC)).ok
    assert load_contract().route(request).operation.qualified == name


def test_operations_route_back_to_themselves():
    """What the client builds for an operation is what the contract's router takes for that operation."""
    contract, sent = load_contract(), []
    client = Client(EXAMPLE, transport=lambda request: sent.append(request) or Response(200))
    for operation in contract.operations():
        path = {each.name for each in operation.parameters if each.where == "path"}
        if operation.query_rule or operation.body_required:
            continue
        if {each.name for each in list_arguments(operation) if each.required} == path:
            client.call(operation, dict.fromkeys(path, "10.0.0.1"))
            assert contract.route(sent[-1]).operation is operation
    assert len(sent) >= 15


def test_path_parameters_may_be_positional(loopback, client):
    client.dns.delete_dns_record("example.com", "77")
    assert loopback.requests[0].path == "/v1/dns/zone/example.com/record/77"


@pytest.mark.parametrize(
    ("positional", "named", "problem"),
    [
        (("a", "b"), {}, "only vpcId"),
        (("a",), {"vpcId": "b"}, "vpcId: is given twice"),
        ((), {}, "vpcId: is missing"),
        (("a/b",), {}, "one path segment"),
        (("..",), {}, "one path segment"),
        (("\udc80",), {}, "lone surrogate"),
        (("a",), {"vpcid": "b"}, "vpcid: no such argument"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(loopback, client, positional, named, problem):
    with pytest.raises(ArgumentError, match=problem):
        client.vpc.get_vpc(*positional, **named)
    assert not loopback.requests


@pytest.mark.parametrize("value", [object(), b"bytes", {"a"}, "\ud800"])
def test_a_value_that_is_no_json_is_an_argument_error(client, value):
    with pytest.raises(ArgumentError):
        client.vpc.create_vpc(name=value, cidr="10.0.0.0/16")


def test_the_callers_own_token_wins(loopback, client):
    client.vpc.delete_vpc("vpc-1", clientToken="mine")
    client.vpc.get_vpc("vpc-1")
    assert loopback.requests[0].query == (("clientToken", "mine"),)
    assert loopback.requests[1].query == ()


@pytest.mark.parametrize("token", ["", "x" * 65, "é", "a\n"])
def test_a_token_no_service_takes_is_refused(loopback, client, token):
    """Whether it comes from the caller or from the source of tokens."""
    with pytest.raises(ClientTokenError):
        client.vpc.delete_vpc("vpc-1", clientToken=token)
    assert not loopback.requests


def test_new_tokens_are_version_4_uuids_and_differ():
    client = Client(EXAMPLE, transport=lambda _: Response(200))
    tokens = [client.prepare("vpc.delete_vpc", {"vpcId": "v"}).query_value("clientToken") for _ in range(3)]
    assert {UUID(each).version for each in tokens} == {4}
    assert len(set(tokens)) == 3


@pytest.mark.parametrize("body", [b"", b"  ", b"null", b"{}"])
def test_an_answer_without_members_is_an_empty_dict(loopback, client, body):
    loopback.answers = [Response(200, {}, body)]
    assert client.vpc.delete_vpc("vpc-1") == {}


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[1]", b"7", b'{"a":', b"\xff\xfe"])
def test_success_without_json_is_a_typed_error(loopback, client, body):
    """A portal or proxy that answers 200 is not taken for the service, and the call is not repeated."""
    loopback.answers = [Response(200, {"Content-Type": "text/html", "x-bce-request-id": "r-1"}, body)]
    with pytest.raises(UnreadableAnswerError, match="no JSON object") as caught:
        client.vpc.get_vpc("vpc-1")
    assert (caught.value.status, caught.value.request_id, caught.value.operation) == (200, "r-1", "vpc.get_vpc")
    assert len(loopback.requests) == 1


def test_send_returns_any_status_and_prepare_sends_nothing(loopback, client):
    loopback.answers = [Response(400, {}, b'{"code": "BadRequest"}')]
    prepared = client.prepare("vpc.get_vpc", {"vpcId": "v"})
    assert not loopback.requests
    assert verify(prepared, lookup, now=datetime.now(UTC)).ok
    assert client.send("vpc.get_vpc", {"vpcId": "v"}).status == 400
    with pytest.raises(InvalidRequestError):
        client.call("vpc.get_vpc", {"vpcId": "v"})
    with pytest.raises(ConfigurationError, match="no operation"):
        client.prepare("vpc.nothing", {})


def test_exchange_sends_what_no_method_would(loopback, client):
    """A deliberately wrong request goes out once, signed anew or exactly as it is."""
    loopback.answers = [Response(500)]
    good = client.prepare("vpc.create_vpc", {"name": "n", "cidr": "10.0.0.0/16"})
    bad = good.replace(method="PUT", body=b"{not json, and longer than what it replaces was before")
    assert client.exchange(bad).status == 500
    assert verify(loopback.requests[0], lookup, now=datetime.now(UTC)).ok
    assert loopback.requests[0].body == bad.body
    client.exchange(Request("GET", f"{loopback.base_url}/v1/vpc"), sign=False)
    assert not loopback.requests[1].headers.has("authorization")
    assert len(loopback.requests) == 2


def test_a_session_token_is_sent_and_signed(loopback, connect):
    credentials = Credentials("a" * 32, "b" * 32, "session-token")
    client = Client(credentials, endpoint=loopback.base_url)
    client.vpc.get_vpc("v")
    client.close()
    request = loopback.requests[0]
    assert request.headers.get("x-bce-security-token") == "session-token"
    assert verify(request, lambda _: credentials, now=datetime.now(UTC)).ok


def test_secrets_show_nowhere(loopback, connect, caplog):
    """Not in repr, str of errors, notes or logs, even when the service repeats them."""
    secret, token = "s3cr3t-access-key", "s3cr3t-access-key-token"
    loopback.answers = [Response(403, {}, f'{{"code": "X", "message": "bad {token} {secret}"}}'.encode())]
    client = Client(Credentials("a" * 32, secret, token), endpoint=loopback.base_url)
    with caplog.at_level(logging.DEBUG, "contractkit.client"), pytest.raises(ContractkitError) as caught:
        client.vpc.create_vpc(name="n", cidr="10.0.0.0/16")
    client.close()
    seen = repr(client) + str(caught.value) + repr(caught.value) + str(caught.value.__notes__) + caplog.text
    assert "s3cr3t" not in seen
    assert caught.value.message == "bad *** ***"
    assert caplog.messages == ["POST /v1/vpc: 403, attempt 1"]


def test_secret_members_are_found_wherever_they_stand():
    """Top level, nested and in every item of an array; other members are not taken."""
    secret = {"type": "string", "x-bce-secret": True}
    users = {"type": "array", "items": {"type": "object", "properties": {"password": secret, "name": {}}}}
    body = {"type": "object", "properties": {"secretKey": secret, "users": users}}
    operation = Operation("vpc", "x", "POST", "/v1/x", None, "", "", (), body, True, None, 200, None, "none", {})
    arguments = {"secretKey": "one", "users": [{"password": "two", "name": "n"}, {"password": "three"}, "odd"]}
    assert sorted(find_secrets(operation, arguments)) == ["one", "three", "two"]
    assert list(find_secrets(operation, {"users": None})) == []


def test_a_client_is_neither_pickled_nor_copied(client):
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="credentials"):
            attempt(client)


def test_redirects_are_never_followed(loopback, client):
    """The signature stays with the host it was made for."""
    loopback.answers = [Response(302, {"Location": f"{loopback.base_url}/elsewhere"})]
    with pytest.raises(ContractkitError, match="redirect"):
        client.vpc.get_vpc("v")
    assert len(loopback.requests) == 1


def test_the_environment_sends_nothing_elsewhere(loopback, monkeypatch, tmp_path, connect):
    """Proxies and netrc of the environment are ignored."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    connect().vpc.get_vpc("v")
    assert loopback.requests[0].headers.get("authorization").startswith("bce-auth-v1/")


def test_no_answer_is_a_transport_error_with_the_count(connect):
    client = connect(endpoint="http://127.0.0.1:9", timeout=(0.5, 0.5))
    with pytest.raises(TransportError) as caught:
        client.vpc.delete_vpc("v")
    assert caught.value.__notes__ == ["vpc.delete_vpc: after 4 attempts"]


def test_the_clock_is_read_for_every_attempt(loopback, connect):
    """Each attempt carries a fresh date and signature, and the same clientToken."""
    times = iter(NOW + timedelta(seconds=each) for each in range(100))
    loopback.answers = [Response(503), None, Response(502), Response(200)]
    connect(clock=lambda: next(times)).vpc.delete_vpc("v")
    dates = [each.headers.get("x-bce-date") for each in loopback.requests]
    assert len(set(dates)) == len({each.headers.get("authorization") for each in loopback.requests}) == 4
    assert {each.query_value("clientToken") for each in loopback.requests} == {"t-1"}
    for request, date in zip(loopback.requests, dates, strict=True):
        assert verify(request, lookup, now=datetime.fromisoformat(date)).ok
