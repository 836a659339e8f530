"""Ten thousand ordinary answers: not a letter of them is masked, and none is refused."""

import json
import os

import pytest

from contractkit.contract import load_contract
from contractkit.message import Interaction, Request, Response
from contractkit.recording.cassette import encode_line
from contractkit.recording.guard import Guard
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.scan import scan_bytes

CONTRACT = load_contract()
# Texts that mention what secrets are called, or look like one from afar.
TEXTS = (
    "reset your password at the console",
    "token ring of the second floor",
    "basic setup",
    "bearer of good news",
    "the secret of a good network",
    "author: someone",
    "signature dish",
    "cookie-cutter",
    "Basic plan, bearer traffic",
    "AK-47",
    "skip",
    "vpc-IyWRtII7",
    "10.0.0.0/16",
    "2001:db8::/32",
    "password",
    "token",
    "authorization required",
    "a=1&b=2",
    "https://console.bce.baidu.com/network/?id=7#~/vpc/detail",
    "bce-network",
    "auth-v1",
    "中文描述",
    "x" * 64,
    '{"not": "parsed"}',
    "100%",
    "a\\b",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=",
    "9f8e7d6c5b4a39281706f5e4d3c2b15b",
    "line 1\nline 2",
)


class Ordinary:
    """Draws answers to the schemas of the contract, secret and identifying members left out."""

    def __init__(self, dice):
        self.dice, self.random = dice, dice.random

    def draw(self, schema, depth=0):
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            named = schema.get("properties", {})
            return {
                name: self.draw(each, depth + 1) for name, each in named.items() if self._is_plain(name, each, depth)
            }
        if kind == "array":
            return [self.draw(schema.get("items", {}), depth + 1) for _ in range(self.random.randint(0, 2))]
        return {"integer": self._number, "number": self._number, "boolean": self._truth}.get(kind, self._text)()

    def _is_plain(self, name, schema, depth):
        hidden = schema.get("x-bce-secret") or name.lower() in ("requestid", "clienttoken")
        named = name.lower().removesuffix("s").endswith(("accountid", "userid", "ownerid", "tenantid"))
        return not hidden and not named and depth < 8

    def _number(self):
        return self.random.choice((0, 1, 42, 65535, 20260501, -1, 0.5))

    def _truth(self):
        return self.random.random() < 0.5

    def _text(self):
        if self.random.random() < 0.4:
            return self.random.choice(TEXTS)
        return self.random.choice(
            (
                f"vpc-{self.dice.word(8)}",
                self.dice.hex(),
                f"{self.dice.hex(8)}-1c2d-4e3f-8a9b-{self.dice.hex(12)}",
                self.dice.word(12),
                f"192.168.{self.random.randint(0, 255)}.0/24",
            )
        )


@pytest.mark.slow
def test_no_ordinary_answer_is_masked_refused_or_reported(corpus, seeds, tell):
    """Times are left out too: that they become those of the exchange is meant."""
    seed, _ = seeds
    count = int(os.environ.get("CONTRACTKIT_ORDINARY_BODIES", "3000"))
    dice = corpus.Dice(seed)
    ordinary, own = Ordinary(dice), corpus.make_credentials(dice, token="c2Vzc2lvbi10b2tlbi1vZi10aGUtcnVu")
    sanitizer = Sanitizer(CONTRACT, credentials=own)
    guard = Guard(
        {
            "secret access key": own.secret_access_key,
            "access key id": own.access_key_id,
            "session token": own.session_token,
        }
    )
    operations = [each for each in CONTRACT.operations() if (each.response or {}).get("properties")]
    masked, reported, letters = [], [], 0
    for number in range(count):
        operation = operations[number % len(operations)]
        body = ordinary.draw(operation.response)
        raw = json.dumps(body, ensure_ascii=number % 2 == 0).encode()
        request = Request("GET", f"https://{CONTRACT.host(operation.service)}/v1/nothing?marker=m{number}")
        exchange = Interaction(request, Response(200, {"Content-Type": corpus.BCE}, raw))
        guard.learn(exchange)
        entry = sanitizer.sanitize(exchange, at=corpus.NOW)
        if entry.response.json != body or f"marker=m{number}" not in entry.request.url:
            masked.append((operation.qualified, body, entry.response.json))
        guard.check(encode_line(entry), "c.json")
        if number % 10 == 0 and scan_bytes(raw, "body"):
            reported.append((operation.qualified, body))
        letters += len(raw)
    tell(
        "ordinary bodies",
        f"{count} ({letters:,} bytes): {len(masked)} masked, {len(reported)} of {count // 10} reported by the scan",
    )
    assert masked == []
    assert reported == []
