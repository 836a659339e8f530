"""The laws of a password encoder: AES-128-ECB, PKCS#7, lower-case hex, keyed by the head of the secret key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from contractkit.properties.known_answers import PASSWORDS
from contractkit.properties.shapes import require_shape
from contractkit.properties.strategies.keys import passwords, secret_access_keys
from contractkit.properties.suite import LawBrokenError, Laws, build_suite, law

__all__ = ["password_suite"]

Encrypt = Callable[[str, str], str]
Decrypt = Callable[[str, str], str]

_KEY_CHARACTERS: Final = 16
_BLOCK: Final = 16


class _Key:
    """A secret access key whose repr does not show it."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"<key of {len(self.secret)} characters>"


@st.composite
def _keys(draw: DrawFn) -> _Key:
    return _Key(draw(secret_access_keys()))


@st.composite
def _refused_keys(draw: DrawFn) -> _Key:
    short = st.text("0123456789abcdef", max_size=_KEY_CHARACTERS - 1)
    place = draw(st.integers(0, _KEY_CHARACTERS - 1))
    odd = draw(st.characters(min_codepoint=0x80, codec="utf-8"))
    foreign = st.just("a" * place + odd + "a" * (31 - place))
    return _Key(draw(short | foreign))


def password_suite(*, encrypt: Encrypt, decrypt: Decrypt | None = None) -> type:
    """A class of pytest tests that holds `encrypt(plaintext, secret_access_key) -> hex` to the laws.

    With `decrypt(ciphertext, secret_access_key) -> plaintext` the laws of the way back are tested too. Refusals
    may be any exception. Use it in one line: `TestMyEncoder = password_suite(encrypt=my_encrypt)`. Raises
    ConfigurationError for a function of another shape.
    """
    require_shape(encrypt, "encrypt(plaintext, secret_access_key)")
    subject: dict[str, Any] = {"encrypt": staticmethod(encrypt)}
    if decrypt is None:
        return build_suite(EncoderLaws, "PasswordSuite", subject)
    require_shape(decrypt, "decrypt(ciphertext, secret_access_key)")
    return build_suite(_BothWays, "PasswordSuite", {**subject, "decrypt": staticmethod(decrypt)})


