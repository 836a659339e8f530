"""What a person sees when a signer breaks a law: the shortest request, and two canonical requests side by side."""

from __future__ import annotations

import hmac
from itertools import zip_longest
from typing import Final

from contractkit.errors import SigningError
from contractkit.message import Request
from contractkit.properties.cases import Case
from contractkit.signing import ParsedAuthorization, Verdict, parse_authorization
from contractkit.signing.authorization import keyed_hex
from contractkit.signing.divergences import canonical_variants
from contractkit.signing.wire import readings

__all__ = ["compare", "explain_refusal", "show_request"]

_PARTS: Final = ("method", "path", "query")
_OURS: Final = "by the specification"


def explain_refusal(case: Case, signed: Request, verdict: Verdict, theirs: str = "") -> str:
    """The verdict, the request and both canonical requests; `theirs` "" searches the known divergences."""
    lines = [f"{verdict.code}: {case.hide(verdict.reason)}", "  the request as signed:", show_request(case, signed)]
    parsed = _parse(signed)
    if parsed is not None:
        text = theirs or _find_signed_text(case, signed, parsed)
        lines += ["  canonical requests:", compare(case, case.expected(signed, parsed.signed_headers), text)]
    return "\n".join(lines)


def show_request(case: Case, request: Request) -> str:
    """The request as lines, without the Authorization value and the session token."""
    lines = [f"{request.method} {request.url}"]
    lines += [f"{name}: {'***' if name.lower() == 'authorization' else repr(value)}" for name, value in request.headers]
    return case.hide("\n".join(f"    {line}" for line in lines))


def compare(case: Case, expected: str, signed: str) -> str:
    """Two canonical requests side by side, part by part; `!` marks the parts that differ."""
    left, right = case.hide(expected).split("\n"), case.hide(signed).split("\n")
    width = max(map(len, (_OURS, *left)))
    rows = [f"      {'':8}{_OURS:{width}} | by the signer"]
    for index, (one, other) in enumerate(zip_longest(left, right, fillvalue="")):
        name = _PARTS[index] if index < len(_PARTS) else "header"
        shown = other if signed else "(unknown: pass canonical=...)" if not index else ""
        rows.append(f"    {'!' if signed and one != other else ' '} {name:8}{one:{width}} | {shown}".rstrip())
    return "\n".join(rows)


def _parse(signed: Request) -> ParsedAuthorization | None:
    try:
        return parse_authorization(signed.headers.get("authorization"))
    except SigningError:
        return None


def _find_signed_text(case: Case, signed: Request, parsed: ParsedAuthorization) -> str:
    """The canonical request under which the signature is right, among the known divergent ones; "" if none is."""
    key = keyed_hex(case.credentials.secret_access_key.encode(), parsed.prefix).encode()
    for wire in readings(signed, parsed.signed_headers or None):
        for text in (wire.canonical, *(variant for _, variant in canonical_variants(wire))):
            signature = hmac.digest(key, text.encode("utf-8", "surrogateescape"), "sha256").hex()
            if hmac.compare_digest(signature, parsed.signature):
                return text
    return ""
