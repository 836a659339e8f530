"""The canonical request: one spelling for everything that is the same request (BCE authentication, step 2)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Final

from contractkit.errors import SigningError
from contractkit.message import HeaderInput

Query = Iterable[tuple[str, str | None]]

BLANKS: Final = " \t\n\r\f\v"
"""What is trimmed from header values: ASCII blanks only; a no-break space is content."""

_DEFAULT: Final = frozenset({"host", "content-length", "content-type", "content-md5"})
_UNRESERVED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
# One table look-up for each byte: measured faster than a regular expression or urllib's quote.
_ESCAPES: Final = tuple(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in range(256))
_PATH_ESCAPES: Final = tuple("/" if byte == ord("/") else escape for byte, escape in enumerate(_ESCAPES))


def uri_encode(text: str) -> str:
    """Percent-encode every UTF-8 byte outside `A-Z a-z 0-9 - . _ ~`, escapes in upper case.

    Bytes that came from the wire undecodable (lone low surrogates) are encoded as those bytes.
    Raises UnicodeEncodeError for any other lone surrogate.
    """
    return text.translate(_ESCAPES) if text.isascii() else _as_bytes(text).translate(_ESCAPES)


def canonical_path(path: str) -> str:
    """The decoded path encoded once, `/` left alone, a leading `/` supplied; nothing is collapsed or resolved."""
    encoded = (path if path.isascii() else _as_bytes(path)).translate(_PATH_ESCAPES)
    return encoded if encoded.startswith("/") else "/" + encoded


def _as_bytes(text: str) -> str:
    """The UTF-8 bytes of `text`, each as the character of that number, so that one table look-up escapes it."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def canonical_query(query: Query) -> str:
    """Decoded items as `name=value`, encoded, then sorted as whole strings and joined by `&`.

    A valueless name and an empty value are the same `name=`; repeats stay; items named `authorization`,
    in any letter case, are not signed.
    """
    items = [f"{uri_encode(name)}={uri_encode(value or '')}" for name, value in query if not is_authorization(name)]
    items.sort()
    return "&".join(items)


def is_authorization(name: str) -> bool:
    """Whether a query item or header of this name carries the signature and so cannot be signed."""
    return len(name) == len("authorization") and name.lower() == "authorization"


def in_default_set(name: str) -> bool:
    """Whether the lower-case header `name` is signed when no list is given."""
    return name in _DEFAULT or name.startswith("x-bce-")


def normalize_names(names: Iterable[str]) -> frozenset[str]:
    """Header names trimmed and in lower case; blanks and `authorization` fall out.

    Raises SigningError when handed one text instead of several names.
    """
    if isinstance(names, str):
        raise SigningError('the header names to sign are one text; pass them apart, like ("host", "x-bce-date")')
    return frozenset({name.strip(BLANKS).lower() for name in names} - {"", "authorization"})


def choose_headers(headers: HeaderInput, signed_headers: Iterable[str] | None) -> dict[str, str]:
    """The headers that get signed: lower-case name to trimmed value; absent and blank ones fall out.

    `signed_headers` None means the default set: host, content-length, content-type, content-md5 and every
    x-bce-*. Repeats of one name become one value joined by `, `, which is what any hop may do to them on
    the way.
    """
    return pick_headers(headers, None if signed_headers is None else normalize_names(signed_headers))


def pick_headers(headers: HeaderInput, wanted: Container[str] | None) -> dict[str, str]:
    """`choose_headers` for names that are normalized already."""
    chosen: dict[str, str] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        key = name.lower()
        if (in_default_set(key) if wanted is None else key in wanted) and (text := value.strip(BLANKS)):
            chosen[key] = f"{chosen[key]}, {text}" if key in chosen else text
    return chosen


def canonical_headers(chosen: Iterable[tuple[str, str]]) -> str:
    """Lines `name:value`, both encoded, sorted as whole lines; no line end after the last."""
    return "\n".join(sorted([f"{uri_encode(name)}:{uri_encode(value)}" for name, value in chosen]))


def canonical_request(method: str, path: str, query: Query, chosen: Mapping[str, str]) -> str:
    """Method, path, query and headers, each canonical, on lines of their own.

    Raises SigningError when a part holds a lone surrogate, which has no UTF-8 form.
    """
    try:
        return f"{method}\n{canonical_path(path)}\n{canonical_query(query)}\n{canonical_headers(chosen.items())}"
    except UnicodeEncodeError:
        raise SigningError("the request holds a lone surrogate, which has no UTF-8 form; send valid text") from None
