"""Sanitizers that break equalities, and tapes that confuse requests or keep what they must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

from contractkit.errors import CassetteMiss
from contractkit.message import Interaction, Request, Response, Transport
from contractkit.properties.recordings import recording_suite, sanitize_all
from contractkit.properties.strategies.messages import write_query
from contractkit.properties.wrongs.planted import Wrong
from contractkit.signing import EXAMPLE, Credentials, sign

__all__ = ["WRONGS"]

Key = Callable[[Request], Any]


def _change_tokens(request: Request, change: Callable[[str], str]) -> Request:
    items = [(name, change(value or "") if name == "clientToken" else value) for name, value in request.query]
    if not items:
        return request
    return request.replace(url=request.url.partition("?")[0] + "?" + write_query(items))


def _after(change: Callable[[Request], Request]) -> Callable[..., list[Interaction]]:
    """A sanitizer that does one thing more to each request."""

    def sanitize(interactions: Sequence[Interaction], keys: Credentials, at: datetime) -> list[Interaction]:
        safe = sanitize_all(interactions, keys, at)
        return [each.replace(request=change(each.request)) for each in safe]

    return sanitize


def _number_tokens(interactions: Sequence[Interaction], keys: Credentials, at: datetime) -> list[Interaction]:
    numbers = count(1)
    return _after(lambda request: _change_tokens(request, lambda _: f"token-{next(numbers)}"))(interactions, keys, at)


def _number_request_ids(interactions: Sequence[Interaction], keys: Credentials, at: datetime) -> list[Interaction]:
    return [
        each.replace(response=each.response.replace(headers=each.response.headers.set("x-bce-request-id", "one")))
        for each in sanitize_all(interactions, keys, at)
    ]


def _sign_anew(interactions: Sequence[Interaction], keys: Credentials, at: datetime) -> list[Interaction]:
    return _after(lambda request: sign(request, EXAMPLE, at=at))(interactions, keys, at)


def _lose_signature(request: Request) -> Request:
    value = request.headers.get("authorization")
    return request.replace(headers=request.headers.set("Authorization", value[:-64] + "0" * 64))


def _keep(interactions: Sequence[Interaction], _keys: Credentials, _at: datetime) -> list[Interaction]:
    return list(interactions)


def _grow(request: Request) -> Request:
    return request.replace(url=f"{request.url}{'&' if '?' in request.url else '?'}safe=1")


def _wrong_sanitizer(law: str, about: str, sanitize: Callable[..., list[Interaction]]) -> Wrong:
    return Wrong(f"sanitizer: {about}", f"test_{law}", partial(recording_suite, sanitize=sanitize))


def _full_key(request: Request) -> tuple[Any, ...]:
    query = sorted((name, value or "") for name, value in request.query if name != "clientToken")
    return request.method, request.authority, request.path, tuple(query), request.body


def _without(place: int) -> Key:
    return lambda request: (*_full_key(request)[:place], *_full_key(request)[place + 1 :])


def _with(more: Key) -> Key:
    return lambda request: (*_full_key(request), more(request))


@contextmanager
def _open(
    path: Path, mode: str, keys: Credentials, live: Transport, *, key: Key, fault: str = ""
) -> Iterator[Transport]:
    """A small tape: one JSON list of key, status and body, in order among equals."""
    stored: list[tuple[str, int, str]] = []
    if mode == "replay":
        stored = [(each[0], each[1], each[2]) for each in json.loads(path.read_text("utf-8"))]
    played: dict[str, int] = {}

    def exchange(request: Request) -> Response:
        name = repr(key(request))
        if mode == "record":
            response = live(request)
            stored.append((name, response.status, response.body.decode()))
            return response
        lines = [each for each in stored if each[0] == name]
        if not lines:
            if fault == "live on a miss":
                return live(request)
            raise CassetteMiss("no recorded request is the same; record again")
        place = 0 if fault == "first for all" else min(played.get(name, 0), len(lines) - 1)
        played[name] = played.get(name, 0) + 1
        _, status, body = lines[place]
        return Response(status, [("Content-Type", "application/json")], body.encode())

    yield exchange
    if mode == "record":
        more = {"secret": keys.secret_access_key} if fault == "keeps the secret" else {}
        path.write_text(json.dumps([*stored, *([[str(more), 0, ""]] if more else [])]), "utf-8")
    elif fault == "writes in replay":
        path.write_text(json.dumps([*stored, ["", 0, ""]]), "utf-8")


def _wrong_tape(law: str, about: str, *, key: Key = _full_key, fault: str = "") -> Wrong:
    def tape(path: Path, mode: str, keys: Credentials, live: Transport) -> AbstractContextManager[Transport]:
        return _open(path, mode, keys, live, key=key, fault=fault)

    return Wrong(f"tape: {about}", f"test_{law}", partial(recording_suite, tape=tape))


_MATCHING: Final = "matching_ignores_date_signature_and_token"

WRONGS: Final = (
    _wrong_sanitizer("sanitizing_keeps_equalities", "every clientToken gets a stand-in of its own", _number_tokens),
    _wrong_sanitizer(
        "sanitizing_keeps_equalities",
        "all clientTokens get one stand-in",
        _after(lambda request: _change_tokens(request, lambda _: "token-1")),
    ),
    _wrong_sanitizer("sanitizing_keeps_equalities", "all request ids become one", _number_request_ids),
    _wrong_sanitizer(
        "sanitizing_keeps_equalities",
        "all resources become one",
        _after(lambda request: request.replace(url="https://bcc.bj.baidubce.com/v1/vpc")),
    ),
    _wrong_sanitizer("sanitizing_is_a_fixpoint", "a mark is added every time", _after(_grow)),
    _wrong_sanitizer(
        "sanitizing_is_a_fixpoint",
        "stand-ins of stand-ins",
        _after(lambda request: _change_tokens(request, lambda text: f"{text}-x")),
    ),
    _wrong_sanitizer("sanitized_requests_verify_if_and_only_if_they_did", "wrong signatures are mended", _sign_anew),
    _wrong_sanitizer(
        "sanitized_requests_verify_if_and_only_if_they_did", "right signatures are lost", _after(_lose_signature)
    ),
    _wrong_sanitizer("sanitizing_leaves_no_password", "everything is kept", _keep),
    _wrong_tape("matching_confuses_nothing", "the method does not count", key=_without(0)),
    _wrong_tape("matching_confuses_nothing", "the host does not count", key=_without(1)),
    _wrong_tape("matching_confuses_nothing", "the path does not count", key=_without(2)),
    _wrong_tape("matching_confuses_nothing", "the query does not count", key=_without(3)),
    _wrong_tape("matching_confuses_nothing", "the body does not count", key=_without(4)),
    _wrong_tape(_MATCHING, "the clientToken counts", key=_with(lambda each: each.query_value("clientToken"))),
    _wrong_tape(_MATCHING, "the signature counts", key=_with(lambda each: each.headers.get("authorization"))),
    _wrong_tape(_MATCHING, "the date counts", key=_with(lambda each: each.headers.get("x-bce-date"))),
    _wrong_tape(
        "matching_ignores_the_wire_spelling", "the URL counts as it stands", key=_with(lambda each: each.raw_path)
    ),
    _wrong_tape("replay_equals_live", "the first answer for all", fault="first for all"),
    _wrong_tape("matching_confuses_nothing", "goes live on a miss", fault="live on a miss"),
    _wrong_tape("replay_sends_nothing", "writes in replay", fault="writes in replay"),
    _wrong_tape("recordings_hold_no_secret", "the secret is stored", fault="keeps the secret"),
    _wrong_tape(
        "recordings_hold_no_secret",
        "the clientToken is stored",
        key=lambda each: (*_full_key(each), *((t,) if (t := each.query_value("clientToken")) else ())),
    ),
)
