"""The laws of recording: what is replayed equals what was live, and what is stored is safe and keeps what matters."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from contractkit.cloud import Account, ReferenceCloud
from contractkit.contract import load_contract
from contractkit.errors import ContractkitError
from contractkit.message import Interaction, Request, Response, Transport
from contractkit.passwords import encrypt_password
from contractkit.properties.strategies.keys import client_tokens, credentials
from contractkit.properties.strategies.messages import spellings
from contractkit.properties.strategies.operations import write_request
from contractkit.properties.suite import LawBrokenError, Laws, build_suite, law
from contractkit.recording import Mode, Sanitizer, open_cassette
from contractkit.signing import EXAMPLE, Credentials, sign, verify

__all__ = ["Sanitize", "Tape", "recording_suite"]

Sanitize = Callable[[Sequence[Interaction], Credentials, datetime], Sequence[Interaction]]
"""What would be stored of the interactions of one run that used these credentials, received at an instant, in order."""

Tape = Callable[[Path, str, Credentials, Transport], AbstractContextManager[Transport]]
"""Opens a recording at a path, in mode "record" or "replay", for these credentials, over a transport that is live."""

NOW: Final = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def record_and_replay(path: Path, mode: str, keys: Credentials, live: Transport) -> AbstractContextManager[Transport]:
    """The tape of this package."""
    return _open(path, mode, keys, live)


@contextmanager
def _open(path: Path, mode: str, keys: Credentials, live: Transport) -> Iterator[Transport]:
    """The tape of this package."""
    with open_cassette(
        path, Mode(mode), credentials=keys, clock=lambda: NOW, foreign=False, check=lambda _: ()
    ) as cassette:
        yield cassette.transport(live)


def sanitize_all(interactions: Sequence[Interaction], keys: Credentials, at: datetime) -> list[Interaction]:
    """The sanitizer of this package."""
    sanitizer = Sanitizer(load_contract(), credentials=keys)
    return [sanitizer.sanitize(each, at=at).to_interaction() for each in interactions]


def recording_suite(*, tape: Tape = record_and_replay, sanitize: Sanitize = sanitize_all) -> type:
    """A class of pytest tests that holds a recorder to the laws of recording, sanitizing and matching.

    `tape(path, mode, credentials, live)` opens a recording as a context manager that gives a transport; `sanitize`
    tells what would be stored of interactions. Both default to those of this package, so that either can be
    examined alone. What is live is a reference cloud, and nothing leaves the process.
    """
    subject = {"tape": staticmethod(tape), "sanitize": staticmethod(sanitize)}
    return build_suite(RecordingLaws, "RecordingSuite", subject)


@dataclass(frozen=True)
class _Step:
    """One call of a run: `which` picks the VPC it is about, `token` the clientToken of the run by number."""

    does: str
    which: int
    name: str
    token: int


_NAMES: Final = st.sampled_from(("net", "a b", "100%", "x+y", "net-2", "lab"))
_STEPS: Final = st.lists(
    st.builds(
        _Step,
        st.sampled_from(("create", "create", "list", "get", "rename", "delete", "missing")),
        st.integers(0, 2),
        _NAMES,
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=8,
)


class _Run:
    """A run of a client: its steps become signed requests, and the answers decide what the next ones are about."""

    def __init__(self, keys: Credentials, tokens: Sequence[str], *, at: datetime = NOW, respell: Any = None) -> None:
        self.keys, self.tokens, self.at, self.respell = keys, tokens, at, respell
        self.vpcs: list[str] = []

    def request(self, step: _Step) -> Request:
        """The signed request of a step."""
        vpc = self.vpcs[step.which % len(self.vpcs)] if self.vpcs else "vpc-000000000000"
        operation, arguments = {
            "create": ("vpc.create_vpc", {"name": step.name, "cidr": "10.0.0.0/16"}),
            "list": ("vpc.list_vpcs", {}),
            "get": ("vpc.get_vpc", {"vpcId": vpc}),
            "missing": ("vpc.get_vpc", {"vpcId": f"vpc-{step.which:012}"}),
            "rename": ("vpc.update_vpc", {"vpcId": vpc, "name": step.name}),
            "delete": ("vpc.delete_vpc", {"vpcId": vpc}),
        }[step.does]
        request = _write(operation, arguments, self._token(step))
        return sign(self.respell(request) if self.respell else request, self.keys, at=self.at)

    def send(self, steps: Sequence[_Step], transport: Transport) -> list[tuple[int, Any]]:
        """The answers, each as status and JSON value."""
        answers = []
        for step in steps:
            response = transport(self.request(step))
            value = response.json() if response.body else None
            made = value.get("vpcId") if step.does == "create" and isinstance(value, dict) else None
            if made and made not in self.vpcs:
                self.vpcs.append(made)
            answers.append((response.status, value))
        return answers

    def _token(self, step: _Step) -> str:
        # One token belongs to one request: the step and its name choose it, and using it again is a retry.
        return "" if step.does in ("list", "get", "missing") else f"{self.tokens[step.token]}"


def _write(operation: str, arguments: dict[str, Any], token: str = "") -> Request:
    """An unsigned request for an operation named so, under a token if one is given."""
    given = {**arguments, **({"clientToken": token} if token else {})}
    return write_request(load_contract().operation(operation), given)


def _cloud(keys: Credentials) -> ReferenceCloud:
    return ReferenceCloud(clock=lambda: NOW, accounts={keys: Account("a0" * 16)})


@st.composite
def _draw_keys(draw: DrawFn) -> Credentials:
    """Keys that nothing in a recording can be taken for a part of, by accident or because Hypothesis knows its words."""
    keys = draw(credentials(session=None).filter(_is_plain))
    if keys.session_token is None:
        return keys
    digest = hashlib.sha256(keys.session_token.encode()).digest()
    return Credentials(keys.access_key_id, keys.secret_access_key, base64.b64encode(digest).decode())


def _is_plain(keys: Credentials) -> bool:
    pair = (keys.access_key_id, keys.secret_access_key)
    return pair == (EXAMPLE.access_key_id, EXAMPLE.secret_access_key) or all(len(set(text)) > 6 for text in pair)


_KEYS: Final = _draw_keys()
# Long enough that no token stands in a recording by accident.
_TOKENS: Final = st.lists(client_tokens().map(lambda text: f"token~{text[:50]}~"), min_size=3, max_size=3, unique=True)


class RecordingLaws(Laws):
    """What every recorder owes: the same answers, no secret, and the same request under another date and token."""

    tape: Tape
    sanitize: Sanitize

    @law(scale=0.2, keys=_KEYS, steps=_STEPS, tokens=_TOKENS)
    def test_replay_equals_live(self, keys: Credentials, steps: list[_Step], tokens: list[str]) -> None:
        """Law: a run gets the same answers from its recording, but for what is replaced by equal stand-ins."""
        with _workplace() as path:
            live = self._record(path, _Run(keys, tokens), steps)
            replayed = self._replay(path, _Run(EXAMPLE, tokens), steps)
        _require(_shape(live) == _shape(replayed), "a replayed answer differs from the live one", steps)

    @law(scale=0.2, keys=_KEYS, steps=_STEPS, tokens=_TOKENS, later=st.integers(1, 10**6), fresh=_TOKENS)
    def test_matching_ignores_date_signature_and_token(
        self, keys: Credentials, steps: list[_Step], tokens: list[str], later: int, fresh: list[str]
    ) -> None:
        """Law: the same run with another instant, other signatures and new clientTokens is answered the same."""
        with _workplace() as path:
            live = self._record(path, _Run(keys, tokens), steps)
            again = _Run(EXAMPLE, fresh, at=NOW + timedelta(seconds=later % 1500))
            replayed = self._replay(path, again, steps)
        _require(_shape(live) == _shape(replayed), "new tokens and signatures changed an answer", steps)

    @law(scale=0.2, steps=_STEPS, tokens=_TOKENS, data=st.data())
    def test_matching_ignores_the_wire_spelling(
        self, steps: list[_Step], tokens: list[str], data: st.DataObject
    ) -> None:
        """Law: a request spelt in another way, its query in another order, is the same request."""
        with _workplace() as path:
            live = self._record(path, _Run(EXAMPLE, tokens), steps)
            respelt = _Run(EXAMPLE, tokens, respell=lambda request: data.draw(spellings(request)))
            replayed = self._replay(path, respelt, steps)
        _require(_shape(live) == _shape(replayed), "another spelling changed an answer", steps)

    @law(
        scale=0.3,
        change=st.sampled_from(("method", "path", "query", "body", "host")),
        tokens=_TOKENS,
    )
    def test_matching_confuses_nothing(self, change: str, tokens: list[str]) -> None:
        """Law: a request that differs in method, path, query, body or host is not the recorded one."""
        recorded = _write("vpc.update_vpc", {"vpcId": "vpc-000000000001", "name": "net"}, tokens[0])
        other = _OTHER[change](recorded)
        with _workplace() as path:
            cloud = _cloud(EXAMPLE)
            with self.tape(path, "record", EXAMPLE, cloud.handle) as transport:
                transport(sign(recorded, EXAMPLE, at=NOW))
            answered = self._try(path, sign(other, EXAMPLE, at=NOW))
        _require(not answered, f"another {change} gets the recorded answer", [])

    @law(scale=0.2, keys=_KEYS, steps=_STEPS, tokens=_TOKENS)
    def test_replay_sends_nothing(self, keys: Credentials, steps: list[_Step], tokens: list[str]) -> None:
        """Law: in replay nothing is live, and the recording is not written."""
        sent: list[Request] = []
        with _workplace() as path:
            self._record(path, _Run(keys, tokens), steps)
            before = path.read_bytes()

            def live(request: Request) -> Response:
                sent.append(request)
                return Response(200, [("Content-Type", "application/json")], b"{}")

            with self.tape(path, "replay", EXAMPLE, live) as transport:
                _Run(EXAMPLE, tokens).send(steps, transport)
            same = path.read_bytes() == before
        _require(not sent and same, "replay went live or wrote to its recording", steps)

    @law(scale=0.2, keys=_KEYS, steps=_STEPS, tokens=_TOKENS)
    def test_recordings_hold_no_secret(self, keys: Credentials, steps: list[_Step], tokens: list[str]) -> None:
        """Law: neither the keys nor a clientToken of the run is anywhere in the stored bytes."""
        with _workplace() as path:
            self._record(path, _Run(keys, tokens), steps)
            stored = path.read_text("utf-8")
        own = {keys.secret_access_key, keys.access_key_id, keys.session_token or ""} - {"", *_published()}
        used = {tokens[step.token] for step in steps if step.does in ("create", "rename", "delete")}
        leaked = len([each for each in own | used if each in stored])
        _require(not leaked, f"{leaked} of the run's secrets are in the recording", steps)

    @law(keys=_KEYS, steps=_STEPS, tokens=_TOKENS)
    def test_sanitizing_is_a_fixpoint(self, keys: Credentials, steps: list[_Step], tokens: list[str]) -> None:
        """Law: sanitizing what is sanitized changes nothing."""
        once = list(self.sanitize(_capture(_Run(keys, tokens), steps), keys, NOW))
        twice = list(self.sanitize(once, EXAMPLE, _date_of(once[0].request)))
        _require(once == twice, "sanitizing again changed something", steps)

    @law(keys=_KEYS, steps=_STEPS, tokens=_TOKENS)
    def test_sanitizing_keeps_equalities(self, keys: Credentials, steps: list[_Step], tokens: list[str]) -> None:
        """Law: equal clientTokens stay equal, different ones different; so do names and ids."""
        raw = _capture(_Run(keys, tokens), steps)
        safe = list(self.sanitize(raw, keys, NOW))
        for what, read in _READ.items():
            before, after = [read(each) for each in raw], [read(each) for each in safe]
            _require(
                _pattern(before) == _pattern(after), f"equal {what} became different, or different ones equal", steps
            )

    @law(keys=_KEYS, steps=_STEPS, tokens=_TOKENS, spoil=st.booleans())
    def test_sanitized_requests_verify_if_and_only_if_they_did(
        self, keys: Credentials, steps: list[_Step], tokens: list[str], spoil: bool
    ) -> None:
        """Law: what was rightly signed is signed by the published pair; what was not stays wrongly signed."""
        raw = _capture(_Run(keys, tokens), steps)
        if spoil:
            raw = [each.replace(request=_spoil(each.request)) for each in raw]
        for each in self.sanitize(raw, keys, NOW):
            verdict = verify(each.request, {EXAMPLE.access_key_id: EXAMPLE}.get, now=_date_of(each.request))
            _require(verdict.ok != spoil, f"the signature {'was mended' if spoil else 'is lost'}", steps)

    @law(secret=st.text("abcdefgh12345678", min_size=9, max_size=16), keys=credentials(), ciphertext=st.booleans())
    def test_sanitizing_leaves_no_password(self, secret: str, keys: Credentials, ciphertext: bool) -> None:
        """Law: a password, in clear or encrypted (an oracle for the secret key, being deterministic), is not stored."""
        value = encrypt_password(secret, keys.secret_access_key) if ciphertext else secret
        body = f'{{"users":[{{"userName":"user1","password":"{value}"}}]}}'.encode()
        request = _write("vpc.create_vpc", {"name": "n", "cidr": "10.0.0.0/16"}).replace(body=body)
        raw = Interaction(sign(request, keys, at=NOW), Response(200, [("Content-Type", "application/json")], body))
        for each in self.sanitize([raw], keys, NOW):
            left = value.encode() in each.request.body + each.response.body
            _require(not left, "a password is left in what would be stored", [])

    def _record(self, path: Path, run: _Run, steps: Sequence[_Step]) -> list[tuple[int, Any]]:
        with self.tape(path, "record", run.keys, _cloud(run.keys).handle) as transport:
            return run.send(steps, transport)

    def _replay(self, path: Path, run: _Run, steps: Sequence[_Step]) -> list[tuple[int, Any]]:
        try:
            with self.tape(path, "replay", EXAMPLE, _refuse) as transport:
                return run.send(steps, transport)
        except ContractkitError as error:
            raise LawBrokenError(f"a recorded run is not answered: {type(error).__name__} ({steps!r})") from None

    def _try(self, path: Path, request: Request) -> bool:
        """Whether a request is answered from the recording; any error is a refusal."""
        try:
            with self.tape(path, "replay", EXAMPLE, _refuse) as transport:
                transport(request)
        except LawBrokenError:
            raise
        except Exception:  # noqa: BLE001 - any refusal is one
            return False
        return True


def _refuse(_request: Request) -> Response:
    raise LawBrokenError("a request went live in replay")


@contextmanager
def _workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "run.json"


def _capture(run: _Run, steps: Sequence[_Step]) -> list[Interaction]:
    cloud, seen = _cloud(run.keys), []

    def exchange(request: Request) -> Response:
        response = cloud.handle(request)
        seen.append(Interaction(request, response))
        return response

    run.send(steps, exchange)
    return seen


def _date_of(request: Request) -> datetime:
    date = request.headers.get("x-bce-date")
    return datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if date else NOW


def _spoil(request: Request) -> Request:
    value = request.headers.get("authorization")
    last = "0" if value[-1] != "0" else "1"
    return request.replace(headers=request.headers.set("Authorization", value[:-1] + last))


_MINTED: Final = frozenset(("requestId", "createdTime", "message"))


def _shape(answers: Sequence[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The answers without what every answer has of its own, ids by the order of their first appearance."""
    return [(status, _without_minted(value)) for status, value in answers]


