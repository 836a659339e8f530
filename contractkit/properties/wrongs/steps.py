"""A plain signer made of steps, so that a wrong one differs in a step. It shares no code with the signing room."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from contractkit.message import Request
from contractkit.signing import Credentials

__all__ = ["ALWAYS", "Items", "Pairs", "StepSigner", "encode"]

Pairs = list[tuple[str, str]]
Items = list[tuple[str, str | None]]

ALWAYS = frozenset(("host", "content-length", "content-type", "content-md5"))


def encode(text: str) -> str:
    """Percent-encoding of everything but the unreserved characters."""
    return quote(text, safe="~")


class StepSigner:
    """bce-auth-v1 on the text of the wire; each method is one step, and right."""

    def __call__(
        self,
        request: Request,
        credentials: Credentials,
        *,
        at: datetime,
        expires_in: int,
        signed_headers: Iterable[str] | None = None,
    ) -> Request:
        """The signed request; `signed_headers` None signs the default set."""
        given = [(name, value) for name, value in request.headers if self.keeps(name)]
        address, _, query = request.url.partition("://")[2].partition("?")
        host, slash, path = address.partition("/")
        fields = given + self.added(given, host, at, credentials)
        headers = {name.lower(): value for name, value in fields}
        chosen = self.choose(headers) if signed_headers is None else self.pick(headers, list(signed_headers))
        canonical = self.join(
            request.method, self.path(slash + path), self.query(self.items(query)), self.lines(chosen)
        )
        prefix = f"bce-auth-v1/{credentials.access_key_id}/{self.stamp(at)}/{self.seconds(expires_in)}"
        signature = self.mac(self.key(credentials.secret_access_key, prefix), canonical)
        listed = self.listed(chosen) if signed_headers is None else self.listed_of(chosen, list(signed_headers))
        return self.close(request, [*fields, ("Authorization", f"{prefix}/{listed}/{signature}")])

    def keeps(self, name: str) -> bool:
        """Whether a given header is sent on."""
        return name.lower() != "authorization"

    def added(self, given: Pairs, host: str, at: datetime, credentials: Credentials) -> Pairs:
        """Headers that the signer adds where they are absent."""
        present = {name.lower() for name, _ in given}
        wanted = {"Host": host, "x-bce-date": self.time(at)}
        if credentials.session_token:
            wanted["x-bce-security-token"] = credentials.session_token
        return [(name, value) for name, value in wanted.items() if name.lower() not in present]

    def is_default(self, name: str) -> bool:
        """Whether a header is of the default set."""
        return name.startswith("x-bce-") or name in ALWAYS

    def trim(self, value: str) -> str:
        """A header value without the blanks around it."""
        return value.strip(" \t\r\n\f\v")

    def choose(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of the default set that are not blank, trimmed."""
        trimmed = {name: self.trim(value) for name, value in headers.items() if self.is_default(name)}
        return {name: value for name, value in trimmed.items() if value}

    def pick(self, headers: Mapping[str, str], names: list[str]) -> dict[str, str]:
        """The headers that are asked for, present, not blank and not the signature."""
        wanted = {name.strip().lower() for name in names} - {"authorization"}
        trimmed = {name: self.trim(value) for name, value in headers.items() if name in wanted}
        return {name: value for name, value in trimmed.items() if value}

    def path(self, wire: str) -> str:
        """The canonical path."""
        return quote(unquote(wire), safe="/~") or "/"

    def items(self, query: str) -> Items:
        """The decoded items of a query."""
        pairs = [part.split("=", 1) for part in query.split("&") if part]
        return [(unquote(pair[0]), unquote(pair[1]) if len(pair) > 1 else None) for pair in pairs]

    def kept(self, items: Items) -> Items:
        """The items that take part."""
        return [(name, value) for name, value in items if name.casefold() != "authorization"]

    def query(self, items: Items) -> str:
        """The canonical query."""
        return "&".join(sorted(self.item(name, value) for name, value in self.kept(items)))

    def item(self, name: str, value: str | None) -> str:
        """One item of the canonical query."""
        return f"{encode(name)}={encode(value or '')}"

    def lines(self, chosen: Mapping[str, str]) -> str:
        """The canonical headers."""
        return "\n".join(sorted(f"{encode(name)}:{encode(value)}" for name, value in chosen.items()))

    def listed(self, chosen: Mapping[str, str]) -> str:
        """The signedHeaders field of the default set."""
        return ";".join(sorted(chosen))

    def listed_of(self, chosen: Mapping[str, str], _names: list[str]) -> str:
        """The signedHeaders field of a list."""
        return self.listed(chosen)

    def time(self, at: datetime) -> str:
        """An instant in the protocol's form."""
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def stamp(self, at: datetime) -> str:
        """The timestamp of the prefix."""
        return self.time(at)

    def seconds(self, expires_in: int) -> int:
        """The expiry of the prefix."""
        return expires_in

    def join(self, method: str, path: str, query: str, headers: str) -> str:
        """The canonical request."""
        return f"{method}\n{path}\n{query}\n{headers}"

    def key(self, secret: str, prefix: str) -> bytes:
        """The signing key."""
        return hmac.new(secret.encode(), prefix.encode(), hashlib.sha256).hexdigest().encode()

    def mac(self, key: bytes, text: str) -> str:
        """The signature."""
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def close(self, request: Request, fields: Pairs) -> Request:
        """The request that is sent."""
        return Request(request.method, request.url, fields, request.body)