class EncoderLaws(Laws):
    """What every password encoder must keep (BCE general description, password encoding)."""

    encrypt: Encrypt

    def test_reproduces_the_known_answers(self) -> None:
        """Law: passwords encrypted by official clients get the same ciphertexts."""
        for number, (secret, plaintext, ciphertext) in enumerate(PASSWORDS):
            _require(self.encrypt(plaintext, secret) == ciphertext, f"known answer {number} comes out differently")

    @law(plaintext=passwords(), key=_keys())
    def test_length_follows_the_blocks(self, plaintext: str, key: _Key) -> None:
        """Law: 32 * (n // 16 + 1) digits for n bytes of UTF-8: a full block of padding at every border."""
        wanted = 32 * (len(plaintext.encode()) // _BLOCK + 1)
        got = len(self.encrypt(plaintext, key.secret))
        _require(got == wanted, f"{got} digits for {len(plaintext.encode())} bytes, not {wanted}")

    @law(plaintext=passwords(), key=_keys())
    def test_writes_lower_case_hex(self, plaintext: str, key: _Key) -> None:
        """Law: the ciphertext is lower-case hexadecimal text."""
        _require(set(self.encrypt(plaintext, key.secret)) <= set("0123456789abcdef"), "not lower-case hex")

    @law(plaintext=passwords(), key=_keys(), tail=st.text(max_size=20))
    def test_only_the_head_of_the_key_matters(self, plaintext: str, key: _Key, tail: str) -> None:
        """Law: the first 16 characters are the key; whatever follows them changes nothing."""
        other = key.secret[:_KEY_CHARACTERS] + tail
        same = self.encrypt(plaintext, key.secret) == self.encrypt(plaintext, other)
        _require(same, "the ciphertext depends on more than the first 16 characters of the key")

    @law(plaintext=passwords(), key=_keys(), place=st.integers(0, _KEY_CHARACTERS - 1))
    def test_every_character_of_the_head_matters(self, plaintext: str, key: _Key, place: int) -> None:
        """Law: each of the first 16 characters takes part, as a character and not as a hex digit."""
        letter = "x" if key.secret[place] != "x" else "y"
        other = key.secret[:place] + letter + key.secret[place + 1 :]
        same = self.encrypt(plaintext, key.secret) == self.encrypt(plaintext, other)
        _require(not same, f"character {place} of the key does not matter")

    @law(plaintext=passwords(), key=_keys())
    def test_is_deterministic(self, plaintext: str, key: _Key) -> None:
        """Law: equal passwords give equal ciphertexts (a weakness, and the documented scheme)."""
        _require(self.encrypt(plaintext, key.secret) == self.encrypt(plaintext, key.secret), "two calls differ")

    @law(block=st.text("abcdefgh", min_size=_BLOCK, max_size=_BLOCK), key=_keys())
    def test_encrypts_each_block_alone(self, block: str, key: _Key) -> None:
        """Law: equal blocks give equal ciphertext blocks: no chaining, no initial vector."""
        got = self.encrypt(block * 2, key.secret)
        _require(got[:32] == got[32:64], "equal blocks come out differently: this is not ECB")

    @law(key=_refused_keys())
    def test_refuses_unusable_keys(self, key: _Key) -> None:
        """Law: keys shorter than 16 characters, or with a non-ASCII head, are refused."""
        _require_refusal(lambda: self.encrypt("Example-Pass-1", key.secret), "an unusable key is taken")


class DecoderLaws(EncoderLaws):
    """What the way back must keep."""

    decrypt: Decrypt

    @law(plaintext=passwords(), key=_keys())
    def test_round_trip(self, plaintext: str, key: _Key) -> None:
        """Law: decrypting gives the password back, every plane of Unicode included."""
        same = self.decrypt(self.encrypt(plaintext, key.secret), key.secret) == plaintext
        _require(same, f"a password of {len(plaintext)} characters does not come back")

    def test_decrypts_the_known_answers(self) -> None:
        """Law: ciphertexts of official clients give their passwords back, in either letter case."""
        for number, (secret, plaintext, ciphertext) in enumerate(PASSWORDS):
            same = self.decrypt(ciphertext, secret) == self.decrypt(ciphertext.upper(), secret) == plaintext
            _require(same, f"known answer {number} does not decrypt")

    @law(
        key=_keys(),
        padding=st.binary(min_size=_BLOCK, max_size=_BLOCK),
        kind=st.sampled_from(("zero", "long", "uneven")),
    )
    def test_refuses_wrong_padding(self, key: _Key, padding: bytes, kind: str) -> None:
        """Law: a last block that no PKCS#7 padding could have made is refused."""
        last = {"zero": b"\0", "long": b"\x11", "uneven": b"\x00\x02"}[kind]
        block = padding[: _BLOCK - len(last)] + last
        if kind == "uneven":
            block = padding[: _BLOCK - 2] + b"\x01\x02"
        # ECB: the block of a longer text is the block alone, so a padding of one's own choice can be encrypted.
        text = "".join(map(chr, (byte % 0x80 for byte in block)))
        ciphertext = self.encrypt(text, key.secret)[:32]
        _require_refusal(lambda: self.decrypt(ciphertext, key.secret), "wrong padding is taken")

    @law(plaintext=passwords(), key=_keys(), cut=st.integers(1, 31))
    def test_refuses_damaged_ciphertexts(self, plaintext: str, key: _Key, cut: int) -> None:
        """Law: a ciphertext that is cut, empty or no hex is refused."""
        ciphertext = self.encrypt(plaintext, key.secret)
        for damaged in (ciphertext[:-cut], "", "x" + ciphertext[1:]):
            _require_refusal(lambda text=damaged: self.decrypt(text, key.secret), "a damaged ciphertext is taken")  # type: ignore[misc]  # mypy cannot type a lambda with a default

    @law(key=_refused_keys())
    def test_refuses_unusable_keys_on_the_way_back(self, key: _Key) -> None:
        """Law: what cannot encrypt cannot decrypt."""
        _require_refusal(lambda: self.decrypt(PASSWORDS[0][2], key.secret), "an unusable key is taken")


_BothWays = DecoderLaws


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise LawBrokenError(otherwise)


def _require_refusal(attempt: Callable[[], object], otherwise: str) -> None:
    try:
        attempt()
    except Exception:  # noqa: BLE001 - any refusal is one
        return
    raise LawBrokenError(otherwise)
