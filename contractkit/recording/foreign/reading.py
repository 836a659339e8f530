"""What other tools recorded, as interactions: vcrpy's YAML and JSON, betamax's JSON, and journals left by a dead run."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from contractkit.errors import CassetteFormatError
from contractkit.message import Interaction, Request, Response
from contractkit.recording.store import read_journal, read_plain
from contractkit.recording.strict import UnfitError, parse_strictly

__all__ = ["read_foreign"]

_REMEDY: Final = "give a cassette of vcrpy (YAML or JSON) or betamax, or a .partial journal, unharmed"
_WRONG: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError)


def read_foreign(path: Path) -> tuple[Interaction, ...]:
    """The interactions of a recording by vcrpy, pytest-recording or betamax, or of a journal, told by its content.

    Raises CassetteFormatError naming file, place and remedy for anything else, and beyond the limits of size.
    """
    if path.suffix == ".partial":
        return tuple(entry.to_interaction() for entry in read_journal(path) if not entry.fault)
    data = read_plain(path)
    try:
        return tuple(_read(data))
    except UnfitError as error:
        raise CassetteFormatError(f"{path}: {error}; {_REMEDY}") from None
    except _WRONG as error:
        raise CassetteFormatError(
            f"{path}: its members are not those of a recording ({type(error).__name__}); {_REMEDY}"
        ) from None


def _read(data: bytes) -> Iterator[Interaction]:
    if data.lstrip()[:1] != b"{":
        return _read_vcr(data, as_yaml=True)
    document = parse_strictly(data)
    if "http_interactions" in document:
        return _read_betamax(document)
    if document.get("format") == "contractkit cassette":
        raise UnfitError("it is a cassette of this package already")
    return _read_vcr(data, as_yaml=False)


def _read_vcr(data: bytes, *, as_yaml: bool) -> Iterator[Interaction]:
    # Not at module level: reading our own cassettes needs neither.
    from vcr.serialize import deserialize  # noqa: PLC0415 - see above
    from vcr.serializers import jsonserializer, yamlserializer  # noqa: PLC0415 - see above

    if as_yaml:
        from contractkit.recording.foreign.limits import check_yaml  # noqa: PLC0415 - see above

        text, serializer = check_yaml(data), yamlserializer
    else:
        text, serializer = data.decode(), jsonserializer
    asked, answered, *_ = deserialize(text, serializer)
    for number, (request, response) in enumerate(zip(asked, answered, strict=True), start=1):
        place = f"interaction {number}"
        ours = Request(
            _text(request.method, place),
            _text(request.uri, place),
            _fields(request.headers.items(), place),
            _bytes(request.body, place),
        )
        yield Interaction(ours, _vcr_response(response, place))


def _vcr_response(response: dict[str, Any], place: str) -> Response:
    """In the form of today, or as httpx was recorded before version 8."""
    fields = _fields(response["headers"].items(), place)
    if "status_code" in response:
        return Response(_status(response["status_code"], place), fields, _bytes(response.get("content"), place))
    return Response(_status(response["status"]["code"], place), fields, _bytes(response["body"]["string"], place))


def _read_betamax(document: dict[str, Any]) -> Iterator[Interaction]:
    for number, each in enumerate(document["http_interactions"], start=1):
        place, asked, answered = f"interaction {number}", each["request"], each["response"]
        yield Interaction(
            Request(
                _text(asked["method"], place),
                _text(asked["uri"], place),
                _fields(asked["headers"].items(), place),
                _betamax_body(asked["body"], place),
            ),
            Response(
                _status(answered["status"]["code"], place),
                _fields(answered["headers"].items(), place),
                _betamax_body(answered["body"], place),
            ),
        )


def _betamax_body(body: Any, place: str) -> bytes:
    if isinstance(body, dict) and "base64_string" in body:
        try:
            return base64.b64decode(_text(body["base64_string"], place), validate=True)
        except binascii.Error:
            raise UnfitError(f"{place}: its body is not base64") from None
    return _bytes(body["string"] if isinstance(body, dict) else body, place)


def _fields(headers: Iterable[tuple[Any, Any]], place: str) -> list[tuple[str, str]]:
    """Header fields; a value may be one text or a list of them."""
    return [
        (_text(name, place), _text(each, f"{place}, header {name!s:.40}"))
        for name, value in headers
        for each in (value if isinstance(value, list | tuple) else [value])
    ]


def _text(value: Any, place: str) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if not isinstance(value, str):
        raise UnfitError(f"{place}: a text was read as {type(value).__name__}; put it in quotes")
    return value


def _status(value: Any, place: str) -> int:
    if type(value) is not int or not 100 <= value <= 999:
        raise UnfitError(f"{place}: its status is no HTTP status")
    return value


_BODIES: Final[dict[type, Callable[[Any], bytes]]] = {
    type(None): lambda _: b"",
    str: lambda body: body.encode("utf-8", "surrogateescape"),
    bytes: lambda body: body,
}


def _bytes(value: Any, place: str) -> bytes:
    read = _BODIES.get(type(value))
    if read is None:
        raise UnfitError(f"{place}: its body was read as {type(value).__name__}; put it in quotes")
    return read(value)
