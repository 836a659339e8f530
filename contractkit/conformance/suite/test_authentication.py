"""Who may call: signatures, expiry, keys and real-name verification. Nothing here creates anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contractkit.client import Client
from contractkit.client.failures import read_code
from contractkit.contract import load_contract
from contractkit.message import Request, Response
from contractkit.signing import UNVERIFIED, Credentials, sign

pytestmark = pytest.mark.contract

READS = ("vpc.list_vpcs", "eip.list_eips", "dns.list_dns_zones", "privatezone.list_private_zones")


def unsigned(client: Client, operation: str = "vpc.list_vpcs") -> Request:
    request = client.prepare(operation, {})
    return request.replace(headers=request.headers.without("authorization", "x-bce-security-token"))


def outcome(response: Response) -> tuple[int, str]:
    return response.status, read_code(response)


@pytest.mark.parametrize("operation", READS)
def test_a_signed_read_is_answered(bce_client: Client, operation: str) -> None:
    """A correctly signed read is answered by every service."""
    assert bce_client.exchange(bce_client.prepare(operation, {}), sign=False).status == 200


@pytest.mark.parametrize("operation", READS)
def test_an_anonymous_request_is_denied(bce_client: Client, operation: str) -> None:
    """A request without Authorization is anonymous and gets AccessDenied."""
    assert outcome(bce_client.exchange(unsigned(bce_client, operation), sign=False)) == (403, "AccessDenied")


def test_a_wrong_secret_does_not_match(bce_client: Client, bce_credentials: Credentials) -> None:
    """The right key id with another secret gets SignatureDoesNotMatch."""
    wrong = Credentials(bce_credentials.access_key_id, "0" * 32, bce_credentials.session_token)
    request = sign(unsigned(bce_client), wrong, at=datetime.now(UTC))
    assert outcome(bce_client.exchange(request, sign=False)) == (400, "SignatureDoesNotMatch")


def test_an_unknown_key_is_refused(bce_client: Client) -> None:
    """A key id nobody owns gets InvalidAccessKeyId."""
    request = sign(unsigned(bce_client), Credentials("e" * 32, "f" * 32), at=datetime.now(UTC))
    assert outcome(bce_client.exchange(request, sign=False)) == (403, "InvalidAccessKeyId")


@pytest.mark.parametrize("value", ["nonsense", "bce-auth-v1/too/short", "Bearer nothing"])
def test_an_unreadable_authorization_is_refused(bce_client: Client, value: str) -> None:
    """An Authorization that cannot be read gets InvalidHTTPAuthHeader."""
    request = unsigned(bce_client)
    request = request.replace(headers=request.headers.set("authorization", value))
    assert outcome(bce_client.exchange(request, sign=False)) == (400, "InvalidHTTPAuthHeader")


@pytest.mark.parametrize("minutes", [-90, 45])
def test_a_date_far_from_now_has_expired(bce_client: Client, bce_credentials: Credentials, minutes: int) -> None:
    """A date more than 30 minutes away, in either direction, gets RequestExpired."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    request = unsigned(bce_client)
    request = sign(request.replace(headers=request.headers.without("x-bce-date")), bce_credentials, at=at)
    assert outcome(bce_client.exchange(request, sign=False)) == (400, "RequestExpired")


@pytest.mark.parametrize("names", [("host",), ("host", "x-bce-date"), ("host", "content-type", "x-bce-date")])
def test_each_admissible_choice_of_headers_is_accepted(
    bce_client: Client, bce_credentials: Credentials, names: tuple[str, ...]
) -> None:
    """Host alone, host with x-bce-date, and more: each is an admissible choice of signed headers."""
    request = unsigned(bce_client)
    request = request.replace(headers=request.headers.set("content-type", "application/json"))
    headers = names if bce_credentials.session_token is None else (*names, "x-bce-security-token")
    request = sign(request, bce_credentials, at=datetime.now(UTC), signed_headers=headers)
    assert bce_client.exchange(request, sign=False).status == 200


def test_an_empty_header_list_means_the_default_set(bce_client: Client) -> None:
    """An empty signedHeaders field stands for the default set of the headers present."""
    request = bce_client.prepare("vpc.list_vpcs", {})
    parts = request.headers.get("authorization").split("/")
    request = request.replace(headers=request.headers.set("authorization", "/".join([*parts[:4], "", parts[5]])))
    assert bce_client.exchange(request, sign=False).status == 200


@pytest.mark.reference_only("no account that has not passed verification")
def test_an_account_without_real_name_verification_is_refused(bce_client: Client) -> None:
    """An account that has not passed real-name verification gets QualifyNotPass."""
    request = sign(unsigned(bce_client), UNVERIFIED, at=datetime.now(UTC))
    assert outcome(bce_client.exchange(request, sign=False)) == (403, "QualifyNotPass")


@pytest.mark.parametrize("operation", READS)
def test_wire_spelling_does_not_matter(bce_client: Client, bce_credentials: Credentials, operation: str) -> None:
    """A query written with lower-case escapes of harmless characters verifies all the same."""
    request = unsigned(bce_client, operation)
    request = sign(request.replace(url=f"{request.url}?marker=a-b_c"), bce_credentials, at=datetime.now(UTC))
    spelled = request.replace(url=request.url.replace("a-b_c", "a%2db%5fc"))
    assert outcome(bce_client.exchange(spelled, sign=False))[1] != "SignatureDoesNotMatch"


def test_every_described_service_is_covered_here() -> None:
    """The reads above speak to every service of the contract."""
    assert {name.partition(".")[0] for name in READS} == set(load_contract().services)
