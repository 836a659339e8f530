"""The signer suite: ours passes it, and a second signer written apart agrees with ours."""

import hashlib
import hmac
from datetime import UTC
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import pytest

from contractkit.message import Request
from contractkit.properties import LawBrokenError, signer_suite
from contractkit.signing import sign, verify


class SecondSigner:
    """bce-auth-v1 once more, from the text of the specification, on the wire text and the standard library alone.

    One method for each step.
    """

    def __call__(self, request, credentials, *, at, expires_in):
        fields = [(name, value) for name, value in request.headers if name.lower() not in self.replaced]
        address, _, query = request.url.partition("://")[2].partition("?")
        host, slash, path = address.partition("/")
        fields += self.added(fields, host, at, credentials)
        signed = self.choose({name.lower(): value for name, value in fields})
        canonical = "\n".join(
            (request.method, self.path(slash + path), self.query(self.items(query)), self.lines(signed))
        )
        prefix = f"bce-auth-v1/{credentials.access_key_id}/{self.time(at)}/{self.seconds(expires_in)}"
        signature = self.mac(self.key(credentials.secret_access_key, prefix), canonical)
        value = f"{prefix}/{self.listed(signed)}/{signature}"
        return Request(request.method, request.url, [*fields, ("Authorization", value)], request.body)

    replaced: ClassVar = {"authorization"}

    def added(self, fields, host, at, credentials):
        present = {name.lower() for name, _ in fields}
        wanted = {"Host": host, "x-bce-date": self.time(at)}
        if credentials.session_token:
            wanted["x-bce-security-token"] = credentials.session_token
        return [(name, value) for name, value in wanted.items() if name.lower() not in present]

    def choose(self, headers):
        trimmed = {name: self.trim(value) for name, value in headers.items()}
        return {name: value for name, value in trimmed.items() if self.is_default(name) and value}

    def is_default(self, name):
        return name.startswith("x-bce-") or name in ("host", "content-length", "content-type", "content-md5")

    def trim(self, value):
        return value.strip(" \t\r\n\f\v")

    def path(self, wire):
        return quote(unquote(wire), safe="/~") or "/"

    def items(self, query):
        pairs = (part.split("=", 1) for part in query.split("&") if part)
        return [(unquote(pair[0]), unquote(pair[1]) if len(pair) > 1 else None) for pair in pairs]

    def query(self, items):
        kept = [(name, value) for name, value in items if name.casefold() != "authorization"]
        return "&".join(sorted(self.item(name, value) for name, value in kept))

    def item(self, name, value):
        return quote(name, safe="~") + "=" + quote(value or "", safe="~")

    def lines(self, signed):
        return "\n".join(sorted(f"{quote(name, safe='~')}:{quote(value, safe='~')}" for name, value in signed.items()))

    def listed(self, signed):
        return ";".join(sorted(signed))

    def time(self, at):
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def seconds(self, expires_in):
        return expires_in

    def key(self, secret, prefix):
        return hmac.new(secret.encode(), prefix.encode(), hashlib.sha256).hexdigest().encode()

    def mac(self, key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def sign_listed(request, credentials, *, at, expires_in, signed_headers):
    return sign(request, credentials, at=at, expires_in=expires_in, signed_headers=signed_headers)


TestOurs = signer_suite(sign=sign, verify=verify, against=SecondSigner(), sign_listed=sign_listed)
TestTheSecond = signer_suite(sign=SecondSigner())


class EncodesPathTwice(SecondSigner):
    def path(self, wire):
        return quote(super().path(wire), safe="/~")


class SignsNoHost(SecondSigner):
    def is_default(self, name):
        return name.startswith("x-bce-")


@pytest.fixture
def catch(without_shrinking):
    """Run one law of a suite that must fail; gives the text of the failure, "" when it passed."""

    def run(make: Any, law: str) -> str:
        try:
            getattr(make()(), law)()
        except LawBrokenError as broken:
            return str(broken)
        return ""

    return run


def test_a_second_signer_that_differs_is_caught(catch):
    """The differential law sees a second signer that goes another way."""
    for other in (EncodesPathTwice(), SignsNoHost()):
        assert catch(lambda second=other: signer_suite(sign=sign, against=second), "test_agrees_with_the_second_signer")


def test_without_a_second_signer_there_is_no_differential_law():
    """A suite has only the laws that can be examined."""
    assert signer_suite(sign=sign).test_agrees_with_the_second_signer is None


def test_failure_output_shows_both_canonical_requests_and_no_secret():
    """A broken law shows the shortest request and both canonical requests side by side, and no key."""
    suite = signer_suite(sign=EncodesPathTwice())
    with pytest.raises(LawBrokenError) as broken:
        suite().test_encodes_the_path_once()
    text = str(broken.value) + "".join(broken.value.__notes__)
    assert "by the specification" in text
    assert "by the signer" in text
    assert any(line.strip().startswith("! path") and "%25" in line for line in text.splitlines())
    assert "the path was encoded" in text
    assert "b" * 32 not in text
