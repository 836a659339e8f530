"""What holds for every operation: unknown places, malformed bodies, broken rules, the shape of answers."""

from __future__ import annotations

import re

import pytest

from contractkit.client import Client
from contractkit.message import Request

pytestmark = pytest.mark.contract


def rewritten(client: Client, operation: str, old: str, new: str) -> Request:
    request = client.prepare(operation, {})
    return request.replace(url=request.url.replace(old, new))


def code_of(client: Client, request: Request) -> tuple[int, str]:
    response = client.exchange(request)
    return response.status, response.json()["code"]


def test_an_unknown_path_is_an_invalid_uri(bce_client: Client) -> None:
    """A path that no operation has gets InvalidURI."""
    assert code_of(bce_client, rewritten(bce_client, "vpc.list_vpcs", "/v1/vpc", "/v1/moon")) == (400, "InvalidURI")


def test_an_unknown_version_is_told(bce_client: Client) -> None:
    """A version that does not exist gets InvalidVersion."""
    assert code_of(bce_client, rewritten(bce_client, "vpc.list_vpcs", "/v1/", "/v99/")) == (404, "InvalidVersion")


@pytest.mark.contract(creates=True)
@pytest.mark.parametrize("body", [b"{", b"nonsense", b"{'name': 1}"])
def test_a_malformed_body_is_told(bce_client: Client, label: str, body: bytes) -> None:
    """A body that is not JSON in UTF-8 gets MalformedJSON."""
    request = bce_client.prepare("vpc.create_vpc", {"name": label, "cidr": "10.0.0.0/16"})
    assert code_of(bce_client, request.replace(body=body)) == (400, "MalformedJSON")


@pytest.mark.contract(creates=True)
@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"name":"ck-a"}', b'{"name":5,"cidr":"10.0.0.0/16"}', b'{"name":"ck-a","cidr":"10.0.0.0/99"}', b"[]"],
)
def test_a_body_that_breaks_a_rule_is_refused(bce_client: Client, body: bytes) -> None:
    """A missing member, a wrong type and a value out of bounds are each refused with 400."""
    request = bce_client.prepare("vpc.create_vpc", {"name": "ck-a", "cidr": "10.0.0.0/16"})
    assert bce_client.exchange(request.replace(body=body)).status == 400


@pytest.mark.parametrize("query", ["maxKeys=0", "maxKeys=1001", "maxKeys=many"])
def test_a_page_size_out_of_bounds_is_refused(bce_client: Client, query: str) -> None:
    """A maxKeys outside 1 to 1000 is refused with 400."""
    request = bce_client.prepare("vpc.list_vpcs", {})
    assert bce_client.exchange(request.replace(url=f"{request.url}?{query}")).status == 400


def test_every_answer_names_its_request(bce_client: Client) -> None:
    """Each answer carries an x-bce-request-id of its own, errors repeat it in the body."""
    first = bce_client.exchange(bce_client.prepare("vpc.list_vpcs", {}))
    wrong = bce_client.exchange(rewritten(bce_client, "vpc.list_vpcs", "/v1/vpc", "/v1/moon"))
    ids = [each.headers.get("x-bce-request-id") for each in (first, wrong)]
    assert all(re.fullmatch(r"[0-9a-f-]{36}", each) for each in ids)
    assert ids[0] != ids[1]
    assert wrong.json()["requestId"] == ids[1]


def test_what_does_not_exist_is_not_found(bce_client: Client) -> None:
    """An id that was never given out gets 404."""
    response = bce_client.exchange(bce_client.prepare("vpc.get_vpc", {"vpcId": "vpc-000000000000"}))
    assert response.status == 404
