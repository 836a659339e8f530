"""Where requests go: the documented hosts, or the endpoints the caller named. Nothing else gets a signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from contractkit.contract import Contract
from contractkit.errors import ConfigurationError
from contractkit.message import Request, is_loopback

__all__ = ["Endpoints"]

Endpoint = str | Mapping[str, str]
_BASE: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII | re.IGNORECASE,
)
_VISIBLE: Final = re.compile(r"[!-~]+")


class Endpoints:
    """The base URL of every service, and the guard of what may be sent where.

    `endpoint` is a base URL for every service, or a mapping from service to base URL (services it leaves
    out keep their documented hosts). Plain HTTP is for loopback only, unless `allow_http` is set.
    Raises ConfigurationError for an unknown region or service and for a base URL that cannot be used.
    """

    def __init__(self, contract: Contract, region: str, endpoint: Endpoint | None, *, allow_http: bool) -> None:
        if region not in contract.regions:
            raise ConfigurationError(f"no region {region!r}; known: {', '.join(contract.regions)}")
        self._contract = contract
        self._region = region
        self._allow_http = allow_http
        named = endpoint if isinstance(endpoint, Mapping) else dict.fromkeys(contract.services, endpoint)
        self._named = {each: _read_base(url, allow_http=allow_http) for each, url in named.items() if url is not None}
        if unknown := sorted(set(self._named) - set(contract.services)):
            raise ConfigurationError(f"endpoint names no service: {', '.join(unknown)}; known: {contract.services}")

    def base_url(self, service: str) -> str:
        """Scheme and authority for a service, without a trailing slash.

        Raises ConfigurationError when the service is unknown or not offered in the region.
        """
        return self._named.get(service) or f"https://{self._contract.host(service, self._region)}"

    def require_allowed(self, request: Request) -> None:
        """Raise ConfigurationError unless the request goes to a documented host or a named endpoint."""
        if not _VISIBLE.fullmatch(request.url):
            raise ConfigurationError("the URL holds a blank or a non-ASCII character; percent-encode it")
        base = _base_of(request.url)
        if base in self._named.values() or self._is_documented(base):
            return
        raise ConfigurationError(
            f"{base} is neither a documented host nor the endpoint of this client, so nothing is sent there; "
            "pass it as endpoint= if that is where the request should go"
        )

    def _is_documented(self, base: str) -> bool:
        scheme, _, authority = base.partition("://")
        host = authority.removesuffix(":443" if scheme == "https" else ":80")
        secure = scheme == "https" or (scheme == "http" and self._allow_http)
        return secure and self._contract.service_of_host(host) is not None


def _base_of(url: str) -> str:
    """Everything before the path, userinfo included, in lower case: a look-alike authority equals no known base."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}".lower()


def _read_base(url: str, *, allow_http: bool) -> str:
    found = _BASE.fullmatch(str(url))
    if found is None or int(found["port"] or 0) > 65535:
        raise ConfigurationError(
            "an endpoint is a scheme, a host and perhaps a port, like https://bcc.bj.baidubce.com or "
            "http://127.0.0.1:8080; no path, query, user name or non-ASCII host"
        )
    base = found[0].lower().rstrip("/")
    if found["scheme"].lower() == "http" and not allow_http and not _is_this_machine(found["host"].lower()):
        raise ConfigurationError(
            f"{base} would send signed requests in the clear; write https://, or pass allow_http=True if you must"
        )
    return base


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or is_loopback(host)
