"""Makes an interaction safe to store: numbered rules over names, places and known values; fails closed.

Knows the contract and the law of signing; must never know files, tapes or which test is running.
"""

from __future__ import annotations

import base64
import contextlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from msgspec import UNSET, UnsetType

from contractkit.contract import Contract, NoRoute, Operation
from contractkit.errors import ConfigurationError, SanitizerError, SigningError
from contractkit.message import Interaction, Request, decode_query
from contractkit.recording.cassette import EPOCH, Entry, SanitizerRecord
from contractkit.recording.hosts import Hosts
from contractkit.recording.sanitizer.bodies import Body
from contractkit.recording.sanitizer.draft import Draft
from contractkit.recording.sanitizer.members import Kind, Members, kind_of_name, plain_name
from contractkit.recording.sanitizer.memory import PUBLISHED, Memory
from contractkit.recording.sanitizer.resign import resign
from contractkit.recording.sanitizer.rules import RULES, VERSION, OwnRule, Rule
from contractkit.recording.sanitizer.told import change_told
from contractkit.recording.sanitizer.values import hide_credentials
from contractkit.signing import Credentials
from contractkit.signing.times import parse_http_date

__all__ = ["RULES", "VERSION", "Rule", "Sanitizer"]

_REQUEST_HEADERS: Final = frozenset({"host", "content-type", "authorization", "x-bce-date", "date", "x-bce-request-id"})
_RESPONSE_HEADERS: Final = frozenset({"content-type", "x-bce-request-id", "location", "allow", "retry-after"})
_DROPPED_QUERY: Final = frozenset({"authorization", "x-bce-security-token"})
_NAMED: Final = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]++)[\"'\\]{0,4}+\s{0,8}+[=:>]")

_SEPARATOR: Final = re.compile(r"([&;])")


