"""Decide, before a request of a live run leaves, whether it may; remember, after its answer, what it made.

Reads cost nothing and always pass. Everything else needs leave to create, an allowed region, no purchase, and
touches only what this run created itself. Whoever signed, and however wrongly, the rules are the same: that a
wrong signature is refused is what a run is to find out, so nothing is let out on the strength of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn

from contractkit.conformance.live.logbook import Creation, Logbook, strip, tell_apart
from contractkit.conformance.live.naming import (
    belongs_to_nobody,
    ids_in_path,
    ids_named,
    is_drawn,
    items_shown,
    json_or_none,
    made_by,
    names_what_it_makes,
    parents_named,
    removed_by,
)
from contractkit.conformance.live.purchases import find_purchase
from contractkit.contract import Contract, Match, NoRoute, Operation
from contractkit.errors import CallerError
from contractkit.message import Request, Response, Transport, parse_json
from contractkit.recording.guard import Guard
from contractkit.recording.sanitizer.members import kind_of_name

__all__ = ["LiveGate", "LiveRefusedError", "gated"]

_HARMLESS: Final = frozenset({"GET", "HEAD"})
# Answers after which nobody knows whether the request took effect.
_UNCLEAR: Final = frozenset({408, 425})
_SHORTEST_SECRET: Final = 6
"""Characters; a shorter value cannot be told from ordinary text."""


class LiveRefusedError(CallerError):
    """A live run was asked for something it may not do; nothing was sent."""


class LiveGate:
    """The rules of a live run: `permit` before a request is sent, `note` after its answer.

    `regions` are the only regions in which anything may be changed; `allow_create` is False unless the
    person who started the run said so. `secrets` (kind to value) are kept out of the logbook, as is what stands
    under the name of a secret. Safe to share between threads.
    """

    def __init__(
        self,
        contract: Contract,
        logbook: Logbook,
        *,
        allow_create: bool,
        regions: Iterable[str],
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self._contract = contract
        self._logbook = logbook
        self._allow_create = allow_create
        self._regions = frozenset(regions)
        known = {kind: value for kind, value in (secrets or {}).items() if len(value) >= _SHORTEST_SECRET}
        self._guard = Guard(known)

    def permit(self, request: Request) -> None:
        """Raise LiveRefusedError, or let pass; a creation or removal is written down before this returns."""
        self._require_documented_place(request)
        match = self._contract.route(request)
        if isinstance(match, NoRoute):
            if request.method not in _HARMLESS:
                _refuse(f"{request.method} {request.raw_path} means no described operation; only reads may be unknown")
        elif not match.operation.is_read:
            self._permit_change(match, request)

    def note(self, request: Request, response: Response) -> None:
        """Write down what a permitted request did: ids that were named, a refusal, or a removal."""
        match = self._contract.route(request)
        if isinstance(match, NoRoute):
            return
        does, succeeded = match.operation.effect.get("does"), 200 <= response.status < 300
        if does == "create":
            self._note_creation(match.operation, request, response)
        elif does == "delete" and (succeeded or response.status == 404):
            for identifier in removed_by(match, request):
                self._note_removal(match.operation, identifier)
        elif does in ("list", "read") and succeeded:
            self._note_reading(match, request, response)

    def removal(self, creation: Creation, identifier: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and arguments that remove one thing of a creation; None when none is described."""
        return self._act_on(creation, identifier, "delete")

    def release(self, creation: Creation, identifier: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and arguments that loosen what a thing is bound to; None when it takes more than its id."""
        return self._act_on(creation, identifier, "unbind")

    def _act_on(self, creation: Creation, identifier: str, does: str) -> tuple[Operation, dict[str, str]] | None:
        known: dict[str, str] = dict(creation.parents)
        for operation in self._contract.operations(creation.service):
            effect = operation.effect
            if effect.get("does") != does or effect.get("resource") != creation.resource or effect.get("each"):
                continue
            if any(str(value).lower() == "prepaid" for value in effect.get("requires", {}).values()):
                continue  # the way to give back what was paid for, which nothing of a live run was
            *parents, last = [each.name for each in operation.parameters if each.where == "path"] or [""]
            needed = {each.name for each in operation.parameters if each.where == "query" and each.required}
            by_id = last and last not in known and set(parents) <= known.keys()
            if by_id and not operation.body_required and needed <= {"clientToken"}:
                return operation, {**{name: known[name] for name in parents}, last: identifier}
        return None

    def _require_documented_place(self, request: Request) -> None:
        """The URL, not the Host header, says where a request goes; both have to be a documented host."""
        if request.scheme != "https":
            _refuse(f"{request.authority or request.url[:8]!r} over {request.scheme or 'no scheme'}: use https")
        place = rf"https://{re.escape(request.host)}(?::443)?(?:[/?].*)?"
        if self._contract.service_of_host(request.host) is None or not re.fullmatch(place, request.url, re.IGNORECASE):
            _refuse(f"{request.authority!r} is not a documented host; use bce_cloud.endpoint(service)")

    def _permit_change(self, match: Match, request: Request) -> None:
        operation, region = match.operation, self._region_of(request)
        if not self._allow_create:
            _refuse(f"{operation.qualified} changes the live cloud: start the run with --contract-allow-create")
        if region and region not in self._regions:
            allowed = ", ".join(sorted(self._regions)) or "none"
            _refuse(f"{operation.qualified} in region {region}: this run may change things in {allowed} only")
        if bought := find_purchase(operation, request):
            _refuse(f"{operation.qualified} {bought}; a live run buys nothing for a time: use Postpaid")
        self._require_one_meaning(match, request)
        self._require_own(match, request, region)
        if operation.effect.get("does") == "create":
            self._write_ahead(match, request, region)
        elif operation.effect.get("does") == "delete":
            for creation in filter(None, map(self._logbook.owner, removed_by(match, request))):
                self._logbook.leaving(creation, request, secret=self._may_hold_secret(operation, request))

    def _require_one_meaning(self, match: Match, request: Request) -> None:
        """A request that another reader could take for something else changes nothing here."""
        operation = match.operation
        flags = {each.action for each in self._contract.operations(operation.service) if each.action}
        given = {flag for flag in flags if any(_is_flag(flag, name, value) for name, value in request.query)}
        if re.search(r"%2f|%5c|%00|/\.{1,2}(?:/|$)|//", request.raw_path, re.IGNORECASE) or given - {operation.action}:
            _refuse(f"{operation.qualified} is asked for in a way that has two meanings; send one plain path and flag")

    def _require_own(self, match: Match, request: Request, region: str) -> None:
        service = match.operation.service
        in_path = [(identifier, service) for identifier in ids_in_path(match)]
        elsewhere = [(identifier, "") for identifier in ids_named(self._contract, match, request)]
        if not all(self._is_own(*each, region) for each in (*in_path, *elsewhere)):
            _refuse(
                f"{match.operation.qualified} names a resource that this run did not create; "
                "create one in the test, or use an id that nobody has, such as vpc-000000000000 or 192.0.2.254"
            )

    def _is_own(self, identifier: str, service: str, region: str) -> bool:
        owner = self._logbook.owner(identifier, service)
        if owner is not None:
            return "" in (owner.region, region) or owner.region == region
        former = self._logbook.former_owner(identifier)
        if former is not None:  # an address or a domain may be somebody else's by now
            return is_drawn(self._contract, former.resource)
        return belongs_to_nobody(identifier) or self._logbook.is_inside(identifier)

    def _write_ahead(self, match: Match, request: Request, region: str) -> None:
        operation, token = match.operation, request.query_value("clientToken")
        if not token and operation.client_token != "none":  # noqa: S105 - whether it takes one, not a token
            _refuse(f"{operation.qualified} needs a clientToken, so that what a lost answer named can be asked again")
        key = tell_apart(request)
        again = self._logbook.find(key) if token else None
        if again is not None:
            self._logbook.repeat(again)
            return
        self._logbook.intend(
            operation.qualified,
            request,
            resource=str(operation.effect.get("resource", "")),
            region=region,
            parents=parents_named(self._contract, match, request),
            secret=self._may_hold_secret(operation, request),
            key=key,
        )

    def _may_hold_secret(self, operation: Operation, request: Request) -> bool:
        """Whether a known value, or a member described or named as secret, is there, or cannot be looked for."""
        bare, body = strip(request), json_or_none(request)
        if self._guard.find(bare.url.encode("utf-8", "surrogatepass")) or self._guard.find(bare.body):
            return True
        if any(kind_of_name(name) == "secret" for name, _ in bare.query):
            return True
        if body is None:
            return bool(bare.body)
        described = any(_holds(body, pointer.strip("/").split("/")) for pointer in operation.secret_fields)
        return described or any(kind_of_name(name) == "secret" for name in _names(body))

    def _note_creation(self, operation: Operation, request: Request, response: Response) -> None:
        creation = self._logbook.find(tell_apart(request))
        if creation is None:
            return
        if 200 <= response.status < 300:
            made = made_by(self._contract, operation, request, response)
            if made or not names_what_it_makes(self._contract, operation):  # else the answer cannot be trusted
                self._logbook.created(creation, made, named_by_request=_mentions(request, made))
        elif 400 <= response.status < 500 and response.status not in _UNCLEAR:
            self._logbook.refused(creation)

    def _note_removal(self, operation: Operation, identifier: str) -> None:
        creation = self._logbook.owner(identifier, operation.service)
        if creation is not None and creation.resource == operation.effect.get("resource"):
            self._logbook.removed(creation, identifier)

    def _note_reading(self, match: Match, request: Request, response: Response) -> None:
        """What lives inside a thing of this run is of this run too: learn the ids that no answer named."""
        for item in items_shown(self._contract, match, request, response):
            parent = next((each for each in item.parents if self._logbook.is_inside(each)), "")
            if parent and self._logbook.owner(item.identifier) is None:
                self._recognise(match.operation, item.identifier, parent, item.members)
                self._logbook.learn(item.identifier, parent)
            if item.alias and self._logbook.owner(item.identifier):
                self._logbook.learn(item.alias, item.identifier)

    def _recognise(self, operation: Operation, identifier: str, parent: str, members: Mapping[str, Any]) -> None:
        """Give a creation whose answer named nothing the id under which its own members are listed."""
        for creation in self._logbook.inside(parent):
            nameless = creation.answered and not creation.identifiers and creation.request is not None
            fitting = nameless and creation.resource == operation.effect.get("resource")
            if fitting and _agrees(json_or_none(creation.request), members):
                self._logbook.created(creation, (identifier,))
                return

    def _region_of(self, request: Request) -> str:
        """The region in the host name, "" for the global services."""
        service = self._contract.service_of_host(request.host) or ""
        regions = self._contract.common["services"][service]["regions"]
        return next((each for each in regions if self._contract.host(service, each) == request.host), "")


def gated(gate: LiveGate, send: Transport) -> Transport:
    """A transport that asks the gate first and tells it the answer."""

    def transport(request: Request) -> Response:
        gate.permit(request)
        response = send(request)
        gate.note(request, response)
        return response

    return transport


def _refuse(why: str) -> NoReturn:
    raise LiveRefusedError(f"not sent to the live cloud: {why}")


def _agrees(body: Any, members: Mapping[str, Any]) -> bool:
    return isinstance(body, dict) and all(members.get(name, value) == value for name, value in body.items())


def _mentions(request: Request, identifiers: Iterable[str]) -> bool:
    body = json_or_none(request)
    return isinstance(body, dict) and not set(identifiers).isdisjoint(map(str, body.values()))


def _is_flag(flag: str, name: str, value: str | None) -> bool:
    flag_name, _, flag_value = flag.partition("=")
    return name == flag_name and (not flag_value or value == flag_value)


def _names(value: Any) -> Iterator[str]:
    """The names of all members, those of JSON inside texts too."""
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)
    elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        with suppress(ValueError):  # a text that only begins like JSON names nothing
            yield from _names(parse_json(value.encode("utf-8", "surrogatepass")))


def _holds(value: Any, path: list[str]) -> bool:
    if not path:
        return value is not None
    if path[0] == "*":
        return isinstance(value, list) and any(_holds(each, path[1:]) for each in value)
    return isinstance(value, dict) and _holds(value.get(path[0]), path[1:])
