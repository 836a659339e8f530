"""Request, Response and Interaction: the frozen values that cross every border.

This room knows the shape of an HTTP message and nothing of sockets, signatures or services.
Foreign request types are turned into these values at the door they enter by.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Self, TypeVar, overload
from urllib.parse import unquote_to_bytes

import msgspec

__all__ = [
    "MAX_DEPTH",
    "Headers",
    "Interaction",
    "Request",
    "Response",
    "TooDeepError",
    "Transport",
    "decode_query",
    "encode_json",
    "is_loopback",
    "parse_json",
]

MAX_DEPTH: Final = 48
"""How many objects and arrays of JSON may lie inside each other: far more than any service sends."""

HeaderInput = Mapping[str, str] | Iterable[tuple[str, str]]
GivenHeaders = HeaderInput | Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]
QueryItems = tuple[tuple[str, str | None], ...]

_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?", re.DOTALL
)


_Value = TypeVar("_Value")


class _Lazy(Generic[_Value]):
    """An attribute computed when first asked for: cached_property without the lock it takes before Python 3.12."""

    def __init__(self, compute: Callable[[Any], _Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> _Value: ...

    def __get__(self, instance: object, owner: type | None = None) -> _Value | Self:
        if instance is None:
            return self
        value: _Value
        value = instance.__dict__[self._name] = self._compute(instance)
        return value


class Headers(tuple[tuple[str, str], ...]):
    """Header fields in the order given, repeats kept; names compare without regard to case.

    Iterating yields `(name, value)` pairs, as a tuple does; look-ups go by name. Bytes are taken for UTF-8.
    """

    __slots__ = ()

    def __new__(cls, fields: GivenHeaders = ()) -> Self:
        if isinstance(fields, cls):
            return fields
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        return super().__new__(cls, [(_to_text(name), _to_text(value)) for name, value in pairs])

    def get(self, name: str, default: str = "") -> str:
        """The first value of `name`, or `default`."""
        wanted = name.lower()
        for key, value in self:
            if key.lower() == wanted:
                return value
        return default

    def get_all(self, name: str) -> tuple[str, ...]:
        """Every value of `name`, in order."""
        wanted = name.lower()
        return tuple([value for key, value in self if key.lower() == wanted])

    def has(self, name: str) -> bool:
        """Whether a field of that name is present, even if its value is empty."""
        wanted = name.lower()
        return wanted in [key.lower() for key, _ in self]

    def without(self, *names: str) -> Headers:
        """A copy that lacks every field of these names."""
        gone = {name.lower() for name in names}
        return Headers((key, value) for key, value in self if key.lower() not in gone)

    def set(self, name: str, value: str) -> Headers:
        """A copy in which `name` has exactly this value: in place of the first, or at the end."""
        wanted, placed, fields = name.lower(), False, []
        for key, old in self:
            if key.lower() != wanted:
                fields.append((key, old))
            elif not placed:
                fields.append((key, value))
                placed = True
        return Headers(fields if placed else [*fields, (name, value)])

    def __repr__(self) -> str:
        return f"<Headers {', '.join(name for name, _ in self)}>"


@dataclass(frozen=True)
class Request:
    """One HTTP request as it goes over the wire.

    `url` is absolute and already percent-encoded; `body` is bytes. The repr names the operation's
    place and never a header value, query value or body, since any of them may be secret.
    """

    method: str
    url: str
    headers: Headers
    body: bytes = b""

    def __init__(self, method: str, url: str, headers: GivenHeaders = (), body: bytes = b"") -> None:
        object.__setattr__(self, "method", method)
        object.__setattr__(self, "url", url)
        object.__setattr__(self, "headers", Headers(headers))
        object.__setattr__(self, "body", bytes(body))

    @_Lazy
    def _parts(self) -> tuple[str, str, str, str | None]:
        found = _URL.match(self.url)
        if found is None:
            return "", "", self.url.partition("?")[0], self.url.partition("?")[2] or None
        scheme, authority, path, query = found.groups()
        return scheme.lower(), authority, path, query

    @property
    def scheme(self) -> str:
        """`http` or `https`, lower-case; "" when the URL is not absolute."""
        return self._parts[0]

    @property
    def authority(self) -> str:
        """`host[:port]` of the URL, without userinfo, as written."""
        return self._parts[1].rpartition("@")[2]

    @_Lazy
    def host(self) -> str:
        """The Host header if there is one, else the authority of the URL; lower-case, default ports dropped."""
        host = (self.headers.get("host").strip() or self.authority).lower()
        name, colon, port = host.rpartition(":")
        return name if colon and port in ("80", "443") else host

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        query = self._parts[3]
        return self.raw_path if query is None else f"{self.raw_path}?{query}"

    @property
    def raw_query(self) -> str:
        """The query as on the wire, "" when there is none."""
        return self._parts[3] or ""

    @property
    def raw_path(self) -> str:
        """The path as on the wire, `/` when empty."""
        return self._parts[2] or "/"

    @_Lazy
    def path(self) -> str:
        """The decoded path; undecodable bytes are kept as lone surrogates."""
        return _decode(self.raw_path)

    @_Lazy
    def query(self) -> QueryItems:
        """Decoded query items in wire order; a valueless name has None. `+` is a literal plus."""
        return decode_query(self.raw_query)

    def query_value(self, name: str) -> str | None:
        """The first value of a query item: None when absent, "" when valueless."""
        return next((value or "" for key, value in self.query if key == name), None)

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is not JSON in UTF-8."""
        return parse_json(self.body)

    def replace(self, **changes: Any) -> Request:
        """A copy with some fields changed."""
        fields = {"method": self.method, "url": self.url, "headers": self.headers, "body": self.body}
        return Request(**{**fields, **changes})

    def __repr__(self) -> str:
        names = "&".join(name for name, _ in self.query)
        place = f"{self.scheme}://{self.authority}{self.raw_path}" if self.scheme else self.raw_path
        return f"<Request {self.method} {place}{'?' + names if names else ''}, {len(self.body)} bytes>"