class Sanitizer:
    """Turns real interactions into stored ones; equal values get equal stand-ins for its whole life.

    `credentials` are the run's, `unverified` those of an account without real-name verification, `secrets`
    further values to replace wherever they stand. `off`
    maps rule ids to the reason for switching them off, `on` names optional ones (CK-ALIAS-005). `own` are
    the caller's functions from interaction to interaction, run first; they must be idempotent. `secret_names` are
    further names of members, form and query items whose values are secret (letter case, `-` and `_` do not count).
    Safe under threads. Raises ConfigurationError for a rule that is unknown or cannot be switched.
    """

    def __init__(
        self,
        contract: Contract,
        *,
        credentials: Credentials | None = None,
        unverified: Credentials | None = None,
        secrets: Iterable[str] = (),
        hosts: Hosts | None = None,
        off: Mapping[str, str] | None = None,
        on: Iterable[str] = (),
        own: Sequence[OwnRule] = (),
        secret_names: Iterable[str] = (),
    ) -> None:
        self._own_names = frozenset(map(plain_name, secret_names))
        self.record = SanitizerRecord(VERSION, tuple(sorted(on)), dict(off or {}), _describe(own, self._own_names))
        self._active = _choose_rules(self.record)
        self._contract = contract
        self._hosts = hosts or Hosts(contract)
        self._own = tuple(own)
        self._memory = Memory(credentials, unverified, secrets)
        self._lock = threading.RLock()

    def sanitize(self, interaction: Interaction, *, at: datetime) -> Entry:
        """The stored form of an interaction whose request was received at `at` (aware).

        Raises SanitizerError naming the place when it cannot be made safe, ForeignHostError for a host that
        is not documented.
        """
        changed = interaction
        for change in self._own:
            changed = change(changed)
        with self._lock:
            return self._sanitize(changed, interaction.request, at)

    def settle(self, entry: Entry) -> Entry:
        """The entry without values that became known only after it was made. It verifies as before."""
        with self._lock:
            interaction = entry.to_interaction()
            draft = Draft.open(interaction, entry.operation)
            self._replace_values(draft)
            if "CK-AUTH-001" in self._active:
                resign(draft, interaction.request, PUBLISHED, EPOCH)
            return draft.close()

    def adopt(self, entries: Iterable[Entry]) -> None:
        """Take over the stand-ins of entries that are stored already, so that new ones do not repeat them."""
        for entry in entries:
            self.sanitize(entry.to_interaction(), at=EPOCH)

    def bind_token(self, raw: str, alias: str) -> None:
        """Let a clientToken of this run stand for one that is stored already."""
        with self._lock:
            self._memory.bind_token(raw, alias)

    def scrub(self, text: str) -> str:
        """A text for a person (a message, a report) without any value known to be secret."""
        with self._lock:
            return self._memory.values.scrub(text)

    def _sanitize(self, interaction: Interaction, sent: Request, at: datetime) -> Entry:
        """`interaction` is as the caller's own rules left it, `sent` the request as it was signed."""
        documented = self._hosts.document(interaction.request)
        match = self._contract.route(documented)
        operation = None if isinstance(match, NoRoute) else match.operation
        draft = Draft.open(interaction, operation.qualified if operation else "")
        self._check_text(draft)
        self._learn_signature(sent)
        self._learn_dropped(sent, interaction)
        self._clean_url(draft, documented.authority)
        self._clean_headers(draft, at)
        self._replace_members(draft, operation)
        self._replace_minted(draft, at)
        self._replace_values(draft)
        draft.set_header("Host", documented.authority)
        if "CK-AUTH-001" in self._active:
            resign(draft, sent, self._memory.accounts, at)
        return draft.close()

    def _learn_signature(self, sent: Request) -> None:
        """CK-AUTH-002."""
        if "CK-AUTH-002" in self._active:
            for made in (*sent.headers.get_all("authorization"), sent.query_value("authorization") or ""):
                self._memory.note_signature(made)

    def _learn_dropped(self, sent: Request, interaction: Interaction) -> None:
        """CK-VAL-001: what headers hold that are not stored, since an answer may repeat it."""
        for headers in (sent.headers, interaction.response.headers):
            for name, value in headers:
                if self._kind_of(name) == "secret":
                    for each in _secrets_of_header(name, value):
                        self._memory.note_dropped(each)

    def _check_text(self, draft: Draft) -> None:
        """CK-TXT-001."""
        if "CK-TXT-001" not in self._active:
            return
        if draft.response_body.malformed:
            raise SanitizerError("response body: says it is JSON and is not; it is not stored (CK-TXT-001)")
        if draft.request_body.malformed and not 400 <= draft.status < 500:
            raise SanitizerError(
                "request body: says it is JSON, is not, and was accepted; it is not stored (CK-TXT-001)"
            )
        for place, body in (("request", draft.request_body), ("response", draft.response_body)):
            if body.kind == "text" and any(self._kind_of(name) == "secret" for name in _NAMED.findall(body.value)):
                raise SanitizerError(f"{place} body: text that names a secret cannot be made safe (CK-TXT-001)")

    def _clean_url(self, draft: Draft, host: str) -> None:
        """CK-URL-001 and CK-QRY-001."""
        if "CK-URL-001" in self._active:
            userinfo, _, authority = draft.authority.rpartition("@")
            for part in userinfo.split(":", 1):
                self._memory.values.add_secret(unquote(part), "userinfo")
            if authority and authority != host:
                draft.change_response(lambda text: text.replace(authority, host))
            draft.authority = host
        if "CK-QRY-001" in self._active:
            draft.query = [item for item in draft.query if item[0].lower() not in _DROPPED_QUERY]

    def _clean_headers(self, draft: Draft, at: datetime) -> None:
        """CK-HDR-001 to CK-HDR-004; request ids in headers are CK-ALIAS-002."""
        draft.request_headers = [
            (name, self._clean_header(name, value, at))
            for name, value in draft.request_headers
            if name.lower() in _REQUEST_HEADERS or "CK-HDR-001" not in self._active
        ]
        draft.response_headers = [
            (name, self._clean_header(name, value, at))
            for name, value in draft.response_headers
            if name.lower() in _RESPONSE_HEADERS or "CK-HDR-002" not in self._active
        ]

    def _clean_header(self, name: str, value: str, at: datetime) -> str:
        plain = name.lower()
        if plain == "location" and "CK-HDR-003" in self._active:
            return self._clean_location(value)
        if plain == "retry-after" and "CK-HDR-004" in self._active:
            return _to_seconds(value, at)
        return str(self._leaf(kind_of_name(plain), value)) if plain == "x-bce-request-id" else value

    def _clean_location(self, location: str) -> str:
        base, question, query = location.partition("?")
        base, hash_mark, fragment = base.partition("#")
        scheme, mark, rest = base.partition("://")
        authority, slash, path = rest.partition("/")
        base = f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}" if mark else base
        query, late_mark, late = query.partition("#")
        base = self._clean_told(base)
        cleaned = (self._clean_items(each) for each in (fragment, query, late))
        pairs = zip((hash_mark, question, late_mark), cleaned, strict=True)
        return base + "".join(f"{mark}{items}" for mark, items in pairs)

    def _clean_items(self, query: str) -> str:
        return "".join(self._clean_item(item) for item in _SEPARATOR.split(query))

    def _clean_item(self, item: str) -> str:
        name = item.partition("=")[0]
        secret = any(self._kind_of(key) == "secret" for key, _ in decode_query(name))
        return f"{name}=redacted" if secret else item

    def _replace_members(self, draft: Draft, operation: Operation | None) -> None:
        """CK-SEC-001 to CK-SEC-003 and CK-ALIAS-001 to CK-ALIAS-003, in query, bodies and forms."""
        known = operation if "CK-SEC-001" in self._active else None
        asked = self._members(known.secret_fields if known else ())
        answered = self._members(known.secret_response_fields if known else ())
        draft.path = self._clean_told(draft.path)
        draft.query = [asked.walk_item(name, value, self._leaf) for name, value in draft.query]
        draft.request_body = self._replace_in(draft.request_body, asked)
        draft.response_body = self._replace_in(draft.response_body, answered)

    def _members(self, pointers: Iterable[str]) -> Members:
        return Members(pointers, secret_names="CK-SEC-002" in self._active, own_names=self._own_names)

    def _kind_of(self, name: str) -> Kind:
        return "secret" if plain_name(name) in self._own_names else kind_of_name(name)

    def _replace_in(self, body: Body, members: Members) -> Body:
        if body.kind == "json":
            return Body("json", members.walk(body.value, self._leaf))
        if body.kind == "form":
            return Body("form", [members.walk_item(name, value, self._leaf) for name, value in body.value])
        return body

    def _leaf(self, kind: Kind, value: Any) -> Any:
        if kind == "secret":
            return self._memory.secret(value, reencrypt="CK-SEC-003" in self._active)
        if kind == "token" and "CK-ALIAS-001" in self._active:
            return self._memory.token(value)
        if kind == "request-id" and "CK-ALIAS-002" in self._active:
            return self._memory.request_id(value)
        if kind == "account" and "CK-ALIAS-003" in self._active:
            return self._memory.account(value)
        if kind or not isinstance(value, str):
            return value
        if "CK-SEC-003" in self._active:
            self._memory.note_ciphertext(value)
        return self._clean_told(value)

    def _clean_told(self, value: str) -> str:
        """CK-SEC-002 for what a text tells under the name of a secret."""
        if "CK-SEC-002" not in self._active:
            return value
        reencrypt = "CK-SEC-003" in self._active
        return change_told(
            value,
            lambda name: self._kind_of(name) == "secret",
            lambda told: self._memory.told(told, reencrypt=reencrypt),
        )

    def _replace_values(self, draft: Draft) -> None:
        """CK-VAL-001 and CK-VAL-002."""
        draft.change_request(self._clean_text, self._clean_name)
        draft.change_response(self._clean_text, self._clean_name)

    def _clean_text(self, text: str) -> str:
        cleaned = self._memory.values.replace(text) if "CK-VAL-001" in self._active else text
        return hide_credentials(cleaned) if "CK-VAL-002" in self._active else cleaned

    def _clean_name(self, name: str) -> str:
        cleaned = self._memory.values.replace_in_name(name) if "CK-VAL-001" in self._active else name
        return hide_credentials(cleaned) if "CK-VAL-002" in self._active else cleaned

    def _replace_minted(self, draft: Draft, at: datetime) -> None:
        """CK-ALIAS-004 and CK-ALIAS-005: what the caller wrote stays, what the cloud minted is replaced."""
        self._memory.note_given(draft.caller_strings(), ids="CK-ALIAS-005" in self._active)
        if "CK-ALIAS-004" in self._active:
            draft.response_body = draft.response_body.change(lambda text: self._memory.instants(text, at))
        if "CK-ALIAS-005" in self._active:
            draft.change_response(self._memory.resource_ids)


