"""The key pair that signs, and the two pairs every example, test and cassette is made with."""

from __future__ import annotations

import hmac
import re
from typing import Final, NoReturn, Self

from contractkit.errors import SigningError

_VISIBLE: Final = re.compile(r"[!-~]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class CredentialsError(SigningError):
    """A part of the credentials cannot be what the console handed out; the text never shows it."""


class Credentials:
    """An access key id, its secret access key and, for temporary keys, the session token.

    Immutable. repr, str and format show no secret, pickling is refused, and equality takes the same time
    whatever differs. Not a dataclass on purpose: test runners print the fields of dataclasses that differ.
    Raises CredentialsError (a SigningError) for an empty part, a control character, or a `/` or blank in the
    access key id, which would break the fields of the Authorization header.
    """

    __slots__ = ("access_key_id", "secret_access_key", "session_token")

    access_key_id: str
    secret_access_key: str
    session_token: str | None

    def __init__(self, access_key_id: str, secret_access_key: str, session_token: str | None = None) -> None:
        _require_visible("access key id", access_key_id)
        if "/" in access_key_id:
            raise CredentialsError("the access key id holds a '/'; copy it again from the console")
        _require_text("secret access key", secret_access_key)
        if session_token is not None:
            _require_visible("session token", session_token)
        for name, value in zip(self.__slots__, (access_key_id, secret_access_key, session_token), strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"credentials cannot be changed ({name}); create new ones")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"credentials cannot be changed ({name}); create new ones")

    def name_parts(self) -> dict[str, str]:
        """Each part by what it is called in words: what to look for where none may stand."""
        token = {"session token": self.session_token} if self.session_token is not None else {}
        return {"secret access key": self.secret_access_key, **token, "access key id": self.access_key_id}

    def _secrets(self) -> bytes:
        parts = (self.access_key_id, self.secret_access_key, self.session_token or "")
        return "\0".join(parts).encode()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return hmac.compare_digest(self._secrets(), other._secrets())

    def __hash__(self) -> int:
        return hash(self.access_key_id)

    def __repr__(self) -> str:
        token = ", session_token='***'" if self.session_token is not None else ""
        return f"Credentials(access_key_id='{self.access_key_id[:4]}***', secret_access_key='***'{token})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not pickled, so that they reach no file; build them where they are needed")


def _require_text(what: str, value: str) -> None:
    if not value:
        raise CredentialsError(f"the {what} is empty; set it before signing")
    if _CONTROL.search(value):
        raise CredentialsError(f"the {what} holds a control character (a line end, perhaps); strip it")


def _require_visible(what: str, value: str) -> None:
    _require_text(what, value)
    if not _VISIBLE.fullmatch(value):
        raise CredentialsError(f"the {what} holds a blank or a non-ASCII character; copy it again from the console")


EXAMPLE: Final = Credentials("a" * 32, "b" * 32)
"""The pair of the published documentation; nothing that is stored is ever signed with another."""

UNVERIFIED: Final = Credentials("c" * 32, "d" * 32)
"""An account that has not passed real-name verification; the reference cloud answers it QualifyNotPass."""
