"""Which documented host a request belongs to, wherever it was really sent.

A loopback address stands for the service whose path is asked; any other host must be documented,
named by the caller, or passed through untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from contractkit.contract import Contract, NoRoute
from contractkit.errors import ConfigurationError, RecordingError
from contractkit.message import Request, is_loopback
from contractkit.recording.network import parse_entry

__all__ = ["ForeignHostError", "Hosts", "is_local"]

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


class ForeignHostError(RecordingError):
    """A request went to a host that is no documented one, so it can be neither recorded nor answered."""


class Hosts:
    """Translates authorities into documented hosts.

    `names` maps an exact authority (`host` or `host:port`) to a service name or a documented host; `passthrough` are
    those that the tape must leave alone, a host without a port with every port. Raises ConfigurationError for a
    documented host among them.
    """

    def __init__(
        self,
        contract: Contract,
        *,
        region: str = "bj",
        names: Mapping[str, str] | None = None,
        passthrough: Iterable[str] = (),
    ) -> None:
        self._contract = contract
        self._region = region
        self._names = {authority.lower(): self._documented(target) for authority, target in (names or {}).items()}
        self.passthrough: frozenset[str] = frozenset()
        for authority in passthrough:
            self.allow(authority)

    def allow(self, authority: str) -> None:
        """Leave the traffic to `host:port` alone from here on, or to any port of a `host`.

        Raises ConfigurationError for a documented host.
        """
        host, _ = parse_entry(authority)
        if self._contract.service_of_host(host) is not None:
            raise ConfigurationError(
                f"{authority!r} is a host of the cloud, which is never let through: allow_hosts is for a test's own "
                "servers. Take it out, and record what the test asks of it"
            )
        self.passthrough |= {authority.lower()}

    def passes(self, request: Request) -> bool:
        """Whether the request goes to a host that the tape leaves alone."""
        return bool(self.passthrough) and any(map(self.leaves_alone, _spellings(request)))

    def leaves_alone(self, authority: str) -> bool:
        """Whether traffic to an authority passes: it is named, or its host without a port is."""
        return not self.passthrough.isdisjoint((authority, _without_port(authority)))

    def document(self, request: Request) -> Request:
        """The request as if sent to the documented host. Raises ForeignHostError for any other host."""
        host = self.host_of(request)
        if request.scheme == "https" and request.authority == host and request.headers.get("host", host) == host:
            return request
        headers = request.headers.set("Host", host) if request.headers.has("host") else request.headers
        return request.replace(url=f"https://{host}{request.target}", headers=headers)

    def host_of(self, request: Request) -> str:
        """The documented host of the service that the request means. Raises ForeignHostError."""
        for authority in _spellings(request):
            if authority in self._names:
                return self._names[authority]
        loopback = is_local(request.authority)
        # Whatever a Host header says, it is the URL that says where a request goes.
        if self._contract.service_of_host(request.host) is not None and (
            loopback or request.host in _spellings(request)
        ):
            return request.host
        if not loopback:
            raise ForeignHostError(_advice(request.authority))
        match = self._contract.route(request.replace(headers=request.headers.without("host")))
        service = self._contract.services[0] if isinstance(match, NoRoute) else match.operation.service
        return self._documented(service)

    def _documented(self, target: str) -> str:
        if target in self._contract.services:
            return self._contract.host(target, self._region)
        if self._contract.service_of_host(target) is None:
            raise ForeignHostError(_advice(target))
        return target


def _spellings(request: Request) -> tuple[str, ...]:
    """The authority as written, and without or with the scheme's default port."""
    authority = request.authority.lower()
    port = _DEFAULT_PORTS.get(request.scheme, "")
    bare = authority.removesuffix(f":{port}")
    return (authority, bare, f"{bare}:{port}")


def is_local(authority: str) -> bool:
    """Whether a host, with a port or without, is this machine's own."""
    name = _without_port(authority)
    return name.lower() == "localhost" or is_loopback(name)


def _without_port(authority: str) -> str:
    host, _, port = authority.rpartition(":")
    return host if host and port.isdigit() else authority


def _advice(authority: str) -> str:
    return (
        f"{authority} is no documented host: leave its traffic alone with allow_hosts=[{authority!r}] in the contract "
        f"mark of the test, bce_cassette.allow('host:port') in it, or passthrough=[{authority!r}] of open_cassette, whose "
        f"hosts={{{authority!r}: 'vpc'}} takes it for one of a service"
    )
