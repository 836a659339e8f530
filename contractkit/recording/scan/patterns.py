"""What secrets of BCE look like in text: one table for the scan, the rules for gitleaks and the detect-secrets plugin.

The expressions keep to what RE2 and Go understand (no look-around, no bound above 1000), so they run in linear time
everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

__all__ = ["PATTERNS", "PLACEHOLDER", "Pattern", "is_placeholder"]

_GAP: Final = r"[\"'\\\]]{0,8}\s{0,8}(?:[:=]|=>|%3[Dd])\s{0,16}(?:-\s{1,4})?[\[\"'\\ubr]{0,8}\s{0,16}"
"""Between a name and its value: quotes, escapes, the list of a YAML header."""
_SLASH: Final = r"(?:/|\\/|%2[Ff])"
_END: Final = r"(?:[^0-9A-Za-z]|$)"

PLACEHOLDER: Final = (
    r"(?i)^(?:.*(?:example|redacted|placeholder|sanitized|filtered|removed|dummy|hidden|changeme|your[-_ ]).*"
    r"|[<{$(%].*|\*+|x+|token-[0-9]+|[a-z]{1,15}|[0-9]{1,10}|(?:a+|b+|c+|d+|e+|f+|0+)[0-9]{0,9})$"
)
"""A value that stands for a secret and is none: a word of its own, brackets, one character repeated."""
_PLACEHOLDER: Final = re.compile(PLACEHOLDER)


def is_placeholder(value: str) -> bool:
    """Whether a value is one that documentation and sanitizers put in place of a secret."""
    return _PLACEHOLDER.match(value) is not None or len(set(value)) == 1


@dataclass(frozen=True)
class Pattern:
    """One shape. The first group of `expression` is the secret; `found` and `passed` are samples run as tests."""

    id: str
    what: str
    expression: str
    keywords: tuple[str, ...]
    found: tuple[str, ...]
    passed: tuple[str, ...] = ()

    @cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """The expression over bytes."""
        return re.compile(self.expression.encode())


_HEX: Final = "5bb1c2d3e4f5061728394a5b6c7d8e9f"
_DIGEST: Final = "9f8e7d6c5b4a39281706f5e4d3c2b15b" + _HEX
_SECRET_NAMES: Final = (
    r"(?:admin_?pass(?:word)?|[a-z_]{0,16}password|passwd|pwd|pre_?shared_?key|psk|secret_?key|access_?token|api_?key)"  # noqa: S105  names, not values
)

PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern(
        "bce-authorization",
        "BCE Authorization of version 1 or 2: the access key id, and what may be replayed until it expires",
        rf"bce-auth-v[0-9]{_SLASH}([0-9A-Za-z-]{{16,64}}){_SLASH}[0-9]",
        ("bce-auth-v",),
        (
            f"bce-auth-v1/{_HEX}/2026-05-01T01:02:03Z/1800/host/{_DIGEST}",
            f"bce-auth-v1%2F{_HEX}%2F2026-05-01T01%3A02%3A03Z%2F1800%2Fhost%2F{_DIGEST}",
            f'"bce-auth-v2\\/{_HEX}\\/20260501\\/bj\\/bcc\\/host\\/{_DIGEST}"',
        ),
        (f"bce-auth-v1/{'a' * 32}/2015-04-27T08:23:49Z/1800/host/{_DIGEST}", "bce-auth-v1/{accessKeyId}/{timestamp}"),
    ),
    Pattern(
        "bce-altak",
        "BCE access key id that begins with ALTAK",
        r"(ALTAK-?[0-9A-Za-z]{8,40})",
        ("altak",),
        ("AccessKeyId: ALTAK-8fQ8fzk3wEab", "ALTAKd5Fk2PqLm9Xs7TzRv1Nb"),
        ("an id begins with ALTAK",),
    ),
    Pattern(
        "bce-bearer-key",
        "BCE API key of version 3, used as a bearer token",
        rf"(bce-v3{_SLASH}ALTAK-?[0-9A-Za-z-]{{8,40}}{_SLASH}[0-9a-f]{{32,64}})",
        ("bce-v3",),
        (f"Authorization: Bearer bce-v3/ALTAK-8fQ8fzk3wEab/{_HEX}",),
        ("bce-v3/redacted",),
    ),
    Pattern(
        "bce-access-key-id",
        "BCE access key id of 32 hexadecimal digits beside its name",
        rf"(?i)(?:access_?key(?:_?id)?|[^a-z]ak){_GAP}([0-9a-f]{{32}}){_END}",
        ("access", "ak"),
        (f"BAIDUCLOUD_ACCESS_KEY={_HEX}\n", f'{{"accessKeyId": "{_HEX}"}}', f'bce.ak = "{_HEX}"'),
        (f'"accessKeyId": "{"a" * 32}"', f'"digest": "{_HEX}"'),
    ),
    Pattern(
        "bce-secret-access-key",
        "BCE secret access key beside its name",
        rf"(?i)(?:secret_?(?:access_?)?key|[^a-z]sk){_GAP}([0-9a-f]{{32}}){_END}",
        ("secret", "sk"),
        (f"BAIDUCLOUD_SECRET_KEY={_HEX}\n", f"  secretAccessKey: {_HEX}\n", f"--sk='{_HEX}'"),
        (f'"secretAccessKey": "{"b" * 32}"',),
    ),
    Pattern(
        "bce-session-token",
        "BCE session token in its header or query item",
        rf"(?i)(?:x-bce-security-token|session_?token){_GAP}([0-9A-Za-z+/=_%.-]{{20,}})",
        ("security-token", "sessiontoken", "session_token"),
        (
            "x-bce-security-token:\n      - ZjkyZmQ2YmQ4MjE0NDQ3N2E4MGQzM2Y4MTFjYWYzOWE=",
            '"x-bce-security-token": ["ZjkyZmQ2YmQ4MjE0NDQ3N2E4MGQzM2Y4MTFjYWYzOWE="]',
            "?x-bce-security-token=ZjkyZmQ2YmQ4MjE0NDQ3N2E4MGQzM2Y4MTFjYWYzOWE%3D&a=1",
        ),
        ('"x-bce-security-token": "example-session-token"',),
    ),
    Pattern(
        "bce-signing-key",
        "BCE signing key, as the official SDK writes it to its debug log: it signs anything until it expires",
        r"(?i)sign(?:ing)?[-_ ]?key[^0-9a-z]{1,8}([0-9a-f]{64})",
        ("sign",),
        (f"sign_key=[{_DIGEST}]", f'"signingKey": "{_DIGEST}"'),
        (f'"signingKey": "{"0" * 64}"',),
    ),
    Pattern(
        "bce-secret-member",
        "Value of a member of the BCE APIs that holds a password, a pre-shared key or a ciphertext of one",
        rf"(?i)[\"'\\&?\s]{_SECRET_NAMES}[\"'\\]{{0,8}}\s{{0,8}}[:=]\s{{0,8}}\\{{0,4}}[\"']?([^\"'\\&\s,}}]{{6,256}})",
        ("pass", "pwd", "psk", "shared", "secret", "token", "api"),
        (
            '{"adminPass": "Hunter2!x"}',
            r'{"body": "{\"secretKey\": \"s3cr3t-Psk\"}"}',
            'string: \'{"password":"Hunter2!x"}\'',
            "?accessToken=q8fzk3wE71",
        ),
        (
            '{"adminPass": "!Example_Pass1"}',
            '{"password": "string"}',
            '{"passwordPolicy": "strict-1"}',
            '"secretKey": null',
        ),
    ),
)
