"""The errors of replay: which recorded request is nearest, in what it differs, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from contractkit.errors import CassetteMiss
from contractkit.message import encode_json
from contractkit.recording.cassette import Entry, gather
from contractkit.recording.key import Form, Forms
from contractkit.recording.playback import Reason, Refusal
from contractkit.recording.printing import printable

__all__ = ["EndlessReplayMiss", "SignatureMiss", "TokenMiss", "explain_miss"]

Scrub = Callable[[str], str]
FindSecret = Callable[[bytes], str]
"""The kind of the secret that stands in these bytes, "" when there is none."""

_COMPARED: Final = 200
_SHOWN: Final = 6
_WIDTH: Final = 80


class SignatureMiss(CassetteMiss):
    """The recorded request verified, this one does not."""


class TokenMiss(CassetteMiss):
    """The clientTokens of this run are not used as those of the recording were."""


class EndlessReplayMiss(CassetteMiss):
    """The last answer was repeated more often than allowed: a loop that waits for what was not recorded."""


_CLASSES: Final[dict[Reason, type[CassetteMiss]]] = {
    Reason.SIGNATURE: SignatureMiss,
    Reason.NEW_TOKEN: TokenMiss,
    Reason.SAME_TOKEN: TokenMiss,
    Reason.ENDLESS: EndlessReplayMiss,
}


def explain_miss(
    refusal: Refusal, entries: Sequence[Entry], forms: Forms, name: str, *, scrub: Scrub, find_secret: FindSecret
) -> CassetteMiss:
    """The error for a refusal. `name` is the cassette's, `scrub` takes known secrets out of shown values.

    `scrub` knows secrets as they are spelled; a line in which `find_secret` sees one in any encoding is withheld.

    Bounded work: at most 200 recorded requests are compared.
    """
    lines = [f"{name}: no answer to {refusal.form.title}: {refusal.reason.value}."]
    if not entries:
        lines.append(_describe_nothing(name))
    elif refusal.reason is Reason.UNKNOWN:
        lines += _describe_nearest(refusal.form, entries, forms)
    else:
        lines += _describe_same(refusal, entries)
    if entries:
        lines.append(_advise(refusal.reason))
    shown = (_withhold(line, find_secret) for line in scrub("\n".join(lines)).split("\n"))
    return _CLASSES.get(refusal.reason, CassetteMiss)("\n".join(shown))


def _withhold(line: str, find_secret: FindSecret) -> str:
    kind = find_secret(line.encode("utf-8", "surrogatepass"))
    return f"  (withheld: a line that holds the {kind})" if kind else printable(line)


def _describe_nothing(name: str) -> str:
    if Path(name).exists():
        return "The cassette is empty: --contract-mode=extend records what is missing."
    return (
        "This cassette does not exist yet. Record it: pytest --contract-mode=record with the id of the test, "
        "or -k and its name (outside of pytest: open_cassette(path, 'record'))."
    )


def _describe_nearest(form: Form, entries: Sequence[Entry], forms: Forms) -> Iterator[str]:
    candidates = [
        (index, forms.of(entries[index].to_interaction().request))
        for index in islice(_by_kinship(form, entries), _COMPARED)
    ]
    index, nearest = min(candidates, key=lambda each: (_distance(form, each[1]), each[0]))
    yield f"Nearest recorded request: #{index + 1}, {nearest.title}; it differs in"
    yield from (f"  {line}" for line in islice(_differences(nearest, form), _SHOWN))


def _by_kinship(form: Form, entries: Sequence[Entry]) -> Iterator[int]:
    """Positions of recorded requests of the same operation first, then of all others."""
    kin = [bool(form.operation) and entry.operation == form.operation for entry in entries]
    yield from (index for index, related in enumerate(kin) if related)
    yield from (index for index, related in enumerate(kin) if not related)


def _distance(one: Form, other: Form) -> int:
    return 4 * (one.operation != other.operation) + sum(1 for _ in _differences(other, one))


def _differences(recorded: Form, given: Form) -> Iterator[str]:
    """Each field that differs, recorded value first."""
    for field in ("method", "host"):
        if getattr(recorded, field) != getattr(given, field):
            yield _line(
                field, getattr(recorded, field) or "(of no service)", getattr(given, field) or "(of no service)"
            )
    yield from _compare_paths(recorded.path, given.path)
    yield from _compare_members("query", gather(recorded.query), gather(given.query))
    yield from _compare_bodies(recorded.body, given.body)


def _compare_paths(recorded: str, given: str) -> Iterator[str]:
    ours, theirs = recorded.split("/"), given.split("/")
    if len(ours) != len(theirs):
        yield _line("path", recorded, given)
        return
    for position, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if one != other:
            yield _line(f"path segment {position}", one, other)


def _compare_bodies(recorded: Any, given: Any) -> Iterator[str]:
    if recorded[0] != given[0]:
        yield f"body: recorded as {recorded[0]}, this run sent {given[0]}"
    elif recorded[0] == "json":
        yield from _compare_values("body", recorded[1], given[1])
    elif recorded[1] != given[1]:
        yield "body: the text is another"


def _compare_values(place: str, recorded: Any, given: Any) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(given, dict):
        yield from _compare_members(place, recorded, given)
    elif isinstance(recorded, list) and isinstance(given, list) and len(recorded) == len(given):
        for position, (one, other) in enumerate(zip(recorded, given, strict=True)):
            yield from _compare_values(f"{place}/{position}", one, other)
    elif recorded != given or type(recorded) is not type(given):
        yield _line(place, recorded, given)


def _compare_members(place: str, recorded: dict[str, Any], given: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*recorded, *given}):
        where = f"{place} /{name}" if " " not in place else f"{place}/{name}"
        if name not in given:
            yield f"{where}: recorded {_show(recorded[name])}, this run sent none"
        elif name not in recorded:
            yield f"{where}: recorded none, this run sent {_show(given[name])}"
        else:
            yield from _compare_values(where, recorded[name], given[name])


def _line(place: str, recorded: Any, given: Any) -> str:
    return f"{place}: recorded {_show(recorded)}, this run sent {_show(given)}"


def _show(value: Any) -> str:
    text = encode_json(value).decode()
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def _describe_same(refusal: Refusal, entries: Sequence[Entry]) -> Iterator[str]:
    if refusal.detail:
        yield f"Verifying it: {refusal.detail}."
    numbers = ", ".join(f"#{index + 1}" for index in refusal.indexes[:_SHOWN])
    more = f" and {len(refusal.indexes) - _SHOWN} more" if len(refusal.indexes) > _SHOWN else ""
    yield f"The same request is recorded as {numbers}{more}; the answers were {_sequence(refusal.indexes, entries)}."


def _sequence(indexes: Iterable[int], entries: Sequence[Entry]) -> str:
    """The statuses answered, with the member `status` of the body where there is one, ends of a long sequence."""
    answers = [_answer(entries[index]) for index in indexes]
    if len(answers) > 2 * _SHOWN:
        answers = [*answers[:_SHOWN], "...", *answers[-_SHOWN:]]
    return ", ".join(answers)


def _answer(entry: Entry) -> str:
    state = _find_state(entry.response.json)
    return f"{entry.response.status} {state}".strip()


def _find_state(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    if isinstance(body.get("status"), str):
        return str(body["status"])[:_WIDTH]
    return next((state for state in map(_find_state, body.values()) if state), "")


def _advise(reason: Reason) -> str:
    if reason is Reason.SIGNATURE:
        return (
            "`contractkit sign --explain` shows both canonical requests. Code that signs with keys of its own gets those "
            "of bce_credentials instead (outside of pytest: credentials=...); only where neither can be, verify=False "
            "in the contract mark, or of open_cassette, compares no signatures."
        )
    if reason is Reason.ENDLESS:
        return "The loop waits for an answer that was never recorded: record again with --contract-mode=record."
    return (
        "If the new behaviour is meant: --contract-mode=record rewrites the cassette of this test, "
        "--contract-mode=extend adds what is missing. A value that differs in every run has to go first: "
        "make names of the test's own name."
    )
