"""Reports to files and back: the kind follows from the suffix, and a file is replaced in one step or not at all."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from contractkit.conformance.report.model import FORMAT, VERSION, Law, Report
from contractkit.errors import ConfigurationError
from contractkit.files import replace_file

__all__ = [
    "check_destination",
    "check_folder",
    "check_report_path",
    "read_report",
    "write_json",
    "write_laws",
    "write_report",
]

_HIDDEN: Final = "***"
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, bidirectional overrides (which make text look like another) and lone surrogates."""


def check_report_path(path: Path, kinds: Collection[str] = (".html", ".json")) -> None:
    """Refuse a path that `write_report` could not serve, before the run rather than after it.

    `kinds` narrows what the name may end in. Raises ConfigurationError naming them.
    """
    if path.suffix.lower() == ".xml":
        raise ConfigurationError(f"{path}: JUnit XML is written by pytest itself; use --junitxml={path}")
    if path.suffix.lower() not in kinds:
        raise ConfigurationError(f"{path}: no such kind of report; the name must end in {' or '.join(kinds)}")
    if path.is_dir():
        raise ConfigurationError(f"{path}: is a directory; name a file in it")


def check_destination(path: Path) -> None:
    """Refuse a file that could not be written, before the work whose result it is to hold.

    Nothing is made, not even its directory. Raises ConfigurationError.
    """
    if path.is_dir():
        raise ConfigurationError(f"{path}: is a directory; name a file in it")
    check_folder(path.parent, wanted=path)


def check_folder(folder: Path, *, wanted: Path | None = None) -> None:
    """Refuse a directory that could not be written into, or made; `wanted` is what the error names instead."""
    try:
        there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
        with tempfile.TemporaryFile(dir=there):  # permissions alone tell too little: of root, of /proc, of full disks
            return
    except OSError as error:
        raise ConfigurationError(
            f"{wanted or folder}: cannot be written ({error.strerror}); name another place"
        ) from None


def write_report(report: Report, path: Path, *, secrets: Iterable[str] = ()) -> None:
    """Write `.html` (one self-contained page) or `.json` (the report, member for member).

    `secrets` are values that may not appear, such as the keys of a live run: each is replaced wherever it
    stands. Raises ConfigurationError for another suffix or a place that cannot be written.
    """
    check_report_path(path)
    hidden = tuple(sorted({each for each in secrets if each}, key=len, reverse=True))
    _write(path, _KINDS[path.suffix.lower()](msgspec.convert(_clean(msgspec.to_builtins(report), hidden), Report)))


def write_laws(laws: Sequence[Law], path: Path, *, profile: str) -> None:
    """Write laws examined under a profile as one self-contained page. Raises ConfigurationError as `write_json` does."""
    from contractkit.conformance.report.html import render_laws  # noqa: PLC0415 - jinja2 is loaded only where needed

    plain = _clean(msgspec.to_builtins(laws), ())
    _write(path, render_laws(msgspec.convert(plain, tuple[Law, ...]), profile).encode())


def write_json(value: Any, path: Path) -> None:
    """Write a value as JSON, one member on a line. Raises ConfigurationError for a place that cannot be written."""
    _write(path, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def _write(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written ({error.strerror}); name another place") from None


def read_report(path: Path) -> Report:
    """Read a JSON report. Raises ConfigurationError when it is none, or of another version."""
    try:
        plain = msgspec.json.decode(path.read_bytes())
        if not isinstance(plain, Mapping) or plain.get("format") != FORMAT:
            raise ConfigurationError(f"{path}: is not a JSON report; write one with --contract-report={path.stem}.json")
        if plain.get("format_version") != VERSION:
            raise ConfigurationError(f"{path}: its version is not {VERSION}; write it again with this release")
        return msgspec.convert(plain, Report)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); name a JSON report") from None
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{path}: is damaged ({error}); write it again") from None


def _to_json(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def _to_html(report: Report) -> bytes:
    # jinja2 is loaded only for a report that needs it.
    from contractkit.conformance.report.html import render_html  # noqa: PLC0415

    return render_html(report).encode()


_KINDS: Final[Mapping[str, Callable[[Report], bytes]]] = {".html": _to_html, ".json": _to_json}


def _clean(node: Any, secrets: tuple[str, ...]) -> Any:
    """The same plain values, every text without secrets, terminal colours and characters that are no text."""
    if isinstance(node, str):
        for secret in secrets:
            node = node.replace(secret, _HIDDEN)
        return _NO_TEXT.sub(lambda found: ascii(found[0])[1:-1], _COLOUR.sub("", node))
    if isinstance(node, dict):
        return {name: _clean(value, secrets) for name, value in node.items()}
    return [_clean(each, secrets) for each in node] if isinstance(node, list | tuple) else node
