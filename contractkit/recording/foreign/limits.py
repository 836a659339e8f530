"""YAML from a stranger: its events are counted before anything is built of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from contractkit.recording.strict import MAX_BYTES, MAX_DEPTH, MAX_SCALAR, UnfitError

__all__ = ["check_yaml"]

MAX_NODES: Final = 150_000
_TAGS: Final = frozenset(
    {
        None,
        "!",
        *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "binary", "int", "float", "bool", "null", "map", "seq")),
    }
)
_NUMBERS: Final = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_MAX_NUMBER: Final = 100  # characters: `1:59:59` counts in sixties, and its value takes time quadratic in its length
_RESOLVER: Final = yaml.resolver.Resolver()
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class _Frame:
    """A mapping or sequence being read: its anchor, where it began to count, and for a mapping the names so far."""

    anchor: str | None
    began: int
    names: set[str] | None = None
    at_name: bool = field(default=True)

    def note(self, name: str | None) -> None:
        """Take the next child; every second one of a mapping is a name."""
        if self.names is None:
            return
        if self.at_name and name is not None:
            if name in self.names:
                raise UnfitError(f"the member {name[:40]!r} stands twice in one mapping")
            self.names.add(name)
        self.at_name = not self.at_name


def check_yaml(data: bytes) -> str:
    """The text of a YAML document that is safe to build.

    Raises UnfitError beyond 32 MiB, 150,000 nodes (aliases counted as often as they stand for something), 64
    levels, texts of 8 MiB, for members that stand twice, tags that make objects, and what is not YAML in UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise UnfitError(f"{len(data)} bytes are more than {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
        _count(text)
    except UnicodeDecodeError as error:
        raise UnfitError(f"byte {error.start} is not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1} " if mark else ""
        raise UnfitError(f"{place}is not YAML ({getattr(error, 'problem', None) or type(error).__name__})") from None
    return text


def _count(text: str) -> None:
    frames: list[_Frame] = []
    sizes: dict[str, int] = {}
    nodes = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        nodes += _weigh(event, sizes)
        if nodes > MAX_NODES or documents > 1:
            raise UnfitError(f"more than {MAX_NODES} nodes" if documents <= 1 else "more than one document")
        if isinstance(event, yaml.NodeEvent):
            if frames:
                frames[-1].note(getattr(event, "value", None))
            _enter(event, frames, nodes)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = frames.pop()
            if done.anchor:
                sizes[done.anchor] = nodes - done.began + 1


def _weigh(event: Any, sizes: dict[str, int]) -> int:
    """How many nodes an event stands for."""
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in sizes:
            raise UnfitError("an alias stands for nothing before it, or for what it stands in")
        return sizes[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        if len(event.value) > MAX_SCALAR:
            raise UnfitError(f"a text longer than {MAX_SCALAR}")
        if len(event.value) > _MAX_NUMBER and _is_number(event):
            raise UnfitError(f"a number of more than {_MAX_NUMBER} characters; put it in quotes if it is a text")
        if event.anchor:
            sizes[event.anchor] = 1
    return int(isinstance(event, yaml.NodeEvent))


def _is_number(event: yaml.ScalarEvent) -> bool:
    """Whether a number would be made of a scalar: since it says so, or since it is plain and looks like one."""
    plain = event.implicit[0] and event.tag is None
    tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False)) if plain else event.tag
    return tag in _NUMBERS


def _enter(event: Any, frames: list[_Frame], nodes: int) -> None:
    if not isinstance(event, yaml.AliasEvent) and event.tag not in _TAGS:
        raise UnfitError(f"the tag {event.tag[:60]!r} makes an object; only plain values are read")
    if isinstance(event, yaml.CollectionStartEvent):
        frames.append(_Frame(event.anchor, nodes, set() if isinstance(event, yaml.MappingStartEvent) else None))
        if len(frames) > MAX_DEPTH:
            raise UnfitError(f"nested deeper than {MAX_DEPTH}")
