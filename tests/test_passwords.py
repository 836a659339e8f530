"""The password encoding: recorded answers, published block cipher answers, and a refusal for each bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit import passwords
from contractkit.errors import PasswordError
from contractkit.passwords import decrypt_password, encrypt_password

CASES = json.loads((Path(__file__).parent / "vectors" / "password.json").read_bytes())
KEY = "0dec0ded0dec0ded0dec0ded0dec0ded"
ZEROS = "00" * 16

# Known answers of AES-128 in ECB mode, single blocks: (key, plaintext, ciphertext).
BLOCKS = [
    # FIPS-197, appendix B and appendix C.1
    ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
    ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"),
    # SP 800-38A, F.1.1
    ("2b7e151628aed2a6abf7158809cf4f3c", "6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97"),
    ("2b7e151628aed2a6abf7158809cf4f3c", "ae2d8a571e03ac9c9eb76fac45af8e51", "f5d3d58503b9699de785895a96fdbaaf"),
    ("2b7e151628aed2a6abf7158809cf4f3c", "30c81c46a35ce411e5fbc1191a0a52ef", "43b1cd7f598ece23881b00e3ed030688"),
    ("2b7e151628aed2a6abf7158809cf4f3c", "f69f2445df4f9b17ad2b417be66c3710", "7b0c785e27e8ad3f8223207104725dd4"),
    # The GFSbox set of AESAVS
    (ZEROS, "f34481ec3cc627bacd5dc3fb08f273e6", "0336763e966d92595a567cc9ce537f5e"),
    (ZEROS, "9798c4640bad75c7c3227db910174e72", "a9a1631bf4996954ebc093957b234589"),
    (ZEROS, "96ab5c2ff612d9dfaae8c31f30c42168", "ff4f8391a6a40ca5b25d23bedd44a597"),
    (ZEROS, "6a118a874519e64e9963798a503f1d35", "dc43be40be0e53712f7e2bf5ca707209"),
    (ZEROS, "cb9fceec81286ca3e989bd979b0cb284", "92beedab1895a94faa69b632e5cc47ce"),
    (ZEROS, "b26aeb1874e47ca8358ff22378f09144", "459264f4798f6a78bacb89c15ed3d601"),
    (ZEROS, "58c8e00b2631686d54eab84b91f0aca1", "08a4e2efec8a8e3312ca7460b9040bbf"),
    # The KeySbox set of AESAVS
    ("10a58869d74be5a374cf867cfb473859", ZEROS, "6d251e6944b051e04eaa6fb4dbf78465"),
    ("caea65cdbb75e9169ecd22ebe6e54675", ZEROS, "6e29201190152df4ee058139def610bb"),
    ("a2e2fa9baf7d20822ca9f0542f764a41", ZEROS, "c3b44b95d9d2f25670eee9a0de099fa3"),
    # The first and last of VarKey and VarTxt, AESAVS
    ("80" + "00" * 15, ZEROS, "0edd33d3c621e546455bd8ba1418bec8"),
    ("ff" * 16, ZEROS, "a1f6258c877d5fcd8964484538bfc92c"),
    (ZEROS, "80" + "00" * 15, "3ad78e726c1ec02b7ebfe92b23d9ec34"),
    (ZEROS, "ff" * 16, "3f5b8cc9ea855a0afa7347d23e8d664e"),
]  # fmt: skip


def test_no_vector_is_missing():
    """All 48 recorded cases are there."""
    assert len({case["id"] for case in CASES}) == len(CASES) == 48


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_recorded_answer_is_reproduced(case):
    """Each ciphertext is reproduced and decrypted again; the null ones are refused."""
    if case["ciphertext_hex"] is None:
        with pytest.raises((passwords.KeyLengthError, passwords.KeyCharactersError)):
            encrypt_password(case["plaintext"], case["secret_access_key"])
    else:
        assert encrypt_password(case["plaintext"], case["secret_access_key"]) == case["ciphertext_hex"]
        assert decrypt_password(case["ciphertext_hex"], case["secret_access_key"]) == case["plaintext"]


@pytest.mark.parametrize(("key", "plain", "cipher"), BLOCKS)
def test_the_block_cipher_is_aes_128_ecb(key, plain, cipher):
    """Published known answers hold in both directions, alone and twice in a row."""
    k, p, c = (bytes.fromhex(text) for text in (key, plain, cipher))
    assert passwords.encrypt_blocks(k, p) == c
    assert passwords.decrypt_blocks(k, c) == p
    assert passwords.encrypt_blocks(k, p * 2) == c * 2


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(max_codepoint=126), min_size=16))
def test_what_is_encrypted_decrypts(plaintext, key):
    """Any text under any ASCII key comes back, in hex of the documented length, whatever the case of the hex."""
    ciphertext = encrypt_password(plaintext, key)
    assert len(ciphertext) == 32 * (len(plaintext.encode()) // 16 + 1)
    assert decrypt_password(ciphertext, key) == decrypt_password(ciphertext.upper(), key) == plaintext


def encrypted(blocks: bytes) -> str:
    return passwords.encrypt_blocks(KEY[:16].encode(), blocks).hex()


@pytest.mark.parametrize(
    ("ciphertext", "key", "kind"),
    [
        (ZEROS, "0dec0ded0dec0de", passwords.KeyLengthError),
        (ZEROS, "", passwords.KeyLengthError),
        (ZEROS, "密" + KEY, passwords.KeyCharactersError),
        ("Passw0rd!" * 4, KEY, passwords.HexError),
        (" " + ZEROS[:-1], KEY, passwords.HexError),
        ("٣" * 32, KEY, passwords.HexError),
        ("", KEY, passwords.CiphertextLengthError),
        ("0" * 31, KEY, passwords.CiphertextLengthError),
        ("0" * 48, KEY, passwords.CiphertextLengthError),
        (encrypted(b"\xff" * 15 + b"\x01"), KEY, passwords.PlaintextError),
    ],
)
def test_each_bad_input_has_an_error_of_its_own(ciphertext, key, kind):
    """The class tells what is wrong; the text shows neither ciphertext nor key."""
    with pytest.raises(kind) as caught:
        decrypt_password(ciphertext, key)
    assert isinstance(caught.value, PasswordError)
    assert not ciphertext or ciphertext not in str(caught.value)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "tail",
    [
        b"\0",
        b"\x11",
        b"\xff",
        b"\x01\x02",
        b"\x02\x03\x03",
        b"\0" + b"\x10" * 15,
        b"\x0f" * 14 + b"\x10\x0f",
        b"\x07" * 15 + b"\x11" * 17,
    ],
)
def test_every_padding_fault_is_the_same_error(tail):
    """Zero, too long and inconsistent padding cannot be told apart."""
    with pytest.raises(passwords.PaddingError) as caught:
        decrypt_password(encrypted(tail.rjust(16, b"\x07") if len(tail) < 16 else tail), KEY)
    assert str(caught.value) == (
        "the padding is wrong: another secret access key was used, or the ciphertext was changed"
    )
    assert caught.value.__cause__ is None


def test_encrypting_refuses_what_it_cannot_encode():
    """Short and non-ASCII keys and lone surrogates are refused before anything is encrypted."""
    with pytest.raises(passwords.KeyLengthError, match="fewer than 16"):
        encrypt_password("x", "short")
    with pytest.raises(passwords.KeyCharactersError, match="not ASCII"):
        encrypt_password("x", "é" * 16)
    with pytest.raises(passwords.PlaintextError, match="lone surrogate"):
        encrypt_password("\ud800", KEY)
    assert encrypt_password("x", KEY[:16] + "密") == encrypt_password("x", KEY)
