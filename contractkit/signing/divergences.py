"""Known ways to canonicalize a request differently, tried one at a time when a signature does not match.

Each row names what a client did; a row that reproduces the received signature is the explanation.
"""

from __future__ import annotations

import hmac
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from contractkit.message import decode_query
from contractkit.signing.authorization import ParsedAuthorization, keyed_hex
from contractkit.signing.canonical import (
    BLANKS,
    canonical_headers,
    canonical_path,
    canonical_query,
    in_default_set,
    is_authorization,
    uri_encode,
)
from contractkit.signing.credentials import Credentials
from contractkit.signing.wire import Wire

_LONGEST: Final = 16 * 1024
"""Canonical requests longer than this are not searched, so that a refusal stays cheap."""

_MOST_DROPPED: Final = 32
_PORT: Final = re.compile(r":[0-9]+\Z")

Line = Callable[[Wire], str]
Pairs = list[tuple[str, str]]


def _signable(wire: Wire) -> Pairs:
    return [(name, value or "") for name, value in wire.query if not is_authorization(name)]


def _encoded(wire: Wire) -> list[str]:
    return [f"{uri_encode(name)}={uri_encode(value)}" for name, value in _signable(wire)]


def _sorted_by_pair(wire: Wire) -> str:
    return "&".join(f"{uri_encode(name)}={uri_encode(value)}" for name, value in sorted(_signable(wire)))


def _keep_authorization(wire: Wire) -> str:
    return "&".join(sorted(f"{uri_encode(name)}={uri_encode(value or '')}" for name, value in wire.query))


def _plain_names(wire: Wire) -> str:
    return "&".join(sorted(f"{name}={uri_encode(value)}" for name, value in _signable(wire)))


def _without_equals(wire: Wire) -> str:
    return "&".join(
        sorted(
            uri_encode(name) + ("" if value is None else f"={uri_encode(value)}")
            for name, value in wire.query
            if not is_authorization(name)
        )
    )


def _slash_kept(wire: Wire) -> str:
    return canonical_query(_signable(wire)).replace("%2F", "/")


def _form_encoded(wire: Wire) -> str:
    return "&".join(sorted(_encoded(wire))).replace("%20", "+")


def _plus_is_space(wire: Wire) -> str:
    return canonical_query(decode_query(wire.raw_query.replace("+", "%20")))


def _encoded_twice(wire: Wire) -> str:
    pairs = (item.partition("=") for item in _encoded(wire))
    return canonical_query((name, value) for name, _, value in pairs)


def _last_of_each(wire: Wire) -> str:
    return canonical_query(dict(_signable(wire)).items())


_PATHS: Final[tuple[tuple[str, Line], ...]] = (
    ("the path was encoded twice; encode each segment once", lambda wire: canonical_path(canonical_path(wire.path))),
    ("the path was encoded again as it stands in the URL; sign it decoded", lambda w: canonical_path(w.raw_path)),
    ("the path was signed as it stands in the URL; encode it canonically", lambda wire: wire.raw_path),
    ("the path was signed without encoding; percent-encode it", lambda wire: wire.path),
    ("the slashes of the path were encoded; leave them alone", lambda wire: uri_encode(wire.path)),
    ("dot segments or repeated slashes of the path were resolved; sign it as sent", lambda w: _resolved(w.path)),
    ("the trailing slash of the path was dropped; sign it as sent", lambda w: canonical_path(w.path.rstrip("/"))),
    ("a trailing slash was added to the path; sign it as sent", lambda wire: canonical_path(wire.path + "/")),
    ("the path was signed without its leading slash; keep it", lambda wire: canonical_path(wire.path)[1:]),
    ("the path was signed together with the query; separate them", lambda w: f"{canonical_path(w.path)}?{w.raw_query}"),
)

