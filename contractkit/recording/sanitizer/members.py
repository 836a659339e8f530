"""Which members of a body, query or form are secret or identifying: by the contract's pointers and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

import msgspec

from contractkit.errors import SanitizerError
from contractkit.message import TooDeepError, parse_json
from contractkit.recording.sanitizer.told import pack, unpack

__all__ = ["Kind", "Leaf", "Members", "kind_of_name", "map_strings", "plain_name"]

_MOST_INSIDE: Final = 4  # strings of JSON in each other
Kind = Literal["", "secret", "token", "account", "request-id"]
Leaf = Callable[[Kind, Any], Any]

_SECRET_NAMES: Final = frozenset(
    {
        "sk",
        "ak",
        "accesskey",
        "accesskeyid",
        "apikey",
        "token",
        "accesstoken",
        "refreshtoken",
        "sessiontoken",
        "securitytoken",
        "authtoken",
        "xauthtoken",
        "idtoken",
        "bearertoken",
        "xbcesecuritytoken",
        "authorization",
        "signature",
        "cookie",
        "setcookie",
        "credential",
        "credentials",
        "psk",
    }
)
_SECRET_ENDINGS: Final = (
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "adminpass",
    "secret",
    "secretkey",
    "secretaccesskey",
    "presharedkey",
    "privatekey",
)
# Official clients misspell it where the documentation of PrivateZone does.
_TOKEN_NAMES: Final = ("clienttoken", "clientoken")
_ACCOUNT_ENDINGS: Final = ("accountid", "userid", "ownerid", "tenantid")


def kind_of_name(name: str) -> Kind:
    """What a member of that name holds; letter case, `-`, `_` and a plural s do not count."""
    plain = plain_name(name)
    return _kind_of_plain(plain) or (_kind_of_plain(plain[:-1]) if plain.endswith("s") else "")


def _kind_of_plain(plain: str) -> Kind:
    if plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDINGS):
        return "secret"
    if plain in _TOKEN_NAMES:
        return "token"
    if plain in ("requestid", "xbcerequestid"):
        return "request-id"
    return "account" if plain.endswith(_ACCOUNT_ENDINGS) else ""


def plain_name(name: str) -> str:
    """A name without what does not count in it: letter case, `-` and `_`."""
    return name.lower().replace("-", "").replace("_", "")


class Members:
    """Walks JSON and calls `leaf(kind, value)` for every leaf; JSON inside strings is walked as well.

    `pointers` are the contract's secret places (`/users/*/password`); `secret_names` False leaves the
    built-in names of secrets aside, `own_names` (as `plain_name` gives them) are the caller's.
    """

    def __init__(
        self, pointers: Iterable[str] = (), *, secret_names: bool = True, own_names: frozenset[str] = frozenset()
    ) -> None:
        self._secret = frozenset(tuple(pointer.split("/")[1:]) for pointer in pointers)
        self._secret_names = secret_names
        self._own_names = own_names

    def walk_item(self, name: str, value: str | None, leaf: Leaf) -> tuple[str, Any]:
        """A query or form item with its value walked under the kind of its name."""
        return name, None if value is None else self.walk(value, leaf, inherited=self._kind("", name))

    def walk(self, node: Any, leaf: Leaf, path: tuple[str, ...] = (), inherited: Kind = "", *, inside: int = 0) -> Any:
        """The same structure with every leaf replaced by what `leaf` made of it.

        `inside` is how many strings of JSON lie around the node. Raises SanitizerError for more than 4, and for a
        string of JSON that is nested too deep.
        """
        kind: Kind = "secret" if path in self._secret else inherited
        if isinstance(node, dict):
            return {
                name: self.walk(each, leaf, (*path, name), self._kind(kind, name), inside=inside)
                for name, each in node.items()
            }
        if isinstance(node, list):
            return [self.walk(each, leaf, (*path, "*"), kind, inside=inside) for each in node]
        if not kind and isinstance(node, str):
            return self._walk_nested(node, leaf, inside)
        return leaf(kind, node)

    def _kind(self, inherited: Kind, name: str) -> Kind:
        if not inherited and self._own_names and plain_name(name) in self._own_names:
            return "secret"
        kind = inherited or kind_of_name(name)
        return kind if kind != "secret" or inherited or self._secret_names else ""

    def _walk_nested(self, text: str, leaf: Leaf, inside: int) -> Any:
        if inside < _MOST_INSIDE and (packed := unpack(text)):
            walked = self._walk_nested(packed, leaf, inside + 1)
            return leaf("", text) if walked == packed else pack(walked)
        if text.lstrip()[:1] in ("{", "[") and text.rstrip()[-1:] in ("}", "]"):
            try:
                nested = parse_json(text.encode())
            except TooDeepError as error:
                raise SanitizerError(f"a text holds {error}; it is not stored") from None
            except ValueError:
                return leaf("", text)
            if inside == _MOST_INSIDE:
                raise SanitizerError(f"JSON in a text in a text, more than {_MOST_INSIDE} times; it is not stored")
            walked = self.walk(nested, leaf, inside=inside + 1)
            return leaf("", text) if walked == nested else msgspec.json.encode(walked, order="deterministic").decode()
        return leaf("", text)


def map_strings(node: Any, change: Callable[[str], str], change_name: Callable[[str], str] | None = None) -> Any:
    """The same structure with every string passed through `change`, member names through `change_name` if given."""
    if isinstance(node, str):
        return change(node)
    if isinstance(node, dict):
        rename = change_name or change
        return {rename(name): map_strings(each, change, change_name) for name, each in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(map_strings(each, change, change_name) for each in node)
    return node
