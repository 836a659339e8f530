"""Secrets seeded in every place of an exchange: none reaches a file, and what cannot be cleaned is refused."""

import base64
import binascii
import gzip
import json
import re
import zlib
from urllib.parse import quote, unquote

import pytest

from contractkit.errors import LeakError, SanitizerError
from contractkit.message import Request, Response
from contractkit.recording import open_cassette
from contractkit.recording.store import partial_path
from contractkit.signing import Credentials

SK = "fedcba9876543210fedcba9876543211"
TOKEN = 'sts/Tok+en="odd"&x%41'
KINDS = {
    "secret access key": SK,
    "session token": TOKEN,
    "access key id": "0123456789abcdef0123456789abcdee",
    "password": "Pä/ss+w=1&%2",
}
JSON = "application/json"
BCE = "application/json;charset=utf-8"


def j(value):
    return json.dumps(value).encode()


# Place -> (request url suffix, request headers, request body, response headers, response body)
PLACES = {
    "authorization header": lambda s: ("", {"Authorization": s}, b"", {}, b""),
    "basic auth": lambda s: (
        "",
        {"Authorization": "Basic " + base64.b64encode(f"u:{s}".encode()).decode()},
        b"",
        {},
        b"",
    ),
    "token header": lambda s: ("", {"x-bce-security-token": s}, b"", {}, b""),
    "unknown header": lambda s: ("", {"X-Thing": s}, b"", {}, b""),
    "kept header": lambda s: ("", {"x-bce-request-id": s}, b"", {}, b""),
    "query value": lambda s: (f"?thing={quote(s, safe='')}", {}, b"", {}, b""),
    "query name": lambda s: (f"?{quote(s, safe='')}=1", {}, b"", {}, b""),
    "query, secret name": lambda s: (f"?accessToken={quote(s, safe='')}", {}, b"", {}, b""),
    "query, other case": lambda s: (f"?ACCESSTOKEN={quote(s, safe='')}", {}, b"", {}, b""),
    "query echoed": lambda s: (
        f"?thing={quote(s, safe='')}",
        {},
        b"",
        {},
        j({"message": f"bad ?thing={quote(s, safe='')}"}),
    ),
    "path": lambda s: (f"/{quote(s, safe='')}", {}, b"", {}, b""),
    "json": lambda s: ("", {"Content-Type": JSON}, j({"password": s}), {}, b""),
    "json, charset": lambda s: ("", {"Content-Type": BCE}, j({"password": s}), {}, b""),
    "json, no type": lambda s: ("", {}, j({"password": s}), {}, b""),
    "json, unnamed member": lambda s: ("", {"Content-Type": BCE}, j({"note": s}), {}, b""),
    "json, member name": lambda s: ("", {"Content-Type": BCE}, j({s: 1}), {}, b""),
    "json, all escaped": lambda s: (
        "",
        {},
        ('{"n": "' + "".join(f"\\u{ord(c):04x}" for c in s) + '"}').encode(),
        {},
        b"",
    ),
    "nested json": lambda s: ("", {"Content-Type": JSON}, j({"data": json.dumps({"inner": {"pwd": s}})}), {}, b""),
    "nested json, charset": lambda s: ("", {"Content-Type": BCE}, j({"data": json.dumps({"x": s})}), {}, b""),
    "json key, other case": lambda s: ("", {"Content-Type": BCE}, j({"PassWord": s}), {}, b""),
    "deep list": lambda s: ("", {"Content-Type": BCE}, j({"a": [[{"b": [s]}]]}), {}, b""),
    "gzip request": lambda s: (
        "",
        {"Content-Type": BCE, "Content-Encoding": "gzip"},
        gzip.compress(j({"note": s})),
        {},
        b"",
    ),
    "form": lambda s: (
        "",
        {"Content-Type": "application/x-www-form-urlencoded"},
        f"a=1&password={quote(s)}".encode(),
        {},
        b"",
    ),
    "plain text": lambda s: ("", {"Content-Type": "text/plain"}, f"see {s} here".encode(), {}, b""),
    "base64 in json": lambda s: ("", {"Content-Type": BCE}, j({"n": base64.b64encode(s.encode()).decode()}), {}, b""),
    "hex in json": lambda s: ("", {"Content-Type": BCE}, j({"n": s.encode().hex()}), {}, b""),
    "response json": lambda s: ("", {}, b"", {"Content-Type": BCE}, j({"secretKey": s})),
    "response nested": lambda s: ("", {}, b"", {"Content-Type": BCE}, j({"l": [{"x": {"y": s}}]})),
    "response message": lambda s: ("", {}, b"", {"Content-Type": BCE}, j({"message": f"key {s} is wrong"})),
    "response gzip": lambda s: (
        "",
        {},
        b"",
        {"Content-Type": BCE, "Content-Encoding": "gzip"},
        gzip.compress(j({"n": s})),
    ),
    "response deflate": lambda s: (
        "",
        {},
        b"",
        {"Content-Type": BCE, "Content-Encoding": "deflate"},
        zlib.compress(j({"n": s})),
    ),
    "response binary": lambda s: ("", {}, b"", {"Content-Type": "image/png"}, b"\x89" + s.encode()),
    "response html": lambda s: ("", {}, b"", {"Content-Type": "text/html"}, f"<p>{s}</p>".encode()),
    "set-cookie": lambda s: ("", {}, b"", {"Set-Cookie": f"a={quote(s)}"}, b""),
    "location": lambda s: ("", {}, b"", {"Location": f"https://x.example/{quote(s)}?a={quote(s, safe='')}"}, b""),
    "location userinfo": lambda s: ("", {}, b"", {"Location": f"https://u:{quote(s, safe='')}@x.example/"}, b""),
    "response header": lambda s: ("", {}, b"", {"X-Debug": s}, b""),
    "base64 in response": lambda s: (
        "",
        {},
        b"",
        {"Content-Type": BCE},
        j({"n": base64.b64encode(b"x" + s.encode()).decode()}),
    ),
    "gzip in base64": lambda s: (
        "",
        {},
        b"",
        {"Content-Type": BCE},
        j({"n": base64.b64encode(gzip.compress(s.encode())).decode()}),
    ),
    "userinfo": lambda s: (("userinfo", s), {}, b"", {}, b""),
}


