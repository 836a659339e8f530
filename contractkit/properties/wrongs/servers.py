"""Servers that answer another code than the documents, break their own answers, or forget what was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from contractkit.clock import Clock
from contractkit.cloud import ReferenceCloud
from contractkit.message import Request, Response, Transport, encode_json
from contractkit.properties.contracts import contract_suite
from contractkit.properties.wrongs.planted import Wrong

__all__ = ["WRONGS"]

Change = Callable[[Request, Response], Response]
_JSON: Final = (("Content-Type", "application/json;charset=UTF-8"), ("x-bce-request-id", "r"))


def _answer(status: int, value: Any) -> Response:
    return Response(status, _JSON, encode_json(value))


def _refuse(code: str, status: int = 400) -> Response:
    return _answer(status, {"code": code, "message": "no", "requestId": "r"})


def _code(response: Response) -> str:
    return str(response.json().get("code", "")) if response.status >= 400 else ""


def _instead(codes: Mapping[str, Response]) -> Change:
    """Another answer in place of each of these codes."""
    return lambda _, response: codes.get(_code(response), response)


def _in_answers(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Another body in place of each successful one."""

    def rewrite(_: Request, response: Response) -> Response:
        value = response.json() if response.body and response.status < 400 else None
        return response.replace(body=encode_json(change(value))) if isinstance(value, dict) else response

    return rewrite


def _refuse_if(test: Callable[[Request], bool], refusal: Response) -> Change:
    return lambda request, response: refusal if response.status < 400 and test(request) else response


def _server(change: Change, forgets: bool = False) -> Callable[[Clock], Transport]:
    def make_target(clock: Clock) -> Transport:
        cloud = ReferenceCloud(clock=clock)

        def handle(request: Request) -> Response:
            here = ReferenceCloud(clock=clock) if forgets else cloud
            return change(request, here.handle(request))

        return handle

    return make_target


def _wrong(law: str, about: str, change: Change, *, forgets: bool = False) -> Wrong:
    return Wrong(about, f"test_{law}", partial(contract_suite, make_target=_server(change, forgets)))


def _as_it_is(_: Request, response: Response) -> Response:
    return response


_FAULTS: Final = "refuses_calls_with_one_fault"
_AUTHENTIC: Final = "refuses_what_is_not_authentic"
_VALID: Final = "takes_valid_calls"

WRONGS: Final = (
    _wrong(_FAULTS, "bad JSON is called inappropriate", _instead({"MalformedJSON": _refuse("InappropriateJSON")})),
    _wrong(_FAULTS, "a wrong shape is called a bad request", _instead({"InappropriateJSON": _refuse("BadRequest")})),
    _wrong(_FAULTS, "wrong values are taken", _instead({"BadRequest": _answer(200, {})})),
    _wrong(_FAULTS, "wrong values break it", _instead({"BadRequest": _refuse("InternalError", 500)})),
    _wrong(_AUTHENTIC, "anonymous calls are taken", _instead({"AccessDenied": _answer(200, {})})),
    _wrong(_AUTHENTIC, "wrong signatures are taken", _instead({"SignatureDoesNotMatch": _answer(200, {})})),
    _wrong(
        _AUTHENTIC, "unknown keys are merely denied", _instead({"InvalidAccessKeyId": _refuse("AccessDenied", 403)})
    ),
    _wrong(_AUTHENTIC, "unknown versions are unknown paths", _instead({"InvalidVersion": _refuse("InvalidURI")})),
    _wrong("refuses_what_has_expired", "old signatures are taken", _instead({"RequestExpired": _answer(200, {})})),
    _wrong(
        _VALID,
        "bodies with a description are refused",
        _refuse_if(lambda request: b'"description"' in request.body, _refuse("InappropriateJSON")),
    ),
    _wrong(
        _VALID, "lists break it", _refuse_if(lambda request: request.method == "GET", _refuse("InternalError", 500))
    ),
    _wrong(
        _VALID,
        "every member of an answer is a text",
        _in_answers(lambda value: {name: str(each) for name, each in value.items()}),
    ),
    _wrong(_VALID, "answers are lists", _in_answers(lambda value: [value])),
    _wrong("any_walk_keeps_the_contract", "what was made is not there", _as_it_is, forgets=True),
)