def _without_minted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_minted(member) for name, member in value.items() if name not in _MINTED}
    return [_without_minted(each) for each in value] if isinstance(value, list) else value


def _pattern(values: Sequence[str | None]) -> list[int | None]:
    """Which of the values are equal: each by the place of its first appearance."""
    first: dict[str, int] = {}
    return [None if value is None else first.setdefault(value, place) for place, value in enumerate(values)]


_READ: Final[dict[str, Callable[[Interaction], str | None]]] = {
    "clientTokens": lambda each: each.request.query_value("clientToken"),
    "paths": lambda each: each.request.path,
    "request ids": lambda each: each.response.headers.get("x-bce-request-id") or None,
    "request bodies": lambda each: str(each.request.json()) if each.request.body else None,
}

_OTHER: Final[dict[str, Callable[[Request], Request]]] = {
    "method": lambda request: request.replace(method="DELETE"),
    "path": lambda request: request.replace(url=request.url.replace("0001?", "0002?")),
    "query": lambda request: request.replace(url=request.url + "&added=1"),
    "body": lambda request: request.replace(body=request.body.replace(b'"net"', b'"other"')),
    "host": lambda request: request.replace(url=request.url.replace("bcc.bj.", "bcc.su.")),
}


def _published() -> tuple[str, str]:
    return EXAMPLE.access_key_id, EXAMPLE.secret_access_key


def _require(holds: bool, otherwise: str, steps: Sequence[_Step]) -> None:
    if not holds:
        raise LawBrokenError(f"{otherwise}\n  the run: {', '.join(map(repr, steps))}" if steps else otherwise)