_QUERIES: Final[tuple[tuple[str, Line], ...]] = (
    ("the query item `authorization` was signed; leave it out", _keep_authorization),
    ("the names in the query were signed without encoding; percent-encode them", _plain_names),
    ("the query was sorted before encoding; sort the finished name=value strings", _sorted_by_pair),
    ("the query was not sorted; sort the finished name=value strings", lambda wire: "&".join(_encoded(wire))),
    (
        "the query was sorted without regard to case; sort by bytes",
        lambda w: "&".join(sorted(_encoded(w), key=str.lower)),
    ),
    ("a name without value was signed without `=`; sign `name=`", _without_equals),
    ("slashes in the query were not encoded; write them as %2F", _slash_kept),
    ("blanks in the query were signed as `+`; write them as %20", _form_encoded),
    ("`+` in the query was taken for a blank; it is a plus", _plus_is_space),
    ("only the last of repeated query names was signed; sign each item", _last_of_each),
    ("the query was signed as it stands in the URL; encode and sort it", lambda wire: wire.raw_query),
    ("the query was encoded twice; encode it once", _encoded_twice),
    ("the query was left out of the signature; sign it", lambda _: ""),
)


def _resolved(path: str) -> str:
    resolved = posixpath.normpath("/" + path.lstrip("/"))
    return canonical_path(resolved + "/" if path.endswith("/") and resolved != "/" else resolved)