def views(data):
    """The bytes in clear and through every decoding this test knows, three deep: no code of the package."""
    seen, queue = {data}, [data]
    for _ in range(3):
        fresh = []
        for text in queue:
            plain = text.decode("utf-8", "replace")
            found = [
                unquote(plain).encode(),
                plain.encode().decode("raw_unicode_escape", "replace").encode("utf-8", "replace"),
            ]
            found.append(re.sub(r'\\([\\/"])', r"\1", plain).encode())
            for run in re.findall(rb"[A-Za-z0-9+/_-]{12,}={0,2}", text):
                try:
                    found.append(base64.b64decode(run.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=") + b"=="))
                except binascii.Error:
                    continue
            found.extend(bytes.fromhex(run.decode()) for run in re.findall(rb"(?:[0-9a-f]{2}){8,}", text))
            for start in (at.start() for at in re.finditer(rb"\x1f\x8b", text)):
                try:
                    found.append(gzip.decompress(text[start:]))
                except (OSError, EOFError, zlib.error):
                    continue
            fresh += [each for each in found if each not in seen]
            seen.update(found)
        queue = fresh
    return seen


def holds(data, secret):
    return any(secret.encode() in view or secret.encode() in view.replace(b"\\", b"") for view in views(data))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_a_seeded_secret_reaches_no_file(tmp_path, kit, kind, place):
    secret = KINDS[kind]
    credentials = Credentials(KINDS["access key id"], SK, TOKEN)
    suffix, asked, body, answered, content = PLACES[place](secret)
    userinfo, suffix = (f"me:{quote(suffix[1], safe='')}@", "") if isinstance(suffix, tuple) else ("", suffix)
    request = Request("PUT", f"http://{userinfo}bcc.bj.baidubce.com/v1/vpc{suffix}", asked, body)
    path, said = tmp_path / "c.json", ""
    try:
        with open_cassette(
            path,
            "record",
            foreign=False,
            credentials=credentials,
            clock=lambda: kit.now,
            secrets={"password": KINDS["password"]},
        ) as cassette:
            answer = cassette.transport(lambda _: Response(400, answered, content))(request)
            assert answer.body == content, "the caller gets the real answer"
    except (SanitizerError, LeakError) as refused:
        said = f"{refused} {refused!r}"
    assert path.exists() is not bool(said), "either stored, or refused with a word"
    assert secret not in said
    written = b"".join(each.read_bytes() for each in (path, partial_path(path)) if each.exists())
    assert not holds(written, secret), f"{kind} in {place}"


def test_this_test_would_see_a_leak():
    """The finder above finds what it must: otherwise the test proves nothing."""
    for spelled in (
        SK,
        quote(TOKEN),
        base64.b64encode(f"u:{SK}".encode()).decode(),
        json.dumps(json.dumps(TOKEN)),
        SK.encode().hex(),
        base64.b64encode(gzip.compress(SK.encode())).decode(),
    ):
        assert holds(f'{{"a": "{spelled}"}}'.encode(), TOKEN if "Tok" in spelled else SK)


def test_most_places_are_cleaned_rather_than_refused(tmp_path, kit):
    """A recorder that refuses everything leaks nothing and is of no use."""
    cleaned = 0
    for number, (_, place) in enumerate(PLACES.items()):
        suffix, asked, body, answered, content = place(SK)
        target = "" if isinstance(suffix, tuple) else suffix
        path = tmp_path / f"{number}.json"
        try:
            with open_cassette(
                path, "record", foreign=False, credentials=Credentials("k" + "1" * 31, SK), clock=lambda: kit.now
            ) as cassette:
                cassette.transport(lambda _, h=answered, c=content: Response(400, h, c))(
                    Request("PUT", f"http://bcc.bj.baidubce.com/v1/vpc{target}", asked, body)
                )
            cleaned += 1
        except (SanitizerError, LeakError):
            continue
    assert cleaned >= len(PLACES) - 7, cleaned
