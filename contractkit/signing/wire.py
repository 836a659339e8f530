"""What of a received request enters its signature: the target decoded, the headers complete.

HTTP servers hand header values over as Latin-1 (http.server, ASGI decoders), while BCE clients sign the UTF-8
text. Text cannot tell the two apart, so a request has up to two readings and may verify under either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contractkit.message import Headers, QueryItems, Request
from contractkit.signing.canonical import canonical_request, pick_headers


@dataclass(frozen=True, slots=True)
class Wire:
    """One reading of a received request; `listed` are the normalized signedHeaders, None when the field was empty."""

    method: str
    raw_path: str
    path: str
    raw_query: str
    query: QueryItems
    headers: Headers
    listed: tuple[str, ...] | None

    @property
    def chosen(self) -> dict[str, str]:
        """The signed headers: lower-case name to trimmed value."""
        return pick_headers(self.headers, self.listed)

    @property
    def canonical(self) -> str:
        """The canonical request of this reading."""
        return canonical_request(self.method, self.path, self.query, self.chosen)


def readings(request: Request, listed: tuple[str, ...] | None) -> Iterator[Wire]:
    """The request as given, and once more with Latin-1 text read as UTF-8 where that makes a difference."""
    yield from _lengths(request, listed)
    fields = [(name, _reread(value)) for name, value in request.headers]
    again = request.replace(url=_reread(request.url), headers=fields)
    if again != request:
        yield from _lengths(again, listed)


def _lengths(request: Request, listed: tuple[str, ...] | None) -> Iterator[Wire]:
    """With the default set signed, a length of 0 may have been, and need not.

    HTTP libraries add it to a request without a body after the official Java client has signed, and it says nothing
    that the missing body does not.
    """
    yield _read(request, listed)
    if listed is None and not request.body and request.headers.get("content-length").strip() == "0":
        yield _read(request.replace(headers=request.headers.without("content-length")), listed)


def _read(request: Request, listed: tuple[str, ...] | None) -> Wire:
    headers = complete_headers(request)
    return Wire(request.method, request.raw_path, request.path, request.raw_query, request.query, headers, listed)


def complete_headers(request: Request) -> Headers:
    """The headers with the Host that every HTTP client sends, taken from the URL when it was not recorded."""
    if request.headers.has("host") or not request.authority:
        return request.headers
    return request.headers.set("Host", request.authority)


def _reread(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text
