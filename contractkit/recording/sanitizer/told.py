"""Secrets that a text tells under their name: `password: x` in a script, `;token=x` in a path, `psk = "x"` in a message."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

__all__ = ["change_told", "pack", "unpack"]

_NAME: Final = re.compile(
    r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{2,64}+)[\"'\\]{0,4}+\s{0,8}+(?:=>|[=:>])\s{0,8}+[\"'\\]{0,4}+"
)
_VALUE: Final = re.compile(r"(?:(?!;[A-Za-z0-9_-]{1,64}=)[^\s\"'\\&,}<]){6,4096}+")
_MIN_RANDOM: Final = 16  # letters in a row: no plain word, whatever it is
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def change_told(text: str, is_secret: Callable[[str], bool], change: Callable[[str], str]) -> str:
    """The text with every value changed that stands behind the name of a secret.

    Plain words stay, since texts speak about passwords too (`password: required`); so do whole Authorization
    values, which are known by their form.
    """
    parts, done = [], 0
    for name in _NAME.finditer(text):
        value = _VALUE.match(text, name.end()) if name.start() >= done and is_secret(name[1]) else None
        if value and not _is_harmless(value[0]):
            parts += [text[done : value.start()], change(value[0])]
            done = value.end()
    return "".join([*parts, text[done:]])


def _is_harmless(value: str) -> bool:
    return (value.isalpha() and len(value) < _MIN_RANDOM) or value.startswith("bce-auth-v")


def unpack(text: str) -> str:
    """The text that a whole text in base64 stands for (the start script of a server, say), "" when it is none."""
    if not _BASE64.fullmatch(text):
        return ""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def pack(text: str) -> str:
    """`text` in base64."""
    return base64.b64encode(text.encode()).decode()
