"""The laws of a verifier: what it must accept, and which BCE code each refusal has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from contractkit.message import Request
from contractkit.properties.cases import Case, cases
from contractkit.properties.display import show_request
from contractkit.properties.strategies import messages
from contractkit.properties.suite import LawBrokenError, Laws, law
from contractkit.signing import Credentials, sign
from contractkit.signing.signer import TOKEN_HEADER

__all__ = ["Answer", "VerifierLaws", "Verify"]


class Answer(Protocol):
    """What a verifier says: `code` is the BCE error code, "" when ok."""

    @property
    def ok(self) -> bool: ...
    @property
    def code(self) -> str: ...


class Verify(Protocol):
    """A verifier of received requests; `lookup` gives the credentials of an access key id, or None."""

    def __call__(self, request: Request, lookup: Callable[[str], Credentials | None], *, now: datetime) -> Answer: ...


_SKEW: Final = timedelta(minutes=30)


def _any(suite: Any) -> Any:
    return cases(suite.requests)


class VerifierLaws(Laws):
    """What every verifier must keep (BCE authentication, the side of the service)."""

    verify: Verify

    @law(case=_any, data=st.data())
    def test_verifier_accepts_any_wire_spelling(self, case: Case, data: DataObject) -> None:
        """Law: the target is decoded and encoded again, so every spelling of a signed request verifies."""
        signed = _signed(case)
        self._require(case, data.draw(messages.spellings(signed)), "")

    @law(case=_any)
    def test_verifier_accepts_every_admissible_choice_of_headers(self, case: Case) -> None:
        """Law: host alone, host with x-bce-date, and an empty signedHeaders field for the default set verify."""
        for names in (("host",), ("host", "x-bce-date")):
            chosen = sign(case.request, case.credentials, at=case.at, expires_in=case.expires_in, signed_headers=names)
            self._require(case, chosen, "")
        self._require(case, _edit(_signed(case), 4, lambda _: ""), "")

    @law(case=lambda suite: cases(suite.requests, session=True))
    def test_verifier_accepts_and_insists_on_the_session_token(self, case: Case) -> None:
        """Law: temporary keys verify with their token, and with no or another token they do not."""
        self._require(case, _signed(case), "")
        bare = case.replace(credentials=Credentials(case.credentials.access_key_id, case.credentials.secret_access_key))
        missing = _signed(bare)
        if self.verify(missing, case.lookup, now=case.at).ok:
            self._fail(case, missing, "accepted temporary keys without their session token")
        changed = _signed(case)
        changed = changed.replace(headers=changed.headers.set(TOKEN_HEADER, "another"))
        if self.verify(changed, case.lookup, now=case.at).ok:
            self._fail(case, changed, "accepted another session token")

    @law(case=_any, part=st.sampled_from(("method", "path", "query", "host", "header", "signature", "key")))
    def test_verifier_refuses_what_changed_after_signing(self, case: Case, part: str) -> None:
        """Law: one bit changed in a signed part, and it is SignatureDoesNotMatch."""
        case = case.replace(request=case.request.replace(headers=case.request.headers.set("x-bce-part", "1")))
        self._require(case, _TAMPER[part](_signed(case)), "SignatureDoesNotMatch")

    @law(case=_any, position=st.integers(0, 63), bit=st.integers(0, 3))
    def test_verifier_refuses_every_other_signature(self, case: Case, position: int, bit: int) -> None:
        """Law: every one of the 256 bits of the signature counts."""

        def flip(text: str) -> str:
            digit = f"{int(text[position], 16) ^ (1 << bit):x}"
            return text[:position] + digit + text[position + 1 :]

        self._require(case, _edit(_signed(case), 5, flip), "SignatureDoesNotMatch")

    @law(
        case=_any,
        name=st.sampled_from(
            ("no header", "v2", "bearer", "cut", "no expiry", "zero expiry", "bad time", "host not listed")
        ),
    )
    def test_verifier_refuses_unreadable_headers(self, case: Case, name: str) -> None:
        """Law: anonymous requests are AccessDenied, anything but a bce-auth-v1 value InvalidHTTPAuthHeader."""
        signed = _signed(case)
        code = "AccessDenied" if name == "no header" else "InvalidHTTPAuthHeader"
        self._require(case, _UNREADABLE[name](signed), code)

    @law(case=_any)
    def test_verifier_refuses_unknown_keys(self, case: Case) -> None:
        """Law: an access key id that nobody has is InvalidAccessKeyId."""
        signed = _edit(_signed(case), 1, lambda key: key + "0")
        self._require(case, signed, "InvalidAccessKeyId")

    @law(
        case=lambda suite: cases(suite.requests, expiry=st.integers(1, 1800)),
        late=st.integers(1, 10**6),
    )
    def test_verifier_keeps_the_expiry_window(self, case: Case, late: int) -> None:
        """Law: good up to the expiry, then RequestExpired; and RequestExpired more than 30 minutes ahead."""
        signed, start = _signed(case), case.at.replace(microsecond=0)
        end = start + timedelta(seconds=case.expires_in)
        self._require(case, signed, "", now=start)
        self._require(case, signed, "", now=end)
        self._require(case, signed, "RequestExpired", now=end + timedelta(seconds=late))
        self._require(case, signed, "", now=start - _SKEW)
        self._require(case, signed, "RequestExpired", now=start - _SKEW - timedelta(seconds=late))

    @law(
        case=_any,
        junk=st.text(st.characters(codec="utf-8"), max_size=80),
        fields=st.lists(st.text(max_size=8), max_size=7),
    )
    def test_verifier_never_fails_on_junk(self, case: Case, junk: str, fields: list[str]) -> None:
        """Law: whatever stands in the header, the answer is a refusal, never an exception."""
        for value in (junk, "/".join(fields), "bce-auth-v1/" + "/".join(fields)):
            answer = self.verify(case.request.replace(headers=[("Authorization", value)]), case.lookup, now=case.at)
            assume(not answer.ok or "bce-auth-v1/" in value)
            if answer.ok or not answer.code:
                self._fail(case, case.request, f"accepted a junk header, or refused it without a code: {answer.code!r}")

    def _require(self, case: Case, request: Request, code: str, *, now: datetime | None = None) -> None:
        answer = self.verify(request, case.lookup, now=now or case.at)
        if answer.ok == bool(code) or answer.code != code:
            said = "accepted" if answer.ok else f"refused with {answer.code or 'no code'}"
            self._fail(case, request, f"{said}, not {'refused with ' + code if code else 'accepted'}")

    def _fail(self, case: Case, request: Request, why: str) -> None:
        raise LawBrokenError(f"{why}\n{show_request(case, request)}\n    keys: {case!r}")


def _signed(case: Case) -> Request:
    return sign(case.request, case.credentials, at=case.at, expires_in=case.expires_in)


def _edit(signed: Request, field: int, change: Callable[[str], str]) -> Request:
    """The request with one of the six fields of its Authorization value changed."""
    fields = signed.headers.get("authorization").split("/")
    fields[field] = change(fields[field])
    return _authorized(signed, "/".join(fields))


def _authorized(signed: Request, value: str) -> Request:
    return signed.replace(headers=signed.headers.set("Authorization", value))


def _replace_header(name: str, value: str) -> Callable[[Request], Request]:
    return lambda signed: signed.replace(headers=signed.headers.set(name, value))


def _flip_digit(text: str) -> str:
    return f"{text[:-1]}{int(text[-1], 16) ^ 1:x}"


_TAMPER: Final[dict[str, Callable[[Request], Request]]] = {
    "method": lambda signed: signed.replace(method="GET" if signed.method != "GET" else "PUT"),
    "path": lambda signed: signed.replace(
        url="x?".join([*signed.url.split("?", 1), ""][:2]) if "?" in signed.url else signed.url + "x"
    ),
    "query": lambda signed: signed.replace(url=signed.url + ("&" if "?" in signed.url else "?") + "added"),
    "host": _replace_header("Host", "bcc.su.baidubce.com"),
    "header": _replace_header("x-bce-part", "0"),
    "signature": lambda signed: _edit(signed, 5, _flip_digit),
    "key": lambda signed: _edit(signed, 3, lambda seconds: str(int(seconds) + 1)),
}

_UNREADABLE: Final[dict[str, Callable[[Request], Request]]] = {
    "no header": lambda signed: signed.replace(headers=signed.headers.without("authorization")),
    "v2": lambda signed: _edit(signed, 0, lambda _: "bce-auth-v2"),
    "bearer": lambda signed: _authorized(signed, "Bearer 0123456789abcdef"),
    "cut": lambda signed: _authorized(signed, signed.headers.get("authorization").rpartition("/")[0]),
    "no expiry": lambda signed: _edit(signed, 3, lambda _: ""),
    "zero expiry": lambda signed: _edit(signed, 3, lambda _: "0"),
    "bad time": lambda signed: _edit(signed, 2, lambda time: time.replace("T", " ")),
    "host not listed": lambda signed: _edit(signed, 4, lambda _: "x-bce-date"),
}
