"""A cloud with a clock the test turns, and callers that sign, check every answer and read it."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from contractkit.cloud import ReferenceCloud
from contractkit.contract import build_call, check, load_contract
from contractkit.message import Interaction, Request, Response
from contractkit.signing import EXAMPLE, Credentials, sign

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


def encode(call, host: str, scheme: str = "https") -> Request:
    """The unsigned request of a call."""
    path = "/".join(quote(each, safe="") for each in call.path_segments)
    items = [quote(n, safe="") + ("" if v is None else "=" + quote(v, safe="")) for n, v in call.query]
    headers = {"Host": host, "Content-Type": "application/json; charset=utf-8"}
    return Request(call.method, f"{scheme}://{host}/{path}?{'&'.join(items)}", headers, call.body)


@dataclass
class Caller:
    """Calls operations as one key pair; every answer is held against the contract."""

    cloud: ReferenceCloud
    clock: Clock
    credentials: Credentials = EXAMPLE
    region: str = "bj"
    tokens: itertools.count = field(default_factory=itertools.count)

    def send(self, request: Request, *, expires_in: int = 1800) -> Response:
        signed = sign(request, self.credentials, at=self.clock(), expires_in=expires_in)
        response = self.cloud.handle(signed)
        findings = check(Interaction(signed, response), load_contract())
        assert [each for each in findings if each.level == "error"] == []
        return response

    def raw(self, method: str, target: str, body: bytes = b"", *, service: str = "vpc", headers=()) -> Response:
        host = load_contract().host(service, self.region)
        given = {"Host": host, "Content-Type": "application/json", **dict(headers)}
        return self.send(Request(method, f"https://{host}{target}", given, body))

    def prepare(self, operation: str, **arguments) -> Request:
        described = load_contract().operation(operation)
        if described.client_token == "required":
            arguments.setdefault("clientToken", f"given-{next(self.tokens)}")
        return encode(build_call(described, arguments), load_contract().host(described.service, self.region))

    def call(self, operation: str, **arguments) -> Response:
        return self.send(self.prepare(operation, **arguments))

    def ok(self, operation: str, **arguments):
        """The decoded body of a call that has to succeed ({} when there is none)."""
        response = self.call(operation, **arguments)
        assert response.status == 200, response.body
        return response.json() if response.body else {}

    def no(self, operation: str, **arguments) -> tuple[int, str]:
        """Status and code of a call that has to be refused."""
        return refusal(self.call(operation, **arguments))


def refusal(response: Response) -> tuple[int, str]:
    body = response.json()
    assert body["message"]
    assert body["requestId"] == response.headers.get("x-bce-request-id")
    assert response.headers.get("content-type") == "application/json;charset=UTF-8"
    return response.status, body["code"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_cloud(clock):
    """Make clouds on the test's clock; none may have broken by the end of the test."""
    made = []

    def make(**options) -> ReferenceCloud:
        made.append(ReferenceCloud(**{"clock": clock, **options}))
        return made[-1]

    yield make
    assert [each.failures for each in made] == [()] * len(made)


@pytest.fixture
def make_caller(make_cloud, clock):
    """Make callers: `make_caller(cloud=..., credentials=..., region=...)`."""

    def make(cloud=None, **options) -> Caller:
        return Caller(cloud or make_cloud(), clock, **options)

    return make


@pytest.fixture
def caller(make_caller) -> Caller:
    return make_caller()


@pytest.fixture
def code_of():
    """Read status and code of a refusal."""
    return refusal
