"""Decide, before a request of a live run leaves, whether it may; remember, after its answer, what it made.

Reads and refused authentication cost nothing and always pass. Everything else needs leave to create, an
allowed region, an operation that is not prepaid, and touches only what this run created itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from contractkit.conformance.live.logbook import Creation, Logbook
from contractkit.contract import Contract, Match, NoRoute, Operation
from contractkit.errors import CallerError
from contractkit.message import Request, Response

__all__ = ["LiveGate", "LiveRefusedError"]


class LiveRefusedError(CallerError):
    """A live run was asked for something it may not do; nothing was sent."""


class LiveGate:
    """The rules of a live run: `permit` before a request is sent, `note` after its answer.

    `regions` are the only regions in which anything may be created; `allow_create` is False unless the
    person who started the run said so.
    """

    def __init__(self, contract: Contract, logbook: Logbook, *, allow_create: bool, regions: Iterable[str]) -> None:
        self._contract = contract
        self._logbook = logbook
        self._allow_create = allow_create
        self._regions = frozenset(regions)

    def permit(self, request: Request) -> None:
        """Raise LiveRefusedError, or let pass; a creation is written down before this returns."""
        service = self._contract.service_of_host(request.host)
        if service is None or request.scheme != "https":
            raise LiveRefusedError(f"{request.host} over {request.scheme} is not a documented host over https")
        match = self._contract.route(request)
        if isinstance(match, NoRoute):
            if request.method not in ("GET", "HEAD"):
                raise LiveRefusedError(f"{request.method} {request.raw_path} means no described operation")
        elif not match.operation.is_read:
            self._permit_change(match, request)

    def note(self, request: Request, response: Response) -> None:
        """Write down what a permitted request did: an id that was named, a refusal, or a removal."""
        match = self._contract.route(request)
        if isinstance(match, NoRoute):
            return
        if match.operation.effect.get("does") == "create":
            self._note_creation(match.operation, request, response)
        elif match.operation.destroys and response.status < 300:
            *_, last = ("", *match.path_params.values())
            gone = self._logbook.find(last)
            if gone is not None:
                self._logbook.removed(gone)

    def removal(self, creation: Creation) -> tuple[Operation, dict[str, str]] | None:
        """The operation and arguments that remove a creation; None when its id was never learned."""
        if creation.identifier is None:
            return None
        for operation in self._contract.operations(creation.operation.partition(".")[0]):
            if operation.effect.get("does") == "delete" and operation.effect.get("resource") == creation.resource:
                names = [each.name for each in operation.parameters if each.where == "path"]
                arguments = {name: creation.parents.get(name, creation.identifier) for name in names}
                return operation, {**arguments, names[-1]: creation.identifier}
        return None

    def _note_creation(self, operation: Operation, request: Request, response: Response) -> None:
        creation = self._logbook.pending(request.query_value("clientToken") or "")
        if creation is None:
            return
        if response.status < 300:
            self._logbook.created(creation, self._identify(operation, request, response))
        elif response.status < 500:
            self._logbook.removed(creation)

    def _permit_change(self, match: Match, request: Request) -> None:
        operation = match.operation
        region = self._region_of(request)
        if not self._allow_create:
            raise LiveRefusedError(f"{operation.qualified} changes the live cloud: start the run with --allow-create")
        if region and region not in self._regions:
            allowed = ", ".join(sorted(self._regions)) or "none"
            raise LiveRefusedError(f"{operation.qualified} in region {region}: allowed regions are {allowed}")
        if operation.price in ("prepaid", "renews"):
            raise LiveRefusedError(f"{operation.qualified} is prepaid and is never called by a live run")
        foreign = [value for value in self._resources_named(match, request) if not self._logbook.owns(value)]
        if foreign:
            raise LiveRefusedError(f"{operation.qualified} names a resource that this run did not create")
        if operation.effect.get("does") == "create":
            self._write_ahead(match, request, region)

    def _write_ahead(self, match: Match, request: Request, region: str) -> None:
        operation, token = match.operation, request.query_value("clientToken")
        if not token:
            raise LiveRefusedError(f"{operation.qualified} needs a clientToken, so that a retry creates nothing twice")
        if self._logbook.pending(token) is not None:
            return
        self._logbook.intend(
            operation=operation.qualified,
            resource=str(operation.effect["resource"]),
            region=region,
            client_token=token,
            parents=dict(match.path_params),
        )

    def _region_of(self, request: Request) -> str:
        """The region in the host name, "" for the global services."""
        labels = request.host.split(".")
        return labels[1] if len(labels) > 3 else ""

    def _resources_named(self, match: Match, request: Request) -> Iterator[str]:
        """Every value in path and body that stands where the id of a resource belongs."""
        yield from match.path_params.values()
        members = {traits["id"]["member"] for traits in (each.traits for each in self._contract.resources.values())}
        own = self._contract.resources[str(match.operation.effect["resource"])].traits["id"]["member"]
        yield from _values_of(_json_or_none(request.body, request), members - {own, "name", "id"})

    def _identify(self, operation: Operation, request: Request, response: Response) -> str | None:
        """The id of what was created: from the answer, else from the request (domains are named by the caller)."""
        traits = self._contract.resources[str(operation.effect["resource"])].traits
        for body in (_json_or_none(response.body, response), _json_or_none(request.body, request)):
            if isinstance(body, dict) and isinstance(body.get(traits["id"]["member"]), str):
                return str(body[traits["id"]["member"]])
        return None


def _json_or_none(body: bytes, message: Request | Response) -> Any:
    try:
        return message.json() if body else None
    except ValueError:
        return None


def _values_of(body: Any, members: set[str]) -> Iterator[str]:
    """String values of the named members, and of lists under their plural names, at any depth."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in members and isinstance(value, str):
                yield value
            elif name.removesuffix("s") in members and isinstance(value, list):
                yield from (each for each in value if isinstance(each, str))
            else:
                yield from _values_of(value, members)
    elif isinstance(body, list):
        for each in body:
            yield from _values_of(each, members)
