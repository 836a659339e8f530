"""The httpx adapter over real loopback HTTP, synchronous and not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest

from contractkit.adapters.httpx import HttpxAuth, to_request
from contractkit.signing import EXAMPLE, Credentials

HARD = "/v1/vpc/%E4%BE%8B%20b?bind&name=a%2Bb%20c&marker="
CALLS = [("GET", {}), ("PUT", {"json": {"name": "例"}}), ("DELETE", {"headers": {b"x-bce-note": "例".encode()}})]


@pytest.mark.parametrize(("method", "parts"), CALLS)
def test_what_a_client_sends_verifies(server, method, parts):
    """Target, port, body and headers as httpx writes them arrive with a right signature."""
    with httpx.Client(auth=HttpxAuth(EXAMPLE), trust_env=False) as client:
        answer = client.request(method, server.url + HARD, **parts)
    assert (answer.status_code, answer.text) == (200, "verified")
    assert "例" not in server.received[0].url


@pytest.mark.parametrize(("method", "parts"), CALLS)
def test_what_an_async_client_sends_verifies(server, method, parts):
    """The same flow signs for asynchronous clients."""

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(auth=HttpxAuth(EXAMPLE), trust_env=False) as client:
            return await client.request(method, server.url + HARD, **parts)

    assert asyncio.run(call()).text == "verified"


def test_clock_expiry_list_and_token_of_the_caller_are_used():
    """One pass of the flow sets exactly the headers of the signature; another renews its date."""
    second = iter(range(2))
    auth = HttpxAuth(
        Credentials("a" * 32, "b" * 32, "token"),
        clock=lambda: datetime(2025, 1, 1, 0, 0, next(second), tzinfo=UTC),
        expires_in=60,
        signed_headers=["host", "x-bce-date"],
    )
    request = httpx.Request("GET", "http://h:81/")
    for expected in ("2025-01-01T00:00:00Z", "2025-01-01T00:00:01Z"):
        assert next(auth.auth_flow(request)) is request
        assert request.headers["x-bce-date"] == expected
        value = request.headers["authorization"]
        assert f"/{expected}/60/host;x-bce-date;x-bce-security-token/" in value
    assert "b" * 32 not in repr(auth)


def test_a_request_survives_translation():
    """Target, body and headers are ours as httpx has them."""
    request = httpx.Request("PUT", "http://h/a%20b?bind", content=b"{}", headers={"X-A": "1"})
    assert to_request(request).target == "/a%20b?bind"
    assert (to_request(request).body, to_request(request).headers.get("x-a")) == (b"{}", "1")


def test_header_bytes_are_utf8_text_or_kept():
    """Header bytes are read as UTF-8; bytes that are none stay what they were."""
    for value in (b"caf\xc3\xa9", b"caf\xe9"):
        ours = to_request(httpx.Request("GET", "http://h/", headers={b"x-a": value}))
        assert ours.headers.get("x-a") == value.decode("utf-8", "surrogateescape")


@pytest.mark.slow
def test_without_httpx_the_remedy_is_told():
    """Importing the adapter where httpx is not installed says what to install."""
    code = "import sys; sys.modules['httpx'] = None; import contractkit.adapters.httpx"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ConfigurationError" in done.stderr
    assert "pytest-contractkit[httpx]" in done.stderr
