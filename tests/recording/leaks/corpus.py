"""Seeded secrets: kinds x places x encodings, each as two exchanges of one recording, and a finder of its own.

The first exchange is where a secret of the traffic is met under its name (a password in `adminPass`, a key in
`secretKey`, a signature in `Authorization`); the second holds it once more, in the place and encoding to be
tried. What the run itself holds (credentials, values it calls secret) is known to the recorder beforehand.
Nothing here uses code of the recording room.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import itertools
import json
import random
import re
import string
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from contractkit.message import Interaction, Request, Response
from contractkit.passwords import encrypt_password
from contractkit.signing import Credentials, authorize, sign

NOW = datetime(2026, 5, 1, 1, 2, 3, tzinfo=UTC)
EPOCH = datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC)
BCE = "application/json; charset=utf-8"
HOST = "bcc.bj.baidubce.com"


@dataclass
class Seed:
    """One secret in one place and encoding. `credentials` and `known` are what the run knows beforehand."""

    number: int
    kind: str
    place: str
    encoding: str
    credentials: Credentials
    known: dict[str, str]
    secret: str = field(default="", repr=False)
    exchanges: list[Interaction] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        return f"{self.kind} / {self.place} / {self.encoding}"


class Dice:
    """Random values of the kinds that BCE and its users handle."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  secrets of nobody, the same for the same seed

    def text(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def hex(self, length: int = 32) -> str:
        return self.text("0123456789abcdef", length)

    def word(self, length: int) -> str:
        return self.text(string.ascii_letters + string.digits, length)


def make_credentials(dice: Dice, *, altak: bool = False, token: str | None = None) -> Credentials:
    return Credentials(f"ALTAK-{dice.word(12)}" if altak else dice.hex(), dice.hex(), token)


# Kind -> how it is made: (dice, credentials) -> (secret, what the run calls secret, request body, response body).
Made = tuple[str, dict[str, str], Any, Any]
Maker = Callable[[Dice, Credentials], Made]


def _given(name: str, value: str) -> Made:
    return value, {name: value}, None, None


def _password(dice: Dice) -> str:
    return dice.text(string.ascii_letters, 4) + dice.text('!@#$%^*()_+="/\\&', 4) + dice.text(string.digits, 3)


def _ciphertext(dice: Dice, own: Credentials) -> Made:
    secret = encrypt_password(_password(dice), own.secret_access_key)
    return secret, {}, {"adminPass": secret}, None


def _minted(dice: Dice, _: Credentials) -> Made:
    secret = dice.word(20)
    return secret, {}, None, {"vpnConns": [{"vpnConnId": "vpnconn-abc123", "secretKey": secret}]}


def _asked(dice: Dice, _: Credentials) -> Made:
    secret = _password(dice)
    return secret, {}, {"users": [{"userName": "u", "password": secret}]}, None


def _account(dice: Dice, _: Credentials) -> Made:
    secret = dice.hex()
    return secret, {}, None, {"vpcs": [], "accountId": secret}


KINDS: dict[str, Maker] = {
    "access key id": lambda _, own: (own.access_key_id, {}, None, None),
    "ALTAK access key id": lambda _, own: (own.access_key_id, {}, None, None),
    "secret access key": lambda _, own: (own.secret_access_key, {}, None, None),
    "session token": lambda _, own: (own.session_token or "", {}, None, None),
    "odd session token": lambda _, own: (own.session_token or "", {}, None, None),
    "bearer key": lambda dice, _: _given("bearer key", f"bce-v3/ALTAK-{dice.word(21)}/{dice.hex(40)}"),
    "pre-shared key": lambda dice, _: _given("pre-shared key", dice.word(24)),
    "password of the run": lambda dice, _: _given("password", _password(dice)),
    "password with umlauts": lambda dice, _: _given("password", f"Pä/{dice.word(6)}ß+w=1&%2"),
    "password of the traffic": _asked,
    "password ciphertext": _ciphertext,
    "minted key": _minted,
    "account id": _account,
    "signature": lambda *_: ("", {}, None, None),
    "signing key": lambda *_: ("", {}, None, None),
}
MINTED = {"minted key", "account id", "signature", "signing key"}
"""What the caller does not choose."""


def _tokens(dice: Dice, kind: str) -> str | None:
    if kind == "session token":
        return base64.b64encode(dice.random.randbytes(90)).decode()
    return f'sts/{dice.word(4)}+{dice.word(4)}="{dice.word(3)}"&x%41' if kind == "odd session token" else None


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _deflate(raw: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return machine.compress(raw) + machine.flush()


def _lower_percent(text: str) -> str:
    return re.sub("%..", lambda code: code[0].lower(), text)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as is": lambda s: s,
    "in a sentence": lambda s: f"the value {s} was refused",
    "inside a word": lambda s: f"x{s}x",
    "percent": lambda s: quote(s, safe=""),
    "percent, lower case": lambda s: _lower_percent(quote(s, safe="")),
    "every byte percent": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
    "percent twice": lambda s: quote(quote(s, safe=""), safe=""),
    "json": lambda s: json.dumps({"a": s}),
    "json twice": lambda s: json.dumps(json.dumps(s)),
    "every character escaped": lambda s: "".join(f"\\u{ord(each):04X}" for each in s),
    "html": lambda s: "".join(f"&#{ord(each)};" if not each.isalnum() else each for each in s),
    "every character html": lambda s: "".join(f"&#x{ord(each):x};" for each in s),
    "base64": lambda s: _b64(s.encode()),
    "base64 after one": lambda s: _b64(b":" + s.encode() + b" tail"),
    "base64 after two": lambda s: _b64(b"u:" + s.encode() + b"ab"),
    "url-safe base64": lambda s: base64.urlsafe_b64encode(b"user:" + s.encode()).decode().rstrip("="),
    "base64 in lines": lambda s: "\n".join(re.findall(".{1,12}", _b64(f"user:{s}".encode()))),
    "base64 twice": lambda s: _b64(_b64(s.encode()).encode()),
    "base64 of utf-16": lambda s: _b64(s.encode("utf-16-le")),
    "base32": lambda s: base64.b32encode(s.encode()).decode(),
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "hex with colons": lambda s: s.encode().hex(":"),
    "reversed": lambda s: s[::-1],
    "gzip in base64": lambda s: _b64(gzip.compress(f'{{"a": "{s}"}}'.encode(), mtime=0)),
    "zlib in url-safe base64": lambda s: base64.urlsafe_b64encode(zlib.compress(s.encode())).decode(),
    "raw deflate in base64": lambda s: _b64(_deflate(s.encode() * 3)),
    "gzip in hex": lambda s: gzip.compress(s.encode(), mtime=0).hex(),
    "gzip in gzip in base64": lambda s: _b64(gzip.compress(gzip.compress(s.encode(), mtime=0), mtime=0)),
    "folded": lambda s: f"{s[: len(s) // 2]}\r\n {s[len(s) // 2 :]}",
    "folded with a tab": lambda s: f"{s[: len(s) // 2]}\r\n\t{s[len(s) // 2 :]}",
    "upper case": lambda s: s.upper(),
    "basic": lambda s: "Basic " + _b64(f"user:{s}".encode()),
    "url": lambda s: f"https://u:{quote(s, safe='')}@x.example/?a={quote(s, safe='')}",
}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _ask(query: str = "", headers: Any = (), body: bytes = b"", path: str = "/v1/vpc", userinfo: str = "") -> dict:
    return {"query": query, "headers": list(dict(headers).items()), "body": body, "path": path, "userinfo": userinfo}


def _tell(body: Any = None, headers: Any = (), status: int = 400) -> dict:
    raw = body if isinstance(body, bytes) else b"" if body is None else _json(body)
    fields = list(dict(headers).items()) or ([("Content-Type", BCE)] if raw else [])
    return {"status": status, "fields": fields, "content": raw}


_T = {"Content-Type": BCE}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _header(text: str) -> str:
    return re.sub(r"[\r\n]+(?![ \t])", " ", text)


PLACES: dict[str, Callable[[str], dict]] = {
    # of the request
    "authorization header": lambda t: _ask(headers={"Authorization": _header(t)}),
    "authorization, bearer": lambda t: _ask(headers={"Authorization": f"Bearer {_header(t)}"}),
    "authorization, malformed v1": lambda t: _ask(headers={"Authorization": f"bce-auth-v1/{_header(t)}"}),
    "authorization, v2": lambda t: _ask(headers={"Authorization": f"bce-auth-v2/{_header(t)}/20260501/bj/vpc/host/00"}),
    "basic auth": lambda t: _ask(headers={"Authorization": "Basic " + _b64(f"u:{t}".encode())}),
    "token header": lambda t: _ask(headers={"x-bce-security-token": _header(t)}),
    "unknown header": lambda t: _ask(headers={"X-Thing": _header(t)}),
    "cookie": lambda t: _ask(headers={"cookie": f"BDUSS={_header(t)}"}),
    "user agent": lambda t: _ask(headers={"User-Agent": f"me/{_header(t)}"}),
    "kept request header": lambda t: _ask(headers={"x-bce-request-id": _header(t)}),
    "content type parameter": lambda t: _ask(headers={"Content-Type": f"text/plain; charset={_header(t)}"}, body=b"x"),
    "header name": lambda t: _ask(headers={"X-" + re.sub("[^A-Za-z0-9-]", "-", t): "1"}),
    "x-bce-date": lambda t: _ask(headers={"x-bce-date": _header(t)}),
    "query value": lambda t: _ask(f"thing={quote(t, safe='')}"),
    "query name": lambda t: _ask(f"{quote(t, safe='')}=1"),
    "query flag": lambda t: _ask(quote(t, safe="")),
    "query, secret name": lambda t: _ask(f"accessToken={quote(t, safe='')}"),
    "query, other case": lambda t: _ask(f"ACCESS-TOKEN={quote(t, safe='')}"),
    "query, authorization": lambda t: _ask(f"Authorization={quote(t, safe='')}"),
    "query, token": lambda t: _ask(f"X-BCE-Security-Token={quote(t, safe='')}"),
    "query, clientToken": lambda t: _ask(f"clientToken={quote(t, safe='')}"),
    "query, marker": lambda t: _ask(f"marker={quote(t, safe='')}&maxKeys=10"),
    "path segment": lambda t: _ask(path=f"/v1/vpc/{quote(t, safe='')}"),
    "path parameter": lambda t: _ask(path=f"/v1/vpc;password={quote(t, safe='')}"),
    "userinfo, password": lambda t: _ask(userinfo=f"me:{quote(t, safe='')}@"),
    "userinfo, name": lambda t: _ask(userinfo=f"{quote(t, safe='')}@"),
    "json": lambda t: _ask(headers={"Content-Type": "application/json"}, body=_json({"password": t})),
    "json, charset": lambda t: _ask(headers=_T, body=_json({"password": t})),
    "json, loud charset": lambda t: _ask(
        headers={"CONTENT-TYPE": 'Application/JSON ;Charset="UTF-8"'}, body=_json({"password": t})
    ),
    "json, vendor type": lambda t: _ask(headers={"Content-Type": "application/vnd.bce+json"}, body=_json({"n": t})),
    "json, no type": lambda t: _ask(body=_json({"password": t})),
    "json, byte order mark": lambda t: _ask(headers=_T, body=b"\xef\xbb\xbf" + _json({"note": t})),
    "json, utf-16": lambda t: _ask(headers=_T, body=json.dumps({"note": t}).encode("utf-16")),
    "json, free member": lambda t: _ask(headers=_T, body=_json({"description": t})),
    "json, member name": lambda t: _ask(headers=_T, body=_json({t: 1})),
    "json, other case": lambda t: _ask(headers=_T, body=_json({"New-PassWord": t})),
    "json, all escaped": lambda t: _ask(
        body=('{"n": "' + "".join(f"\\u{ord(each):04x}" for each in t) + '"}').encode()
    ),
    "json, deep list": lambda t: _ask(headers=_T, body=_json({"a": [[{"b": [[[{"c": [t]}]]]}]]})),
    "json in json": lambda t: _ask(headers=_T, body=_json({"data": json.dumps({"inner": {"pwd": t}})})),
    "json in json in json": lambda t: _ask(headers=_T, body=_json({"d": json.dumps({"x": json.dumps({"y": t})})})),
    "json, PUT of a known operation": lambda t: _ask(
        headers=_T, body=_json({"name": "n", "description": t}), path="/v1/vpc/vpc-abc123"
    ),
    "broken json": lambda t: _ask(headers=_T, body=b'{"note": "' + t.encode() + b'"'),
    "broken json with a name": lambda t: _ask(headers=_T, body=b'{"password": "' + t.encode() + b'"'),
    "gzip request": lambda t: _ask(
        headers={**_T, "Content-Encoding": "gzip"}, body=gzip.compress(_json({"note": t}), mtime=0)
    ),
    "deflate request": lambda t: _ask(headers={**_T, "Content-Encoding": "deflate"}, body=_deflate(_json({"note": t}))),
    "form": lambda t: _ask(headers=_FORM, body=f"a=1&password={quote(t, safe='')}".encode()),
    "form, free item": lambda t: _ask(headers=_FORM, body=f"a=1&b={quote(t, safe='')}".encode()),
    "form, charset": lambda t: _ask(
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
        body=f"pwd={quote(t, safe='')}".encode(),
    ),
    "plain text": lambda t: _ask(headers={"Content-Type": "text/plain"}, body=f"see {t} here".encode()),
    "multipart": lambda t: _ask(
        headers={"Content-Type": "multipart/form-data; boundary=xx"},
        body=f'--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n{t}\r\n--xx--\r\n'.encode(),
    ),
    # of the response
    "answer, secret member": lambda t: _tell({"secretKey": t}),
    "answer, nested": lambda t: _tell({"l": [{"x": {"y": t}}]}, status=200),
    "answer, message": lambda t: _tell({"requestId": "r", "code": "BadRequest", "message": f"bad value: {t}"}),
    "answer, string to sign": lambda t: _tell(
        {"code": "SignatureDoesNotMatch", "message": f"POST\n/v1/vpc\n\nhost:{t}"}
    ),
    "answer, member name": lambda t: _tell({t: {"a": 1}}),
    "answer, json in json": lambda t: _tell({"detail": json.dumps({"password": t})}),
    "answer, url": lambda t: _tell(
        {"url": f"https://x.example/get?accessToken={quote(t, safe='')}#{quote(t, safe='')}"}
    ),
    "answer, gzip": lambda t: _tell(gzip.compress(_json({"n": t}), mtime=0), {**_T, "Content-Encoding": "gzip"}),
    "answer, x-gzip twice": lambda t: _tell(
        gzip.compress(gzip.compress(_json({"n": t}), mtime=0), mtime=0), {**_T, "Content-Encoding": "gzip, x-gzip"}
    ),
    "answer, deflate": lambda t: _tell(zlib.compress(_json({"n": t})), {**_T, "Content-Encoding": "deflate"}),
    "answer, gzip without a word": lambda t: _tell(gzip.compress(_json({"n": t}), mtime=0), _T),
    "answer, binary": lambda t: _tell(b"\x89" + t.encode(), {"Content-Type": "image/png"}),
    "answer, html": lambda t: _tell(f"<p>{html.escape(t)}</p>".encode(), {"Content-Type": "text/html"}),
    "answer, xml": lambda t: _tell(f"<a><b>{html.escape(t)}</b></a>".encode(), {"Content-Type": "application/xml"}),
    "answer, json without type": lambda t: _tell(_json({"n": t}), {"X-A": "1"}),
    "answer, set-cookie": lambda t: _tell(headers={"Set-Cookie": f"a={_header(t)}; HttpOnly"}),
    "answer, location": lambda t: _tell(headers={"Location": f"https://x.example/{quote(t, safe='')}?a={t!a}"}),
    "answer, location userinfo": lambda t: _tell(headers={"Location": f"https://u:{quote(t, safe='')}@x.example/"}),
    "answer, location fragment": lambda t: _tell(headers={"Location": f"/next#access_token={quote(t, safe='')}"}),
    "answer, request id": lambda t: _tell({}, {"x-bce-request-id": _header(t), "Content-Type": BCE}),
    "answer, retry-after": lambda t: _tell(headers={"Retry-After": _header(t)}),
    "answer, allow": lambda t: _tell(headers={"Allow": _header(t)}),
    "answer, content type": lambda t: _tell(b"x", {"Content-Type": f"text/plain; charset={_header(t)}"}),
    "answer, unknown header": lambda t: _tell(headers={"X-Debug": _header(t)}),
}


def make_seeds(count: int, seed: int) -> Iterator[Seed]:
    """`count` seeds, the same for the same number: kinds, places and encodings evenly, in random company."""
    dice = Dice(seed)
    every = list(itertools.product(KINDS, PLACES, ENCODINGS))
    dice.random.shuffle(every)
    for number, (kind, place, encoding) in enumerate(itertools.islice(itertools.cycle(every), count)):
        yield make_seed(dice, number, kind, place, encoding)


def make_seed(dice: Dice, number: int, kind: str, place: str, encoding: str) -> Seed:
    own = make_credentials(dice, altak=kind.startswith("ALTAK"), token=_tokens(dice, kind))
    secret, known, asked, answered = KINDS[kind](dice, own)
    first = _exchange(own, _ask(headers=_T, body=_json(asked or {})), _tell(answered or {}, status=200))
    authorization = first.request.headers.get("authorization")
    if kind == "signature":
        secret = authorization.rpartition("/")[2]
    elif kind == "signing key":
        secret = authorize(
            method="GET", path="/", query=(), headers=[("host", HOST)], credentials=own, at=NOW
        ).signing_key
    made = Seed(number, kind, place, encoding, own, known, secret)
    text = ENCODINGS[encoding](secret)
    parts = PLACES[place](text)
    second = _exchange(own, parts, _tell({})) if "query" in parts else _exchange(own, _ask(), parts)
    made.exchanges = [first, second]
    return made


def _exchange(own: Credentials, asked: dict, told: dict) -> Interaction:
    question = f"?{asked['query']}" if asked["query"] else ""
    request = Request(
        "POST", f"http://{asked['userinfo']}{HOST}{asked['path']}{question}", asked["headers"], asked["body"]
    )
    if not request.headers.has("authorization") and not asked["userinfo"]:
        request = _signed(request, own)
    return Interaction(request, Response(told["status"], told["fields"], told["content"]))


def _signed(request: Request, own: Credentials) -> Request:
    try:
        return sign(request, own, at=NOW, signed_headers=["host", "x-bce-date"])
    except ValueError:
        return request
    except Exception:  # a header that the law cannot sign is sent unsigned  # noqa: BLE001
        return request


# The finder: what a person with the file could find, by none of the package's code.

_RUN64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_RUNHEX = re.compile(rb"(?:[0-9a-fA-F]{2}[:]?){6,}")
_RUN32 = re.compile(rb"[A-Z2-7]{16,}={0,6}")


def _openings(text: bytes) -> Iterator[bytes]:
    yield from _unescaped(text)
    for run in _RUN64.findall(text):
        data = run.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        for offset in range(4):
            piece = data[offset:]
            piece = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
            yield from _tries(base64.b64decode, piece + b"=" * (-len(piece) % 4))
    for run in _RUNHEX.findall(text):
        yield from _tries(bytes.fromhex, run.replace(b":", b"").decode())
    for run in _RUN32.findall(text):
        digits = run.rstrip(b"=")
        yield from _tries(base64.b32decode, digits + b"=" * (-len(digits) % 8))
    for at in re.finditer(rb"\x1f\x8b|\x78[\x01\x5e\x9c\xda]", text):
        yield from _tries(zlib.decompressobj(zlib.MAX_WBITS | 32).decompress, text[at.start() :])
    if text and not text.isascii():
        yield from _tries(zlib.decompressobj(-zlib.MAX_WBITS).decompress, text)


def _unescaped(text: bytes) -> Iterator[bytes]:
    if b"%" in text:
        yield unquote_to_bytes(text)
    if b"\\" in text:
        plain = re.sub(rb"\\u([0-9a-fA-F]{4})", lambda c: chr(int(c[1], 16)).encode("utf-8", "replace"), text)
        yield re.sub(rb"\\[nrt]", b" ", plain)
        yield text.replace(rb"\\", b"\\")
        yield re.sub(rb'\\([\\/"])', rb"\1", plain)
    dense = re.sub(rb"\s+|\\[nrt]", b"", text)
    if dense != text:
        yield dense
    if b"&" in text:
        yield html.unescape(text.decode("utf-8", "replace")).encode("utf-8", "replace")


def _tries(decode: Callable[[Any], bytes], packed: Any) -> Iterator[bytes]:
    try:
        opened = decode(packed)
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error):
        return
    if opened:
        yield opened


def views(data: bytes, deep: int = 3) -> set[bytes]:
    """The bytes in clear and through every decoding, `deep` levels."""
    seen, queue = {data}, [data]
    for _ in range(deep):
        queue = [each for text in queue for each in {*_openings(text)} if each not in seen]
        seen.update(queue)
    return seen


def _windows(secret: str) -> Iterator[bytes]:
    raw = secret.encode()
    pieces = [raw] if len(raw) <= 18 else [raw[at : at + 16] for at in range(0, len(raw) - 15, 2)]
    for piece in pieces:
        yield from (each.lower() for each in (piece, piece[::-1], piece.decode("utf-8", "ignore").encode("utf-16-le")))


_BETWEEN = b"\xff" * 40  # in no needle


def holds(data: bytes, secret: str) -> bool:
    """Whether the secret, or sixteen characters of it in a row, stands in the bytes in any spelling."""
    needles = {needle for each in (secret, secret[::-1], secret.upper()) for needle in _windows(each)}
    lowered = [view.lower() for view in views(data)]
    dense = [re.sub(rb"\s+", b"", view) for view in lowered]
    haystack = _BETWEEN.join([*lowered, *dense])  # one search for each needle, not one in each view
    return any(needle in haystack for needle in needles)
