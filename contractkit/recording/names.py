"""Names of cassette files: from a closed alphabet, below one directory, and never the same for two tests."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from contractkit.errors import CassetteFormatError

__all__ = ["cassette_name", "ensure_inside", "named_cassette", "part_name"]

_MAX_STEM: Final = 100
_MAX_FOLDERS: Final = 200
_OUTSIDE: Final = re.compile(r"[^A-Za-z0-9_.\-]+")
_HASHED: Final = re.compile(r".*-[0-9a-f]{10}")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def cassette_name(nodeid: str) -> str:
    """A relative file name for a test's node id, from a closed alphabet and always below the directory it is joined to.

    `tests/test_vpc.py::TestVpc::test_list[10.0.0.0/16]` gives
    `tests/test_vpc/TestVpc.test_list-10.0.0.0-16-<hash>.json`. A short hash of the whole node id is added when a
    character was replaced, a part was cut, or upper-case letters could make two names one on a file system that
    ignores case.
    """
    file, _, test = nodeid.partition("::")
    stem, dot, suffix = file.rpartition(".")
    module = stem if dot and "/" not in suffix else file
    plain = module == "" if not file else suffix == "py"
    return _join(module, test.replace("::", ".") or "module", nodeid, plain=plain and bool(test) and "." not in test)


def named_cassette(name: str) -> str:
    """As `cassette_name`, for a name that somebody gave: `area/shared` and `area/shared.json` give `area/shared.json`."""
    folder, _, stem = name.removesuffix(".json").rpartition("/")
    return _join(folder, stem, name.removesuffix(".json"), plain=not name.startswith("/"))


def part_name(nodeid: str) -> str:
    """What a test's part of a cassette that it shares is called: as its own cassette would be, without the suffix."""
    return cassette_name(nodeid).removesuffix(".json")


def ensure_inside(path: Path, root: Path) -> Path:
    """The path itself. Raises CassetteFormatError when a symbolic link on the way leads out of `root`."""
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise CassetteFormatError(
            f"{path}: a symbolic link leads out of {root}; replace it by a directory, or name the real directory"
        )
    return path


def _join(folder: str, wanted: str, whole: str, *, plain: bool) -> str:
    folders = [_safe_part(part) for part in folder.split("/")] if folder else []
    joined = "/".join(folders)
    if len(joined) > _MAX_FOLDERS:
        folders = ["long"]
    stem = _safe_part(wanted)
    exact = plain and joined == folder and stem == wanted and len(joined) <= _MAX_FOLDERS and len(stem) <= _MAX_STEM
    if not exact or f"{joined}{stem}".lower() != f"{joined}{stem}" or _HASHED.fullmatch(stem):
        stem = f"{stem[:_MAX_STEM].rstrip('.-')}-{_digest(whole)}"
    return "/".join([*folders, f"{stem}.json"])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _safe_part(part: str) -> str:
    safe = _OUTSIDE.sub("-", part).strip(".-")
    return f"{safe or 'x'}_" if not safe or safe.partition(".")[0].lower() in _RESERVED else safe[:_MAX_FOLDERS]
