"""Verifiers that accept what they must refuse, or refuse what they must accept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from contractkit.message import Request
from contractkit.properties.signer import signer_suite
from contractkit.properties.verifier import Answer
from contractkit.properties.wrongs.planted import Wrong
from contractkit.signing import Verdict, sign, verify
from contractkit.signing.verifier import Lookup

__all__ = ["WRONGS"]

Judge = Callable[[Request, Lookup, datetime, Verdict], Answer]
"""What a wrong verifier says, given what a right one says."""


@dataclass(frozen=True)
class _Said:
    ok: bool
    code: str = ""


_YES: Final = _Said(ok=True)


def _fields(request: Request) -> list[str]:
    return request.headers.get("authorization").split("/")


def _forgive(*codes: str) -> Judge:
    return lambda _request, _lookup, _now, right: _YES if right.code in codes else right


def _refuse_if(test: Callable[[Request], bool], code: str) -> Judge:
    return lambda request, _lookup, _now, right: _Said(ok=False, code=code) if test(request) else right


def _lists_little(request: Request) -> bool:
    fields = _fields(request)
    return len(fields) == 6 and "content" not in fields[4] and "x-bce" not in fields[4]


def _half(request: Request, lookup: Lookup, _now: datetime, right: Verdict) -> Answer:
    keys = lookup(right.access_key_id)
    if right.code != "SignatureDoesNotMatch" or keys is None or right.at is None:
        return right
    again = sign(request, keys, at=right.at, expires_in=int(_fields(request)[3])).headers.get("authorization")
    return _YES if request.headers.get("authorization").startswith(again[:-32]) else right


def _token_forgotten(_request: Request, _lookup: Lookup, _now: datetime, right: Verdict) -> Answer:
    return _YES if right.code == "InvalidAccessKeyId" and "temporary" in right.reason else right


def _breaks_on_junk(request: Request, _lookup: Lookup, _now: datetime, right: Verdict) -> Answer:
    if request.headers.has("authorization"):
        int(_fields(request)[3])
    return right


def _suite(judge: Judge) -> type:
    def wrong(request: Request, lookup: Lookup, *, now: datetime) -> Answer:
        return judge(request, lookup, now, verify(request, lookup, now=now))

    return signer_suite(sign=sign, verify=wrong)


def _wrong(law: str, about: str, judge: Judge) -> Wrong:
    return Wrong(about, f"test_verifier_{law}", partial(_suite, judge))


WRONGS: Final = (
    _wrong("refuses_what_changed_after_signing", "accepts everything", lambda *_: _YES),
    _wrong("refuses_what_changed_after_signing", "does not compare", _forgive("SignatureDoesNotMatch")),
    _wrong("refuses_every_other_signature", "compares half of the signature", _half),
    _wrong("keeps_the_expiry_window", "ignores the expiry", _forgive("RequestExpired")),
    _wrong("accepts_every_admissible_choice_of_headers", "insists on more than host", _refuse_if(_lists_little, "X")),
    _wrong(
        "accepts_any_wire_spelling",
        "refuses escapes in lower case",
        _refuse_if(lambda each: bool(re.search("%(?:[a-f].|[0-9A-F][a-f])", each.url)), "SignatureDoesNotMatch"),
    ),
    _wrong(
        "accepts_any_wire_spelling",
        "refuses needless ampersands",
        _refuse_if(lambda each: each.url.endswith("&"), "SignatureDoesNotMatch"),
    ),
    _wrong(
        "refuses_unknown_keys",
        "one code for all refusals",
        lambda _request, _lookup, _now, right: right if right.ok else _Said(ok=False, code="AccessDenied"),
    ),
    _wrong("refuses_unknown_keys", "accepts keys that nobody has", _forgive("InvalidAccessKeyId")),
    _wrong("refuses_unreadable_headers", "accepts anonymous requests", _forgive("AccessDenied")),
    _wrong("accepts_and_insists_on_the_session_token", "forgets the session token", _token_forgotten),
    _wrong("never_fails_on_junk", "breaks on junk", _breaks_on_junk),
)