@dataclass(frozen=True)
class Response:
    """One HTTP response: status, headers and the whole body in bytes, content codings as received."""

    status: int
    headers: Headers
    body: bytes = b""

    def __init__(self, status: int, headers: GivenHeaders = (), body: bytes = b"") -> None:
        object.__setattr__(self, "status", status)
        object.__setattr__(self, "headers", Headers(headers))
        object.__setattr__(self, "body", bytes(body))

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is not JSON in UTF-8."""
        return parse_json(self.body)

    def replace(self, **changes: Any) -> Response:
        """A copy with some fields changed."""
        return Response(**{"status": self.status, "headers": self.headers, "body": self.body, **changes})

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


Transport = Callable[[Request], Response]
"""Carries one request and gives the answer, or raises TransportError when there is none."""


@dataclass(frozen=True)
class Interaction:
    """A request and the answer it got. `operation` is the dotted name (`vpc.create_vpc`), "" when unknown."""

    request: Request
    response: Response
    operation: str = ""

    def replace(self, **changes: Any) -> Interaction:
        """A copy with some fields changed."""
        return replace(self, **changes)


def _to_text(given: object) -> str:
    if type(given) is str:  # nearly always, and then the cheapest
        return given
    return given.decode("utf-8", "surrogateescape") if isinstance(given, bytes) else str(given)


def decode_query(raw: str) -> QueryItems:
    """Split and percent-decode a query string; `bind` gives None, `bind=` gives ""; empty items vanish."""
    items: list[tuple[str, str | None]] = []
    for part in raw.split("&"):
        if part:
            name, equals, value = part.partition("=")
            items.append((_decode(name), _decode(value) if equals else None))
    return tuple(items)


def _decode(text: str) -> str:
    if "%" not in text and text.isascii():
        return text
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def is_loopback(address: str) -> bool:
    """Whether a numeric address (IPv6 with or without brackets) is this machine's own.

    An IPv4 address dressed as IPv6 is not: Pythons differ about it, and nobody needs one. False for names.
    """
    try:
        read = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    return read.is_loopback and getattr(read, "ipv4_mapped", None) is None


def encode_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return msgspec.json.encode(value)


def parse_json(body: bytes, decode: Callable[[bytes], Any] = msgspec.json.decode) -> Any:
    """JSON in UTF-8 to plain values. Raises ValueError (never showing the text) when it is not JSON.

    Nested deeper than 48 it is a TooDeepError, so that nobody who walks the values runs out of stack. `decode` may
    be the method of a decoder of msgspec's with hooks of its own.
    """
    try:
        value = decode(body)
    except RecursionError:
        raise TooDeepError from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from None
    # Fewer brackets than that cannot be too deep, and nearly nobody sends more.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and not _is_shallow(value):
        raise TooDeepError
    return value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inside = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        level = [child for children in inside for child in children if isinstance(child, dict | list)]
        if not level:
            return True
    return False


class TooDeepError(ValueError):
    """JSON nested deeper than 48."""

    def __init__(self) -> None:
        super().__init__(f"JSON nested deeper than {MAX_DEPTH}")