def _secrets_of_header(name: str, value: str) -> Iterator[str]:
    """The values in a header of secrets: that of each cookie, both halves of Basic, else the whole."""
    scheme, _, rest = value.strip().partition(" ")
    if plain_name(name).endswith("cookie"):
        yield from (item.partition("=")[2].strip() for item in value.split(";"))
    elif scheme.lower() == "basic":
        yield rest
        with contextlib.suppress(ValueError):  # no pair in base64: then the whole is the secret, told above
            yield from base64.b64decode(rest).decode().split(":", 1)
    elif not scheme.startswith("bce-auth-v"):  # CK-AUTH-002 knows those
        yield rest if rest and name.lower() == "authorization" else value


def _to_seconds(value: str, at: datetime) -> str:
    """A Retry-After given as a date, in seconds from the answer; anything else as it is."""
    try:
        return str(max(round((parse_http_date(value) - at).total_seconds()), 0))
    except SigningError:
        return value


def _describe(own: Iterable[OwnRule], names: Iterable[str]) -> tuple[str, ...] | UnsetType:
    """The caller's own rules as a cassette names them; nothing when there are none."""
    functions = (f"function {getattr(each, '__qualname__', type(each).__qualname__)}" for each in own)
    return (*functions, *(f"secret {name}" for name in sorted(names))) or UNSET


def _choose_rules(record: SanitizerRecord) -> frozenset[str]:
    known = {rule.id: rule for rule in RULES}
    for switched in (*record.on, *record.off):
        if switched not in known:
            raise ConfigurationError(f"no sanitizer rule {switched!r}; known: {', '.join(known)}")
    for switched, reason in record.off.items():
        if known[switched].required:
            raise ConfigurationError(f"the sanitizer rule {switched} cannot be switched off: {known[switched].what}")
        if not reason.strip():
            raise ConfigurationError(f"switching off {switched} needs a reason: off={{{switched!r}: 'because ...'}}")
    return frozenset(rule.id for rule in RULES if (rule.default or rule.id in record.on) and rule.id not in record.off)
