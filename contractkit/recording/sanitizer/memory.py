"""What one sanitizer has learnt so far: whose credentials these are, and what stands for what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from contractkit.errors import PasswordError, SigningError
from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.recording.sanitizer.aliases import (
    Aliases,
    Instants,
    ResourceIds,
    account_aliases,
    find_instants,
    request_id_aliases,
    secret_aliases,
    token_aliases,
)
from contractkit.recording.sanitizer.values import Values
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, authorize, parse_authorization

__all__ = ["NO_SIGNATURE", "PUBLISHED", "UNKNOWN_KEY", "Accounts", "Memory"]

Accounts = Mapping[str, tuple[Credentials, Credentials]]
"""Access key id to the real pair and the published pair that stands in for it."""

_ACCOUNT: Final = re.compile(r"[0-9a-f]{32}")
_CIPHERTEXT: Final = re.compile(r"(?:[0-9a-fA-F]{32})+")
NO_SIGNATURE: Final = "0" * 64
"""Stands for every signature that is not right, and for every one told anywhere but in its header."""
UNKNOWN_KEY: Final = "e" * 32
"""Stands for every access key id that the run does not know."""
_TOKEN: Final = "example-session-token"  # noqa: S105  the stand-in for one
_SECRET: Final = "Example_Hidden"  # noqa: S105  the stand-in for every value that the caller called secret
_MIN_DIGITS: Final = 6  # of a number, as of a text
_MIN_UNNAMED: Final = 8
_MIN_RANDOM: Final = 16  # letters: no word that a text would consist of
_STAND_IN: Final = re.compile(rf"!Example_Pass[1-9]|{_SECRET}|{_TOKEN}|redacted")
_PUBLISHED: Final = frozenset(
    {_TOKEN, _SECRET}.union(*({pair.access_key_id, pair.secret_access_key} for pair in (EXAMPLE, UNVERIFIED)))
)
PUBLISHED: Final[Accounts] = {pair.access_key_id: (pair, pair) for pair in (EXAMPLE, UNVERIFIED)}


class Memory:
    """The stand-ins given out so far and the accounts of the run. Not safe under threads: its owner locks."""

    def __init__(
        self, credentials: Credentials | None, unverified: Credentials | None, secrets: Iterable[str] = ()
    ) -> None:
        own = [(unverified, UNVERIFIED), (credentials, EXAMPLE)]
        self.accounts: Accounts = {
            **PUBLISHED,
            **{real.access_key_id: (real, stand_in) for real, stand_in in own if real is not None},
        }
        self.values = Values()
        self.tokens = token_aliases()
        self.request_ids = request_id_aliases()
        self._account_ids = account_aliases()
        self._secrets = secret_aliases()
        self._kinds = (self.tokens, self.request_ids, self._account_ids, self._secrets)
        self._known: dict[str, str] = {}
        self._instants = Instants()
        self._given_instants: set[datetime] = set()
        self._ids = ResourceIds()
        for secret in secrets:
            self.values.add_secret(secret, _SECRET)
        for real, stand_in in self.accounts.values():
            self.values.add_secret(real.secret_access_key, stand_in.secret_access_key)
            self.values.add_secret(real.access_key_id, stand_in.access_key_id)
            self.values.add_secret(real.session_token or "", _TOKEN)

    def bind_token(self, raw: str, alias: str) -> None:
        """Let a clientToken stand for one that is stored already."""
        self.tokens.learn(raw, alias)
        self._known.setdefault(raw, alias)
        self.values.add(raw, alias)

    def token(self, raw: Any) -> Any:
        """The stand-in of a clientToken."""
        return self._alias(raw, self.tokens)

    def request_id(self, raw: Any) -> Any:
        """The stand-in of a request id."""
        return self._alias(raw, self.request_ids)

    def account(self, raw: Any) -> Any:
        """The stand-in of an account id; anything but 32 hex digits stays."""
        if isinstance(raw, str) and _ACCOUNT.fullmatch(raw) and raw not in _PUBLISHED:
            return self._alias(raw, self._account_ids)
        return raw

    def secret(self, raw: Any, *, reencrypt: bool) -> Any:
        """The stand-in of a secret; a ciphertext of this run becomes the ciphertext of a throw-away password."""
        if raw is None or isinstance(raw, bool) or raw == "":
            return raw
        if not isinstance(raw, str):
            if sum(each.isdigit() for each in str(raw)) >= _MIN_DIGITS:
                self.values.add_secret(str(raw), "0")  # an answer may repeat it in a sentence
            return 0
        swapped = self.values.replace(raw)
        if raw in _PUBLISHED or swapped in _PUBLISHED:
            return swapped
        if raw not in self._known:
            self._known[raw] = (self._reencrypt(raw, self.accounts.values()) if reencrypt else None) or self._name(
                raw, self._secrets
            )
        self.values.add_secret(raw, self._known[raw])
        return self._known[raw]

    def note_ciphertext(self, raw: str) -> None:
        """Take a password encrypted under a key of the run for a secret, though its member is not said to hold one.

        CK-VAL-001 replaces it then. What was made under a published key tells nothing.
        """
        if raw not in self._known and _CIPHERTEXT.fullmatch(raw):
            own = [pair for pair in self.accounts.values() if pair[0] != pair[1]]
            made = self._reencrypt(raw, own)
            if made:
                self._known[raw] = made
                self.values.add_secret(raw, made)

    def told(self, raw: str, *, reencrypt: bool) -> str:
        """The stand-in of a secret that a text tells; what holds one already, or a known value, is left to the rest."""
        if len(set(raw)) == 1 or _STAND_IN.search(raw) or self.values.replace(raw) != raw:
            return raw
        return str(self.secret(raw, reencrypt=reencrypt))

    def note_dropped(self, raw: str) -> None:
        """Take a value of a header that is not stored for a secret, unless it is a word or short, or known already."""
        plain_word = raw.isalpha() and len(raw) < _MIN_RANDOM
        if len(raw) >= _MIN_UNNAMED and not plain_word and len(set(raw)) > 1 and self.values.replace(raw) == raw:
            self.values.add_secret(raw, _SECRET)

    def note_signature(self, authorization: str) -> None:
        """Take a signature, and the signing key behind it when the account is known, for secrets from now on."""
        try:
            parsed = parse_authorization(authorization)
        except SigningError:
            return
        self.values.add_secret(parsed.signature, NO_SIGNATURE)
        if parsed.access_key_id not in self.accounts and _is_key_id(parsed.access_key_id):
            self.values.add_secret(parsed.access_key_id, UNKNOWN_KEY)
        for real, stand_in in filter(None, [self.accounts.get(parsed.access_key_id)]):
            if real != stand_in:
                made = authorize(
                    method="GET",
                    path="/",
                    query=(),
                    headers=(),
                    credentials=real,
                    at=parsed.timestamp,
                    expires_in=parsed.expires_in,
                )
                self.values.add_secret(made.signing_key, NO_SIGNATURE)

    def note_given(self, strings: Iterable[str], *, ids: bool) -> None:
        """Remember the times and ids that the caller chose: they stay, since replay will be asked for them."""
        for text in strings:
            for spelling, instant, _ in find_instants(text):
                if self.values.replace(spelling) == spelling:
                    self._given_instants.add(instant)
            if ids:
                found = (each[0] for each in ResourceIds.PATTERN.finditer(text))
                self._ids.given.update(each for each in found if self.values.replace(each) == each)

    def instants(self, text: str, received: datetime) -> str:
        """The text with every instant that the cloud minted replaced, format kept."""
        for spelling, instant, layout in find_instants(text):
            if instant not in self._given_instants:
                alias = self._instants.of(instant, received).strftime(layout)
                self.values.add(spelling, alias)
                text = text.replace(spelling, alias)
        return text

    def resource_ids(self, text: str) -> str:
        """The text with every resource id that the cloud minted replaced, prefix and length kept."""
        for found in ResourceIds.PATTERN.finditer(text):
            self.values.add(found[0], self._ids.of(found))
        return self.values.replace(text)

    def _alias(self, raw: Any, kind: Aliases) -> Any:
        if not isinstance(raw, str) or not raw:
            return raw
        alias = self._name(raw, kind)
        self.values.add(raw, alias)
        return alias

    def _name(self, raw: str, kind: Aliases) -> str:
        """One stand-in for one value, whatever it is used as; what has the form of any stand-in stays."""
        if raw not in self._known:
            self._known[raw] = next((each for each in self._kinds if each.fits(raw)), kind).of(raw)
        return self._known[raw]

    def _reencrypt(self, raw: str, accounts: Iterable[tuple[Credentials, Credentials]]) -> str | None:
        """A ciphertext that one of the accounts can open, made anew under its stand-in; None for anything else."""
        if not _CIPHERTEXT.fullmatch(raw):
            return None
        for real, stand_in in accounts:
            try:
                plain = decrypt_password(raw, real.secret_access_key)
            except PasswordError:
                continue
            if plain and not plain.isprintable():
                continue  # chance: four keys are tried on every hexadecimal secret
            alias = self._name(plain, self._secrets) if plain else ""
            self.values.add_secret(plain, alias)
            return encrypt_password(alias, stand_in.secret_access_key)
        return None


def _is_key_id(text: str) -> bool:
    """Whether a text in the place of an access key id may be one, and is no word that others texts consist of."""
    return len(text) >= _MIN_RANDOM or (len(text) >= _MIN_UNNAMED and any(each.isdigit() for each in text))
