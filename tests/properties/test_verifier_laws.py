"""The laws of the verifying side: wrong verifiers are caught."""

import re

import pytest

from contractkit.properties import LawBrokenError, signer_suite
from contractkit.signing import Verdict, sign, verify


def accept_all(request, lookup, *, now):
    return Verdict(ok=True)


def ignore_expiry(request, lookup, *, now):
    verdict = verify(request, lookup, now=now)
    return Verdict(ok=True) if verdict.code == "RequestExpired" else verdict


def require_every_header(request, lookup, *, now):
    fields = request.headers.get("authorization").split("/")
    if len(fields) == 6 and "content" not in fields[4] and "x-bce" not in fields[4]:
        return Verdict(ok=False, code="InvalidHTTPAuthHeader")
    return verify(request, lookup, now=now)


def refuse_lower_case_escapes(request, lookup, *, now):
    if re.search("%(?:[a-f].|[0-9A-F][a-f])", request.url):
        return Verdict(ok=False, code="SignatureDoesNotMatch")
    return verify(request, lookup, now=now)


def compare_half_the_signature(request, lookup, *, now):
    verdict = verify(request, lookup, now=now)
    if verdict.code != "SignatureDoesNotMatch":
        return verdict
    value = request.headers.get("authorization")
    again = sign(request, lookup(verdict.access_key_id), at=verdict.at, expires_in=int(value.split("/")[3]))
    half = again.headers.get("authorization")[:-32]
    return Verdict(ok=True) if value.startswith(half) else verdict


def say_access_denied(request, lookup, *, now):
    verdict = verify(request, lookup, now=now)
    return verdict if verdict.ok else Verdict(ok=False, code="AccessDenied", status=403)


def forget_the_session_token(request, lookup, *, now):
    verdict = verify(request, lookup, now=now)
    return Verdict(ok=True) if verdict.code == "InvalidAccessKeyId" and "temporary" in verdict.reason else verdict


def split_blindly(request, lookup, *, now):
    request.headers.get("authorization").split("/")[5 if request.headers.has("authorization") else 0]
    return verify(request, lookup, now=now)


WRONG_VERIFIERS = {
    accept_all: "test_verifier_refuses_what_changed_after_signing",
    ignore_expiry: "test_verifier_keeps_the_expiry_window",
    require_every_header: "test_verifier_accepts_every_admissible_choice_of_headers",
    refuse_lower_case_escapes: "test_verifier_accepts_any_wire_spelling",
    compare_half_the_signature: "test_verifier_refuses_every_other_signature",
    say_access_denied: "test_verifier_refuses_unknown_keys",
    forget_the_session_token: "test_verifier_accepts_and_insists_on_the_session_token",
    split_blindly: "test_verifier_never_fails_on_junk",
}


@pytest.mark.parametrize("wrong", WRONG_VERIFIERS)
def test_every_wrong_verifier_is_caught(wrong, without_shrinking):
    """Each planted verifier breaks the law that is named for it."""
    law = WRONG_VERIFIERS[wrong]
    with pytest.raises((LawBrokenError, IndexError)):
        getattr(signer_suite(sign=sign, verify=wrong)(), law)()
    print(f"{wrong.__name__:36} {law}")  # noqa: T201 - the table is the proof
