"""The signer suite: ours passes it, a second signer written apart agrees with ours, and wrong ones are caught."""

import hashlib
import hmac
import posixpath
from datetime import UTC
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import pytest

from contractkit.message import Request
from contractkit.properties import LawBrokenError, signer_suite
from contractkit.signing import sign, verify


class SecondSigner:
    """bce-auth-v1 once more, from the text of the specification, on the wire text and the standard library alone.

    One method for each step, so that a wrong signer differs in one step.
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


TestOurs = signer_suite(sign=sign, verify=verify, against=SecondSigner())
TestTheSecond = signer_suite(sign=SecondSigner())


class RawDigestAsKey(SecondSigner):
    def key(self, secret, prefix):
        return hmac.new(secret.encode(), prefix.encode(), hashlib.sha256).digest()


class SecretAsKey(SecondSigner):
    def key(self, secret, prefix):  # noqa: ARG002 - one step, its signature
        return secret.encode()


class UpperCaseSignature(SecondSigner):
    def mac(self, key, text):
        return super().mac(key, text).upper()


class KeepsAuthorizationItem(SecondSigner):
    def query(self, items):
        return "&".join(sorted(self.item(name, value) for name, value in items))


class DropsAuthorizationInLowerCaseOnly(SecondSigner):
    def query(self, items):
        return "&".join(sorted(self.item(name, value) for name, value in items if name != "authorization"))


class PlainQueryNames(SecondSigner):
    def item(self, name, value):
        return name + "=" + quote(value or "", safe="~")


class ValuelessWithoutEquals(SecondSigner):
    def item(self, name, value):
        return quote(name, safe="~") if value is None else super().item(name, value)


class KeepsSlashesInQuery(SecondSigner):
    def item(self, name, value):
        return quote(name, safe="/~") + "=" + quote(value or "", safe="/~")


class PlusForBlank(SecondSigner):
    def item(self, name, value):
        return super().item(name, value).replace("%20", "+")


class SortsBeforeEncoding(SecondSigner):
    def query(self, items):
        kept = [(name, value or "") for name, value in items if name.casefold() != "authorization"]
        return "&".join(self.item(name, value) for name, value in sorted(kept))


class SortsWithoutRegardToCase(SecondSigner):
    def query(self, items):
        kept = [(name, value) for name, value in items if name.casefold() != "authorization"]
        return "&".join(sorted((self.item(name, value) for name, value in kept), key=str.lower))


class LastOfRepeatedNames(SecondSigner):
    def items(self, query):
        return list(dict(super().items(query)).items())


class EncodesPathTwice(SecondSigner):
    def path(self, wire):
        return quote(super().path(wire), safe="/~")


class SignsPathAsGiven(SecondSigner):
    def path(self, wire):
        return wire or "/"


class ResolvesDotSegments(SecondSigner):
    def path(self, wire):
        return super().path(posixpath.normpath(wire or "/"))


class KeepsBlankHeaders(SecondSigner):
    def choose(self, headers):
        return {name: self.trim(value) for name, value in headers.items() if self.is_default(name)}


class TrimsNothing(SecondSigner):
    def trim(self, value):
        return value


class TrimsUnicodeBlanks(SecondSigner):
    def trim(self, value):
        return value.strip()


class CollapsesInnerBlanks(SecondSigner):
    def trim(self, value):
        return " ".join(value.split())


class SortsHeadersByName(SecondSigner):
    def lines(self, signed):
        return "\n".join(f"{quote(name, safe='~')}:{quote(value, safe='~')}" for name, value in sorted(signed.items()))


class ListsInOrderOfAppearance(SecondSigner):
    def listed(self, signed):
        return ";".join(signed)


class SignsMoreThanItLists(SecondSigner):
    def listed(self, signed):
        return ";".join(sorted(set(signed) & {"host", "x-bce-date"}))


class SignsNoHost(SecondSigner):
    def is_default(self, name):
        return name.startswith("x-bce-")


class SignsHostWithoutPort(SecondSigner):
    def choose(self, headers):
        chosen = super().choose(headers)
        return {**chosen, "host": chosen["host"].partition(":")[0]}


class ExpiryAlways1800(SecondSigner):
    def seconds(self, expires_in):  # noqa: ARG002 - one step, its signature
        return 1800


class LocalTime(SecondSigner):
    def time(self, at):
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class IgnoresSessionToken(SecondSigner):
    def added(self, fields, host, at, credentials):
        return [(name, value) for name, value in super().added(fields, host, at, credentials) if "token" not in name]


class SendsSessionTokenUnsigned(SecondSigner):
    def is_default(self, name):
        return super().is_default(name) and name != "x-bce-security-token"


class SignsTwice(SecondSigner):
    replaced: ClassVar = set()


class ShowsTheSecret(SecondSigner):
    def added(self, fields, host, at, credentials):
        return [*super().added(fields, host, at, credentials), ("X-Debug", credentials.secret_access_key)]


class LeavesTheQueryOut(SecondSigner):
    def query(self, items):  # noqa: ARG002 - one step, its signature
        return ""


class ListsBlankHeaders(SecondSigner):
    def choose(self, headers):
        self.blank = {name for name, value in headers.items() if self.is_default(name) and not self.trim(value)}
        return super().choose(headers)

    def listed(self, signed):
        return ";".join(sorted({*signed, *self.blank}))


class ListsAbsentHeaders(SecondSigner):
    def listed(self, signed):
        return ";".join(sorted({*signed, "content-md5"}))


class ExpiryDoubled(SecondSigner):
    def seconds(self, expires_in):
        return 2 * expires_in


class ExpiryHalved(SecondSigner):
    def seconds(self, expires_in):
        return max(1, expires_in // 2)


class DropsTheBody(SecondSigner):
    def __call__(self, request, credentials, *, at, expires_in):
        return super().__call__(request, credentials, at=at, expires_in=expires_in).replace(body=b"")


class DropsHeadersItDoesNotSign(SecondSigner):
    def __call__(self, request, credentials, *, at, expires_in):
        signed = super().__call__(request, credentials, at=at, expires_in=expires_in)
        kept = [pair for pair in signed.headers if self.is_default(pair[0].lower()) or pair[0] == "Authorization"]
        return signed.replace(headers=kept)


WRONG_SIGNERS = {
    ListsBlankHeaders: "test_skips_blank_headers",
    ListsAbsentHeaders: "test_lists_what_it_signs",
    ExpiryDoubled: "test_expires_when_it_says",
    ExpiryHalved: "test_expires_when_it_says",
    DropsTheBody: "test_leaves_the_request_alone",
    DropsHeadersItDoesNotSign: "test_leaves_the_request_alone",
    RawDigestAsKey: "test_reproduces_the_documented_known_answers",
    SecretAsKey: "test_reproduces_the_documented_known_answers",
    UpperCaseSignature: "test_is_accepted_by_the_reference_verifier",
    KeepsAuthorizationItem: "test_leaves_out_the_authorization_query_item",
    DropsAuthorizationInLowerCaseOnly: "test_leaves_out_the_authorization_query_item",
    PlainQueryNames: "test_encodes_query_names_and_values_once",
    ValuelessWithoutEquals: "test_encodes_query_names_and_values_once",
    KeepsSlashesInQuery: "test_encodes_query_names_and_values_once",
    PlusForBlank: "test_encodes_query_names_and_values_once",
    SortsBeforeEncoding: "test_orders_the_query_by_encoded_strings",
    SortsWithoutRegardToCase: "test_orders_the_query_by_encoded_strings",
    LastOfRepeatedNames: "test_orders_the_query_by_encoded_strings",
    EncodesPathTwice: "test_encodes_the_path_once",
    SignsPathAsGiven: "test_ignores_the_wire_spelling",
    ResolvesDotSegments: "test_encodes_the_path_once",
    KeepsBlankHeaders: "test_skips_blank_headers",
    TrimsNothing: "test_trims_ascii_blanks_around_header_values",
    TrimsUnicodeBlanks: "test_trims_ascii_blanks_around_header_values",
    CollapsesInnerBlanks: "test_trims_ascii_blanks_around_header_values",
    SortsHeadersByName: "test_orders_headers_by_whole_lines",
    ListsInOrderOfAppearance: "test_lists_what_it_signs",
    SignsMoreThanItLists: "test_lists_what_it_signs",
    SignsNoHost: "test_signs_the_host_as_sent",
    SignsHostWithoutPort: "test_signs_the_host_as_sent",
    ExpiryAlways1800: "test_signs_the_instant_and_the_expiry_it_was_given",
    LocalTime: "test_signs_the_instant_and_the_expiry_it_was_given",
    IgnoresSessionToken: "test_sends_and_signs_the_session_token",
    SendsSessionTokenUnsigned: "test_sends_and_signs_the_session_token",
    SignsTwice: "test_leaves_the_request_alone",
    ShowsTheSecret: "test_shows_no_secret",
    LeavesTheQueryOut: "test_depends_on_every_signed_part",
}


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


def test_every_wrong_signer_is_caught(catch):
    """Each of 37 planted divergences breaks the law that is named for it, within the ci profile."""
    missed = []
    for wrong, law in WRONG_SIGNERS.items():
        caught = catch(lambda each=wrong: signer_suite(sign=each()), law)
        print(f"{wrong.__name__:36} {law if caught else 'NOT CAUGHT'}")  # noqa: T201 - the table is the proof
        missed += [] if caught else [wrong.__name__]
    assert not missed


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