def _lines(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{uri_encode(name)}:{uri_encode(value)}" for name, value in pairs]


def _listed(wire: Wire) -> Pairs:
    """Every header the list (or the default set) names, blank ones too, values untouched."""
    wanted = wire.listed
    pairs = ((name.lower(), value) for name, value in wire.headers)
    return [(name, value) for name, value in pairs if (in_default_set(name) if wanted is None else name in wanted)]


def _empty_kept(wire: Wire) -> str:
    return canonical_headers({**dict.fromkeys((name for name, _ in _listed(wire)), ""), **wire.chosen}.items())


def _absent_printed(wire: Wire) -> str:
    return canonical_headers({**dict.fromkeys(wire.listed or (), ""), **wire.chosen}.items())


def _all_bce(wire: Wire) -> str:
    extra = {name.lower(): value.strip(BLANKS) for name, value in wire.headers if name.lower().startswith("x-bce-")}
    return canonical_headers({**extra, **wire.chosen}.items())


def _defaults(wire: Wire) -> str:
    pairs = ((name.lower(), value.strip(BLANKS)) for name, value in wire.headers)
    return canonical_headers({name: value for name, value in pairs if value and in_default_set(name)}.items())


def _each_repeat(wire: Wire) -> str:
    return canonical_headers((name, text) for name, value in _listed(wire) if (text := value.strip(BLANKS)))


def _values(change: Callable[[str], str]) -> Line:
    return lambda wire: canonical_headers((name, change(value)) for name, value in _listed(wire))


def _host(change: Callable[[str], str]) -> Line:
    return lambda wire: canonical_headers(
        (name, change(value) if name == "host" else value) for name, value in wire.chosen.items()
    )


_HEADERS: Final[tuple[tuple[str, Line], ...]] = (
    ("the host was signed without its port; sign the Host header as sent", _host(lambda host: _PORT.sub("", host))),
    ("the host was signed with port 80; sign the Host header as sent", _host(lambda host: _PORT.sub("", host) + ":80")),
    (
        "the host was signed with port 443; sign the Host header as sent",
        _host(lambda host: _PORT.sub("", host) + ":443"),
    ),
    ("the host was signed in lower case; sign the Host header as sent", _host(str.lower)),
    ("the headers were not sorted; sort the finished name:value lines", lambda w: "\n".join(_lines(w.chosen.items()))),
    (
        "the headers were sorted by name alone; sort the finished lines",
        lambda w: "\n".join(_lines(sorted(w.chosen.items()))),
    ),
    ("an empty header was signed as `name:`; leave it out", _empty_kept),
    ("a listed header that is absent was signed as `name:`; leave it out", _absent_printed),
    ("x-bce-* headers were signed that signedHeaders does not list; list them", _all_bce),
    ("the default set of headers was signed, and signedHeaders lists another; list what is signed", _defaults),
    ("repeated headers were signed line by line; join their values by `, `", _each_repeat),
    ("a header value was signed with the blanks around it; trim it", _values(str)),
    ("more than ASCII blanks was trimmed from a header value; trim blanks and tabs only", _values(str.strip)),
    ("blanks inside a header value were collapsed; keep them", _values(lambda value: " ".join(value.split()))),
    ("header values were signed without encoding; percent-encode them", lambda w: _plain_lines(w.chosen.items())),
    (
        "the header lines end in a line end; leave the last one out",
        lambda w: canonical_headers(w.chosen.items()) + "\n",
    ),
    ("no header was signed; sign at least host", lambda _: ""),
)


def _plain_lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(sorted(f"{name}:{value}" for name, value in pairs))


def canonical_variants(wire: Wire) -> Iterator[tuple[str, str]]:
    """Each (explanation, canonical request) with one line rebuilt the divergent way."""
    method, path, query, headers = wire.canonical.split("\n", 3)
    for tells, line in _PATHS:
        yield tells, f"{method}\n{line(wire)}\n{query}\n{headers}"
    for tells, line in _QUERIES:
        yield tells, f"{method}\n{path}\n{line(wire)}\n{headers}"
    for tells, line in _HEADERS:
        yield tells, f"{method}\n{path}\n{query}\n{line(wire)}"
    for dropped in list(wire.chosen)[:_MOST_DROPPED]:
        rest = canonical_headers((name, value) for name, value in wire.chosen.items() if name != dropped)
        yield (
            f"{dropped} was not signed, or was added on the way; sign what is sent",
            f"{method}\n{path}\n{query}\n{rest}",
        )
    for other in sorted({"GET", "POST", "PUT", "DELETE", "HEAD", method.upper(), method.lower()}):
        yield f"the method was signed as {other}; sign the one that is sent", f"{other}\n{path}\n{query}\n{headers}"


def _key_variants(wire: Wire, parsed: ParsedAuthorization, credentials: Credentials) -> Iterator[tuple[str, bytes]]:
    """Each (explanation, key of the second step) derived the divergent way."""
    secret, prefix = credentials.secret_access_key.encode(), parsed.prefix
    yield (
        "the raw digest was used as signing key; use its lower-case hex text",
        hmac.digest(secret, prefix.encode(), "sha256"),
    )
    yield "the secret access key was used as signing key; derive one from the prefix", secret
    yield (
        "the signing key was derived with a line end after the secret access key; strip it",
        _key(secret + b"\n", prefix),
    )
    yield "the signing key was written in upper case; use lower-case hex", _key(secret, prefix).upper()
    scheme, key_id, time, seconds = prefix.split("/")
    sent = wire.headers.get("x-bce-date").strip()
    yield (
        "x-bce-date and the timestamp of the signature got mixed up; use one instant",
        _key(secret, f"{scheme}/{key_id}/{sent}/{seconds}"),
    )
    yield (
        "the signing key was derived with expiry 1800; derive it from the prefix that is sent",
        _key(secret, f"{scheme}/{key_id}/{time}/1800"),
    )


def _key(secret: bytes, prefix: str) -> bytes:
    return keyed_hex(secret, prefix).encode()


def find_divergence(wire: Wire, parsed: ParsedAuthorization, credentials: Credentials) -> str:
    """What the signer of this request did differently, with the remedy, or "" when no row explains the signature.

    Tries a fixed number of variants, each once, and none for a canonical request beyond 16 Ki characters.
    """
    canonical = wire.canonical
    if len(canonical) > _LONGEST:
        return ""
    key = _key(credentials.secret_access_key.encode(), parsed.prefix)
    for tells, variant in canonical_variants(wire):
        if _fits(key, variant, parsed):
            return tells
    for tells, other in _key_variants(wire, parsed, credentials):
        if _fits(other, canonical, parsed):
            return tells
    return ""


def _fits(key: bytes, canonical: str, parsed: ParsedAuthorization) -> bool:
    return hmac.compare_digest(keyed_hex(key, canonical), parsed.signature)
