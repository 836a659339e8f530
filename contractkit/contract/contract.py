"""The contract as one object: services, operations and hosts, each service read when first asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from contractkit.contract.documents import ServiceDocuments, read_common, read_service
from contractkit.contract.model import Operation, Resource
from contractkit.contract.router import Match, NoRoute, Router
from contractkit.errors import ConfigurationError
from contractkit.message import Request

__all__ = ["Contract", "load_contract"]


class Contract:
    """The descriptions of all services, read lazily: a service costs nothing until it is asked for."""

    def __init__(self) -> None:
        self._documents: dict[str, ServiceDocuments] = {}
        self._routers: dict[str, Router] = {}
        self._by_name: dict[str, dict[str, Operation]] = {}

    @cached_property
    def common(self) -> Mapping[str, Any]:
        """What holds for every operation: headers, paging, error shape, error codes, hosts."""
        return read_common()

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services, in a fixed order."""
        return tuple(self.common["services"])

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region named by any official source."""
        return tuple(self.common["regions"])

    @property
    def errors(self) -> Mapping[str, Mapping[str, Any]]:
        """Documented error codes: status, the services that use them (all when absent), meaning."""
        errors: Mapping[str, Mapping[str, Any]] = self.common["errors"]
        return errors

    def operations(self, service: str | None = None) -> tuple[Operation, ...]:
        """The operations of one service, or of all."""
        if service is not None:
            return self._service(service).operations
        return tuple(operation for each in self.services for operation in self._service(each).operations)

    def operation(self, qualified: str) -> Operation:
        """The operation of a dotted name (`vpc.create_vpc`). Raises ConfigurationError for an unknown one."""
        service, _, name = qualified.partition(".")
        self._service(service)
        found = self._by_name[service].get(name)
        if found is None:
            known = ", ".join(sorted(self._by_name[service]))
            raise ConfigurationError(f"no operation {qualified!r}; {service} has: {known}")
        return found

    @property
    def resources(self) -> dict[str, Resource]:
        """Every kind of resource of every service, by kind."""
        return {kind: each for service in self.services for kind, each in self._service(service).resources.items()}

    def host(self, service: str, region: str = "bj") -> str:
        """The documented host of a service in a region. Raises ConfigurationError for an unknown region."""
        self._require(service)
        described = self.common["services"][service]
        if not described["regions"]:
            return str(described["host"])
        if region not in described["regions"]:
            raise ConfigurationError(f"no region {region!r} for {service}; known: {', '.join(described['regions'])}")
        return str(described["host"]).replace("{region}", region)

    def service_of_host(self, host: str) -> str | None:
        """The service behind a documented host, None for any other host."""
        return self._hosts.get(host)

    def route(self, request: Request) -> Match | NoRoute:
        """The operation a request means: by its documented host, or on any other host by its path alone."""
        service = self.service_of_host(request.host)
        return (self._router(service) if service else self._every_service).route(request)

    @property
    def digest(self) -> str:
        """A hash over every description; it changes when, and only when, a promise or its wording does."""
        text = "".join(f"{service}:{self._service(service).digest}\n" for service in self.services)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"  # named, or scanners take it for a key

    @cached_property
    def _hosts(self) -> Mapping[str, str]:
        return {
            self.host(service, region): service
            for service, described in self.common["services"].items()
            for region in described["regions"] or ["bj"]
        }

    @cached_property
    def _every_service(self) -> Router:
        return Router(self.operations())

    def _router(self, service: str) -> Router:
        if service not in self._routers:
            self._routers[service] = Router(self._service(service).operations)
        return self._routers[service]

    def _service(self, service: str) -> ServiceDocuments:
        if service not in self._documents:
            self._require(service)
            documents = read_service(service, self.common)
            self._by_name[service] = {operation.name: operation for operation in documents.operations}
            self._documents[service] = documents
        return self._documents[service]

    def _require(self, service: str) -> None:
        if service not in self.common["services"]:
            raise ConfigurationError(f"no service {service!r}; known: {', '.join(self.services)}")


@cache
def load_contract() -> Contract:
    """The contract shipped with this version; the same object every time, since nothing in it changes."""
    return Contract()
