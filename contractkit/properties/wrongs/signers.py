"""Signers with one wrong step each: first the ways in which official SDKs differ, then mistakes anybody makes."""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote

from contractkit.message import Request
from contractkit.properties.signer import signer_suite
from contractkit.properties.wrongs.planted import Wrong
from contractkit.properties.wrongs.steps import StepSigner, encode

__all__ = ["WRONGS", "make_signer"]


def make_signer(**steps: Callable[..., Any]) -> StepSigner:
    """A signer with some steps replaced; each gets the signer first."""
    signer: StepSigner = type("WrongSigner", (StepSigner,), steps)()
    return signer


def _suite(signer: StepSigner) -> type:
    return signer_suite(sign=signer, sign_listed=signer)


def _wrong(law: str, about: str, **steps: Callable[..., Any]) -> Wrong:
    return Wrong(about, f"test_{law}", partial(_suite, make_signer(**steps)))


def _choose_with(test: Callable[[str, str], bool]) -> Callable[..., dict[str, str]]:
    """A choice of the default set that keeps what the test of name and untrimmed value says."""
    return lambda self, headers: {
        name: self.trim(value) for name, value in headers.items() if self.is_default(name) and test(name, value)
    }


def _without_digit_names(items: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """All-digit names lost, as an array that renumbers its integer keys loses them."""
    numbers = iter(range(len(items)))
    return [(str(next(numbers)) if name.isascii() and name.isdigit() else name, value) for name, value in items]


def _by_culture(text: str) -> tuple[str, str]:
    return "".join(filter(str.isalnum, text)).lower(), text.swapcase()


def _print_absent(self: StepSigner, headers: dict[str, str], names: list[str]) -> dict[str, str]:
    return {**{each.strip().lower(): "" for each in names}, **StepSigner.pick(self, headers, names)}


def _pick_more(self: StepSigner, headers: dict[str, str], names: list[str]) -> dict[str, str]:
    return self.pick_asked(headers, [*names, *(each for each in headers if each.startswith("x-bce-"))])  # type: ignore[attr-defined, no-any-return]  # given beside it


def _pick_authorization(self: StepSigner, headers: dict[str, str], names: list[str]) -> dict[str, str]:
    stale = {"authorization": "stale"} if "authorization" in names else {}
    return {**StepSigner.pick(self, headers, names), **stale}


def _sign_stale(self: StepSigner, headers: dict[str, str]) -> dict[str, str]:
    more = {"authorization": headers["authorization"]} if "authorization" in headers else {}
    return {**StepSigner.choose(self, headers), **more}


def _now_for_zero(self: StepSigner, at: datetime) -> str:
    return self.time(at if at.timestamp() else datetime.now(UTC))


def _raw(self: StepSigner, headers: dict[str, str], names: list[str]) -> dict[str, str]:
    return {name: self.trim(headers[name]) for name in names if self.trim(headers.get(name, ""))}


def _without_port(host: str, *, only: str = "") -> str:
    name, _, port = host.partition(":")
    return name if port and only in ("", port) else host


def _change_host(change: Callable[[str], str]) -> Callable[..., dict[str, str]]:
    def choose(self: StepSigner, headers: dict[str, str]) -> dict[str, str]:
        chosen = StepSigner.choose(self, headers)
        return {**chosen, "host": change(chosen["host"])}

    return choose


def _remember(self: Any, secret: str, prefix: str) -> bytes:
    self.secret = secret
    return StepSigner.key(self, secret, prefix)


def _empty(*_: Any) -> str:
    return ""


_DIVERGENCES: Final = (
    _wrong(
        "lists_what_it_signs",
        "1: an empty list, though only a part of the default set is signed",
        is_default=lambda _, name: name in ("host", "x-bce-date"),
        listed=_empty,
    ),
    _wrong(
        "signs_what_it_is_told",
        "2: x-bce-* headers beyond the list are signed, and not listed",
        pick_asked=StepSigner.pick,
        pick=_pick_more,
        listed_of=lambda _, chosen, names: ";".join(sorted(set(names) & set(chosen))),
    ),
    _wrong(
        "sorts_the_list_by_name",
        "3: the list in the order given",
        listed_of=lambda _, chosen, names: ";".join(name for name in names if name in chosen),
    ),
    _wrong(
        "sorts_the_list_by_name",
        "3: the list in the order of name:value",
        listed_of=lambda _, chosen, __: ";".join(sorted(chosen, key=lambda name: f"{name}:")),
    ),
    _wrong(
        "ignores_the_spelling_of_the_list",
        "3: the list in the order of the names as spelt",
        listed_of=lambda _, chosen, names: ";".join(
            each.strip().lower() for each in sorted(names) if each.strip().lower() in chosen
        ),
    ),
    _wrong("leaves_out_what_cannot_be_signed", "4: listed headers that are absent are signed", pick=_print_absent),
    _wrong("ignores_the_spelling_of_the_list", "5: the names of the list used as spelt", pick=_raw),
    _wrong(
        "ignores_the_spelling_of_the_list",
        "5: letter case of the list levelled, blanks not",
        pick=lambda self, headers, names: _raw(self, headers, [name.lower() for name in names]),
    ),
    _wrong(
        "lists_what_it_signs",
        "6: places instead of names in the list",
        listed=lambda _, chosen: ";".join(str(place) for place, _ in enumerate(chosen)),
    ),
    _wrong("leaves_out_the_authorization_query_item", "7: the query item authorization is signed", kept=lambda _, x: x),
    _wrong(
        "encodes_query_names_and_values_once",
        "8: query names are not encoded",
        item=lambda _, name, value: f"{name}={encode(value or '')}",
    ),
    _wrong(
        "orders_the_query_by_encoded_strings",
        "9: the query in the order of a culture",
        query=lambda self, items: "&".join(sorted((self.item(*each) for each in self.kept(items)), key=_by_culture)),
    ),
    _wrong(
        "orders_the_query_by_encoded_strings",
        "10: query names of digits are lost",
        kept=lambda self, items: _without_digit_names(StepSigner.kept(self, items)),
    ),
    _wrong("ignores_the_wire_spelling", "11: the path as it stands in the URL", path=lambda _, wire: wire or "/"),
    _wrong(
        "encodes_the_path_once",
        "11: dot segments of the path are resolved",
        path=lambda self, wire: StepSigner.path(self, posixpath.normpath(wire or "/")),
    ),
    _wrong(
        "encodes_the_path_once",
        '11: a path of "0" is taken for none',
        path=lambda self, wire: "/" if wire == "/0" else StepSigner.path(self, wire),
    ),
    _wrong("encodes_the_path_once", "12: the path is not encoded", path=lambda _, wire: unquote(wire) or "/"),
    _wrong("skips_blank_headers", "13: empty headers are signed", choose=_choose_with(lambda *_: True)),
    _wrong(
        "skips_blank_headers",
        "14: headers of blanks are signed, empty ones not",
        choose=_choose_with(lambda _, value: bool(value)),
    ),
    _wrong(
        "trims_ascii_blanks_around_header_values", "15: blanks beyond ASCII are trimmed", trim=lambda _, v: v.strip()
    ),
    _wrong(
        "orders_headers_by_whole_lines",
        "16: x-bce-request-id is not signed, and the list is empty",
        is_default=lambda self, name: StepSigner.is_default(self, name) and name != "x-bce-request-id",
        listed=_empty,
    ),
    _wrong("leaves_out_what_cannot_be_signed", "17: a listed authorization header is signed", pick=_pick_authorization),
    _wrong(
        "leaves_the_request_alone",
        "17: the authorization header of before is signed",
        keeps=lambda *_: True,
        choose=_sign_stale,
        close=lambda _, request, fields: Request(
            request.method, request.url, [*dict(fields[:-1] + fields[-1:]).items()], request.body
        ),
    ),
    _wrong(
        "signs_the_host_as_sent",
        "18: the default port is dropped from the host",
        choose=_change_host(partial(_without_port, only="80")),
    ),
    _wrong("puts_no_other_expiry_in_place", "19: no expiry means 1800", seconds=lambda _, seconds: seconds or 1800),
    _wrong("puts_no_other_instant_in_place", "20: the instant 0 means now", stamp=_now_for_zero),
)

_MISTAKES: Final = (
    _wrong(
        "reproduces_the_documented_known_answers",
        "the raw digest as signing key",
        key=lambda _, secret, prefix: hmac.digest(secret.encode(), prefix.encode(), "sha256"),
    ),
    _wrong(
        "reproduces_the_documented_known_answers",
        "the secret as signing key",
        key=lambda _, secret, __: secret.encode(),
    ),
    _wrong(
        "is_accepted_by_the_reference_verifier",
        "another hash",
        mac=lambda _, key, text: hmac.new(key, text.encode(), hashlib.sha512).hexdigest()[:64],
    ),
    _wrong(
        "is_accepted_by_the_reference_verifier",
        "the signature in upper case",
        mac=lambda self, key, text: StepSigner.mac(self, key, text).upper(),
    ),
    _wrong(
        "is_accepted_by_the_reference_verifier",
        "a line end after the canonical request",
        join=lambda _, *parts: "\n".join(parts) + "\n",
    ),
    _wrong(
        "is_accepted_by_the_reference_verifier",
        "the method in lower case",
        join=lambda _, method, *parts: "\n".join((method.lower(), *parts)),
    ),
    _wrong(
        "leaves_out_the_authorization_query_item",
        "the query item authorization is left out in lower case only",
        kept=lambda _, items: [each for each in items if each[0] != "authorization"],
    ),
    _wrong(
        "encodes_query_names_and_values_once",
        "a name without value has no equals sign",
        item=lambda self, name, value: encode(name) if value is None else StepSigner.item(self, name, value),
    ),
    _wrong(
        "encodes_query_names_and_values_once",
        "slashes of the query are kept",
        item=lambda _, name, value: f"{quote(name, safe='/~')}={quote(value or '', safe='/~')}",
    ),
    _wrong(
        "encodes_query_names_and_values_once",
        "plus for blank",
        item=lambda self, name, value: StepSigner.item(self, name, value).replace("%20", "+"),
    ),
    _wrong(
        "encodes_query_names_and_values_once",
        "a tilde is encoded",
        item=lambda self, name, value: StepSigner.item(self, name, value).replace("~", "%7E"),
    ),
    _wrong(
        "encodes_query_names_and_values_once",
        "escapes in lower case",
        item=lambda _, name, value: "=".join(
            "".join(part.lower() if part.startswith("%") else part for part in _escapes(encode(text)))
            for text in (name, value or "")
        ),
    ),
    _wrong(
        "encodes_query_names_and_values_once",
        "empty values are dropped",
        kept=lambda self, items: [each for each in StepSigner.kept(self, items) if each[1] != ""],
    ),
    _wrong(
        "orders_the_query_by_encoded_strings",
        "the query is sorted before it is encoded",
        query=lambda self, items: "&".join(
            self.item(*each) for each in sorted((name, value or "") for name, value in self.kept(items))
        ),
    ),
    _wrong(
        "orders_the_query_by_encoded_strings",
        "the query is not sorted",
        query=lambda self, items: "&".join(self.item(*each) for each in self.kept(items)),
    ),
    _wrong(
        "orders_the_query_by_encoded_strings",
        "the query is sorted without regard to case",
        query=lambda self, items: "&".join(sorted((self.item(*each) for each in self.kept(items)), key=str.lower)),
    ),
    _wrong(
        "orders_the_query_by_encoded_strings",
        "the last of repeated names",
        kept=lambda self, items: list(dict(StepSigner.kept(self, items)).items()),
    ),
    _wrong("depends_on_every_signed_part", "the query is left out", query=_empty),
    _wrong(
        "encodes_the_path_once",
        "the path is encoded twice",
        path=lambda self, wire: quote(StepSigner.path(self, wire), safe="/~"),
    ),
    _wrong(
        "encodes_the_path_once",
        "the slash at the end of the path is dropped",
        path=lambda self, wire: StepSigner.path(self, wire).rstrip("/") or "/",
    ),
    _wrong(
        "encodes_the_path_once",
        "slashes of the path are encoded",
        path=lambda _, wire: "/" + encode(unquote(wire)[1:]),
    ),
    _wrong("trims_ascii_blanks_around_header_values", "header values are not trimmed", trim=lambda _, value: value),
    _wrong(
        "trims_ascii_blanks_around_header_values",
        "blanks inside header values are collapsed",
        trim=lambda _, value: " ".join(value.split(" ")) if value.strip() else "",
        lines=lambda self, chosen: StepSigner.lines(
            self, {name: " ".join(filter(None, value.split(" "))) for name, value in chosen.items()}
        ),
    ),
    _wrong(
        "orders_headers_by_whole_lines",
        "header lines are sorted by name",
        lines=lambda _, chosen: "\n".join(f"{encode(name)}:{encode(chosen[name])}" for name in sorted(chosen)),
    ),
    _wrong("lists_what_it_signs", "the list in order of appearance", listed=lambda _, chosen: ";".join(chosen)),
    _wrong("lists_what_it_signs", "the list by commas", listed=lambda _, chosen: ",".join(sorted(chosen))),
    _wrong(
        "lists_what_it_signs",
        "more is signed than listed",
        listed=lambda _, chosen: ";".join(sorted(set(chosen) & {"host", "x-bce-date"})),
    ),
    _wrong(
        "lists_what_it_signs",
        "an absent header is listed",
        listed=lambda _, chosen: ";".join(sorted({*chosen, "content-md5"})),
    ),
    _wrong("signs_the_host_as_sent", "host is not signed", is_default=lambda _, name: name.startswith("x-bce-")),
    _wrong("signs_the_host_as_sent", "host is signed without its port", choose=_change_host(_without_port)),
    _wrong("signs_the_host_as_sent", "host is signed in lower case", choose=_change_host(str.lower)),
    _wrong("signs_the_instant_and_the_expiry_it_was_given", "expiry is always 1800", seconds=lambda *_: 1800),
    _wrong("expires_when_it_says", "expiry is doubled", seconds=lambda _, seconds: 2 * seconds),
    _wrong("expires_when_it_says", "expiry is halved", seconds=lambda _, seconds: max(1, seconds // 2)),
    _wrong(
        "signs_the_instant_and_the_expiry_it_was_given",
        "local time for UTC",
        time=lambda _, at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    ),
    _wrong(
        "signs_the_instant_and_the_expiry_it_was_given",
        "seconds are rounded up",
        time=lambda self, at: StepSigner.time(self, at.replace(second=min(59, at.second + bool(at.microsecond)))),
    ),
    _wrong(
        "sends_and_signs_the_session_token",
        "the session token is not sent",
        added=lambda self, *given: [each for each in StepSigner.added(self, *given) if "token" not in each[0]],
    ),
    _wrong(
        "sends_and_signs_the_session_token",
        "the session token is sent unsigned",
        is_default=lambda self, name: StepSigner.is_default(self, name) and name != "x-bce-security-token",
    ),
    _wrong("leaves_the_request_alone", "signs a signed request twice", keeps=lambda *_: True),
    _wrong(
        "leaves_the_request_alone",
        "the body is dropped",
        close=lambda self, request, fields: StepSigner.close(self, request, fields).replace(body=b""),
    ),
    _wrong(
        "leaves_the_request_alone",
        "headers that are not signed are dropped",
        keeps=lambda self, name: self.is_default(name.lower()),
    ),
    _wrong(
        "shows_no_secret",
        "the secret is in a header",
        close=lambda self, request, fields: StepSigner.close(self, request, [*fields, ("X-Debug", self.secret)]),
        key=_remember,
    ),
)


def _escapes(text: str) -> list[str]:
    head, *rest = text.split("%")
    return [head, *(piece for part in rest for piece in (f"%{part[:2]}", part[2:]))]


WRONGS: Final = (*_DIVERGENCES, *_MISTAKES)
