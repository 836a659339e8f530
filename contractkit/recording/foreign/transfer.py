"""Take a foreign recording over as a cassette, and hand a cassette over to vcrpy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from contractkit.contract import Contract
from contractkit.errors import RecordingError, SigningError
from contractkit.message import Request
from contractkit.recording.cassette import EPOCH, Cassette, Entry
from contractkit.recording.foreign.reading import read_foreign
from contractkit.recording.guard import Guard
from contractkit.recording.hosts import ForeignHostError, Hosts
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.store import load_cassette, replace_file
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, parse_authorization

__all__ = ["Imported", "export_cassette", "import_cassette"]

_PUBLISHED: Final = tuple(
    text for pair in (EXAMPLE, UNVERIFIED) for text in (pair.access_key_id, pair.secret_access_key)
)


@dataclass(frozen=True)
class Imported:
    """What became of a foreign recording: how many interactions were taken, and which authorities were left out."""

    taken: int
    left_out: tuple[str, ...] = ()


def import_cassette(
    source: Path,
    target: Path,
    contract: Contract,
    *,
    credentials: Credentials | None = None,
    region: str = "bj",
    skip_foreign: bool = False,
    today: str = "",
) -> Imported:
    """Sanitize and guard a recording of vcrpy, pytest-recording or betamax, and write it as a cassette.

    `credentials` are those it was recorded with: only then can its signatures be told to be right and be made
    anew. `skip_foreign` leaves out requests to hosts that are not documented. Raises CassetteFormatError for what
    cannot be read, SanitizerError, LeakError or ForeignHostError for what may not be stored; nothing is written then.
    """
    sanitizer = Sanitizer(contract, credentials=credentials, hosts=Hosts(contract, region=region))
    guard = Guard(credentials.name_parts() if credentials else {}, exempt=_PUBLISHED)
    entries: list[Entry] = []
    left_out: dict[str, None] = {}
    for number, each in enumerate(read_foreign(source), start=1):
        guard.learn(each)
        try:
            entries.append(sanitizer.sanitize(each, at=_received(each.request)))
        except ForeignHostError:
            if not skip_foreign:
                raise
            left_out[each.request.authority] = None
        except RecordingError as error:
            raise type(error)(f"{source}: interaction {number}: {error}") from None
    settled = tuple(sanitizer.settle(entry) for entry in entries)
    data = Cassette(settled, contract.digest, sanitizer.record, recorded=today).encode()
    guard.check(data, str(target))
    replace_file(target, data)
    return Imported(len(settled), tuple(left_out))


def _received(request: Request) -> datetime:
    """When a request was made, by its own signature: a recording does not say it otherwise."""
    try:
        return parse_authorization(request.headers.get("authorization")).timestamp
    except SigningError:
        return EPOCH


def export_cassette(source: Path, target: Path) -> int:
    """Write a cassette in the format of vcrpy, JSON when `target` ends in .json and YAML otherwise.

    Returns how many interactions were left out, since they ended in a fault and vcrpy knows none.
    """
    # Not at module level: only an export needs it.
    from vcr.request import Request as VcrRequest  # noqa: PLC0415 - see above
    from vcr.serialize import serialize  # noqa: PLC0415 - see above
    from vcr.serializers import jsonserializer, yamlserializer  # noqa: PLC0415 - see above

    cassette = load_cassette(source)
    asked, answered = [], []
    for each in cassette.interactions:
        request, response = each.request, each.response
        headers = {name: ", ".join(request.headers.get_all(name)) for name, _ in request.headers}
        asked.append(VcrRequest(request.method, request.url, request.body or None, headers))
        answered.append(
            {
                "status": {"code": response.status, "message": ""},
                "headers": _by_name(response.headers),
                "body": {"string": response.body},
            }
        )
    serializer = jsonserializer if target.suffix == ".json" else yamlserializer
    text: str = serialize({"requests": asked, "responses": answered}, serializer)
    replace_file(target, text.encode())
    return len(cassette.entries) - len(asked)


def _by_name(fields: Any) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in fields:
        named.setdefault(name, []).append(value)
    return named
