"""A clientToken names a request: the same one again does nothing twice, another one is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

pytestmark = pytest.mark.contract(creates=True)


@pytest.fixture
def token() -> str:
    """A token that no run before has used: a service remembers them for a day."""
    return str(uuid4())


@pytest.fixture
def made(bce_client: Client, label: str, token: str) -> Iterator[str]:
    """A VPC created under the token."""
    vpc_id = bce_client.vpc.create_vpc(name=label, cidr="10.0.0.0/16", clientToken=token)["vpcId"]
    yield vpc_id
    bce_client.vpc.delete_vpc(vpc_id)


def test_the_same_request_again_creates_nothing(bce_client: Client, label: str, token: str, made: str) -> None:
    """A repeat gets the first answer, and there is one resource."""
    again = bce_client.vpc.create_vpc(name=label, cidr="10.0.0.0/16", clientToken=token)["vpcId"]
    assert again == made
    assert [each["vpcId"] for each in bce_client.vpc.list_vpcs.each() if each["name"] == label] == [made]


def test_another_body_under_the_token_is_a_mismatch(
    bce_client: Client, label: str, token: str, made: str, refusal: Callable[..., ServiceError]
) -> None:
    """The token with another body gets IdempotentParameterMismatch, and nothing is created."""
    error = refusal(bce_client.vpc.create_vpc, name=label, cidr="10.1.0.0/16", clientToken=token)
    assert (error.status, error.code) == (403, "IdempotentParameterMismatch")
    assert [each["vpcId"] for each in bce_client.vpc.list_vpcs.each() if each["name"] == label] == [made]


def test_another_path_under_the_token_is_a_mismatch(
    bce_client: Client, label: str, token: str, made: str, refusal: Callable[..., ServiceError]
) -> None:
    """The token at another path gets IdempotentParameterMismatch."""
    error = refusal(bce_client.vpc.update_vpc, vpcId=made, name=label, clientToken=token)
    assert (error.status, error.code) == (403, "IdempotentParameterMismatch")


def test_another_token_is_another_request(bce_client: Client, label: str, token: str, made: str) -> None:
    """The same body under another token creates a second resource."""
    other = bce_client.vpc.create_vpc(name=label, cidr="10.0.0.0/16", clientToken=f"{token}-2")["vpcId"]
    assert other != made
    bce_client.vpc.delete_vpc(other)


def test_a_token_over_64_characters_is_refused(bce_client: Client, label: str) -> None:
    """A clientToken of 65 characters is refused with 400."""
    request = bce_client.prepare("vpc.create_vpc", {"name": label, "cidr": "10.0.0.0/16", "clientToken": "t"})
    request = request.replace(url=request.url.replace("clientToken=t", "clientToken=" + "t" * 65))
    assert bce_client.exchange(request).status == 400
