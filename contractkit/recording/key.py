"""What makes two requests the same: method, documented host, path, query and body, but for what must differ.

The clientToken, the signature and secret values are compared elsewhere or not at all; that they are there
is compared here. The same form is made of recorded and of incoming requests, so neither side is favoured.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

from contractkit.contract import Contract, Match, Operation
from contractkit.errors import SanitizerError
from contractkit.message import Interaction, Request, Response
from contractkit.recording.hosts import Hosts
from contractkit.recording.sanitizer.bodies import Body, open_body
from contractkit.recording.sanitizer.draft import quote_path
from contractkit.recording.sanitizer.members import Kind, Members, kind_of_name, map_strings, plain_name
from contractkit.recording.sanitizer.rules import OwnRule
from contractkit.recording.sanitizer.told import change_told
from contractkit.recording.sanitizer.values import Values

__all__ = ["Form", "Forms", "find_token"]

_VOLATILE: Final = frozenset({"authorization", "x-bce-security-token"})
_ACCOUNT_LENGTH: Final = 32
_NO_ANSWER: Final = Response(200)
_MAX_SECRETS: Final = 256  # each costs a search of every later text
_MARK: Final = "<hidden>"  # one for every kind: a value may be used as several


@dataclass(frozen=True)
class Form:
    """A request as it is compared. What is secret or identifying is `<hidden>`, so a form may be shown.

    `token` is the clientToken as sent, kept out of the comparison; `reads` says that the operation changes
    nothing, `operation` is the dotted name or "".
    """

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any
    operation: str
    reads: bool
    token: str

    @cached_property
    def key(self) -> tuple[object, ...]:
        """The form as a dictionary key: requests are the same when their keys are equal."""
        return self.method, self.host, self.path, self.query, msgspec.json.encode(self.body, order="sorted")

    @property
    def title(self) -> str:
        """`POST bcc.bj.baidubce.com/v1/vpc (vpc.create_vpc)`."""
        name = f" ({self.operation})" if self.operation else ""
        return f"{self.method} {self.host}{quote_path(self.path)}{name}"


class Forms:
    """Makes forms of requests under one contract and one host translation. Safe under threads.

    `own` and `secret_names` are the caller's additions to the sanitizer: what they changed in the recorded
    request is changed in the incoming one too, or the two would not be found equal. `known` are values of the run
    with their stand-ins; to them come the secrets that the requests seen so far name, since a later request may
    repeat them in a place that tells nothing.
    """

    def __init__(
        self,
        contract: Contract,
        hosts: Hosts,
        *,
        own: Iterable[OwnRule] = (),
        secret_names: Iterable[str] = (),
        known: Values | None = None,
    ) -> None:
        self._contract = contract
        self._hosts = hosts
        self._own = tuple(own)
        self._own_names = frozenset(map(plain_name, secret_names))
        self._known = known or Values()
        self._seen = 0
        self._lock = threading.Lock()

    def of(self, request: Request) -> Form:
        """The form of a request. Raises ForeignHostError for a host that is not documented."""
        request = self._changed(request)
        documented = self._hosts.document(request)
        match = self._contract.route(documented)
        operation = match.operation if isinstance(match, Match) else None
        mask = _Mask(operation, self._own_names, self._known)
        query = [mask.item(name, value) for name, value in documented.query if name.lower() not in _VOLATILE]
        body, path = mask.body(request), mask.told(documented.path)
        self._remember(mask.secrets)
        return Form(
            method=request.method,
            # A path that belongs to no operation has no service either: it was asked of a loopback address, perhaps.
            host=documented.authority if operation else "",
            path=mask.name(path),
            query=tuple(sorted((mask.name(name), mask.echoes(value)) for name, value in query)),
            body=mask.echoes(body),
            operation=operation.qualified if operation else "",
            reads=request.method in ("GET", "HEAD") or (operation is not None and operation.is_read),
            token=find_token(documented),
        )

    def _remember(self, secrets: Iterable[str]) -> None:
        with self._lock:
            for secret in secrets:
                if self._seen < _MAX_SECRETS and not self._known.knows(secret, _MARK):
                    self._seen += 1
                    self._known.add_secret(secret, _MARK)

    def _changed(self, request: Request) -> Request:
        interaction = Interaction(request, _NO_ANSWER)
        for change in self._own:
            interaction = change(interaction)
        return interaction.request


class _Mask:
    """Puts marks in place of what is secret or different every time, for one request."""

    def __init__(self, operation: Operation | None, own_names: frozenset[str], known: Values) -> None:
        self._members = Members(operation.secret_fields if operation else (), own_names=own_names)
        self._own_names = own_names
        self._learnt = Values()
        self._known = known
        self.secrets: list[str] = []

    def item(self, name: str, value: str | None) -> tuple[str, str]:
        try:
            return name, self._members.walk_item(name, value or "", self._leaf)[1]
        except SanitizerError:
            return name, value or ""  # as below

    def body(self, request: Request) -> Any:
        """The body as comparable structure: the kind with the masked value."""
        try:
            body = open_body(request.headers, request.body, "request body")
            return [body.kind, self._masked(body)]
        except SanitizerError:
            return ["raw", request.body.hex()]  # such a body is never stored, so this matches nothing

    def echoes(self, node: Any) -> Any:
        """The node without repetitions of what is marked elsewhere in the same request."""
        return map_strings(node, self._text, self.name)

    def name(self, name: str) -> str:
        """The name or path without repetitions either."""
        return self._learnt.scrub_name(self._known.replace_in_name(name))

    def _text(self, text: str) -> str:
        return self._learnt.scrub(self._known.replace(text))

    def _masked(self, body: Body) -> Any:
        if body.kind == "json":
            return self._members.walk(body.value, self._leaf)
        if body.kind == "form":
            return [self.item(name, value) for name, value in body.value]
        return body.value

    def told(self, text: str) -> str:
        """The text without secrets that stand behind their name in it."""
        return change_told(text, self._is_secret, lambda value: str(self._leaf("secret", value)))

    def _is_secret(self, name: str) -> bool:
        return plain_name(name) in self._own_names or kind_of_name(name) == "secret"

    def _leaf(self, kind: Kind, value: Any) -> Any:
        if not kind and isinstance(value, str):
            return self.told(value)
        if not kind or value is None or isinstance(value, bool) or value == "":
            return value
        if kind == "account" and not (isinstance(value, str) and len(value) == _ACCOUNT_LENGTH):
            return value
        if isinstance(value, str) and kind == "secret":
            self._learnt.add_secret(value, _MARK)
            self.secrets.append(value)
        elif isinstance(value, str):
            self._learnt.add(value, _MARK)
        return _MARK


def find_token(request: Request) -> str:
    """The clientToken of a request, however its name is spelt, "" when there is none."""
    return next((value for name, value in request.query if value and kind_of_name(name) == "token"), "")
