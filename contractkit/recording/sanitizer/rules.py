"""The numbered rules of the sanitizer: what each does, whether it can be switched, and samples that prove it.

`VERSION` and the switches are written into every cassette, so that a file tells which rules made it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from contractkit.message import Interaction

__all__ = ["RULES", "VERSION", "OwnRule", "Rule", "Sample"]

VERSION: Final = 2

OwnRule = Callable[[Interaction], Interaction]
"""A caller's rule, run before the numbered ones; it must be idempotent."""


@dataclass(frozen=True)
class Sample:
    """One interaction in short. `text` is what the rule must remove (true sample) or must leave (false sample).

    `refused` says that it does so by refusing the interaction, `marked` are pointers that the contract calls secret.
    The request is signed with nothing; the run's credentials are 0123456789abcdef and fedcba9876543210, each twice.
    """

    text: str
    query: str = ""
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: Any = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: Any = None
    path: str = "/v1/vpc"
    userinfo: str = ""
    status: int = 200
    refused: bool = False
    marked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule. `required` ones cannot be switched off; `default` False ones must be switched on."""

    id: str
    what: str
    removes: tuple[Sample, ...]
    leaves: tuple[Sample, ...] = ()
    required: bool = False
    default: bool = True


_HEX: Final = "5bb1c2d3e4f5061728394a5b6c7d8e9f"
_CIPHERTEXT: Final = "bfbc049cf7c49c4689d38dc5f91a8688"  # of Hunter2! under the secret key of the samples
_SIGNED: Final = f"bce-auth-v1/{_HEX}/2020-01-01T00:00:00Z/1800//{'7e' * 32}"
_UUID: Final = "6f1a8b52-99d4-4c7a-b7a0-3c31b95e8d11"
_TEXT: Final = (("Content-Type", "text/plain"),)
_JSON: Final = (("Content-Type", "application/json;charset=UTF-8"),)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "CK-URL-001",
        "The URL is rebuilt with https and the documented host; userinfo and port are gone",
        removes=(Sample("pass-in-url", userinfo="me:pass-in-url@"), Sample("me:", userinfo="me:@")),
        leaves=(Sample("/v1/vpc/vpc-abc123", path="/v1/vpc/vpc-abc123"),),
        required=True,
    ),
    Rule(
        "CK-HDR-001",
        "Of the request headers only those that the protocol names are kept",
        removes=(
            Sample("agent/9", request_headers=(("User-Agent", "agent/9"),)),
            Sample("c=1", request_headers=(("Cookie", "c=1"),)),
            Sample("stsvalue", request_headers=(("X-Bce-Security-Token", "stsvalue"),)),
        ),
        leaves=(Sample("application/json", request_headers=_JSON),),
        required=True,
    ),
    Rule(
        "CK-HDR-002",
        "Of the response headers only content-type, x-bce-request-id, location, allow and retry-after are kept",
        removes=(
            Sample("BWS", response_headers=(("Server", "BWS"),)),
            Sample("sid=42", response_headers=(("Set-Cookie", "sid=42"),)),
        ),
        leaves=(Sample("charset=UTF-8", response_headers=_JSON),),
        required=True,
    ),
    Rule(
        "CK-HDR-003",
        "A URL in Location loses its userinfo and the values of secret items in query and fragment",
        removes=(
            Sample("loc-pass", response_headers=(("Location", "http://u:loc-pass@x.example/p"),)),
            Sample("loc-token", response_headers=(("Location", "/next?accessToken=loc-token"),)),
            Sample("loc-token", response_headers=(("Location", "/next#access_token=loc-token&a=1"),)),
        ),
        leaves=(Sample("/next?page=2", response_headers=(("Location", "/next?page=2"),)),),
    ),
    Rule(
        "CK-HDR-004",
        "A Retry-After given as a date becomes seconds from the answer; one given as a number stays",
        removes=(Sample("01 May 2026", response_headers=(("Retry-After", "Fri, 01 May 2026 01:02:33 GMT"),)),),
        leaves=(
            Sample("1.5", response_headers=(("Retry-After", "1.5"),)),
            Sample("120", response_headers=(("Retry-After", "120"),)),
        ),
    ),
    Rule(
        "CK-QRY-001",
        "The query items authorization and x-bce-security-token are dropped, in any letter case",
        removes=(
            Sample("presigned", query="Authorization=presigned"),
            Sample("sts1", query="x-bce-security-token=sts1"),
        ),
        leaves=(Sample("maxKeys=10", query="maxKeys=10"),),
        required=True,
    ),
    Rule(
        "CK-SEC-001",
        "Members that the contract marks as secret get a stand-in, in requests and responses",
        removes=(
            Sample("Hunter2!", request_body={"users": [{"hush": "Hunter2!"}]}, marked=("/users/*/hush",)),
            Sample("Hunter2!", response_body={"hush": "Hunter2!"}, marked=("/hush",)),
        ),
        leaves=(Sample("Hunter2!", request_body={"hush": "Hunter2!"}, marked=("/users/*/hush",)),),
    ),
    Rule(
        "CK-SEC-002",
        "Members with the name of a secret get a stand-in: any letter case, plural, any depth, nested JSON, forms, query, "
        "and `name: value` inside texts, in base64 too",
        removes=(
            Sample("Hunter2!", request_body={"adminPass": "Hunter2!"}),
            Sample("Hunter2!", request_body={"users": [{"deep": {"NEW_PASSWORD": "Hunter2!"}}]}),
            Sample("Hunter2!", request_body={"userData": '{"secret-key":"Hunter2!"}'}),
            Sample("Hunter2!", response_body={"vpnConns": [{"secretKey": "Hunter2!"}]}),
            Sample("Hunter2!", request_body={"passwords": ["Hunter2!"]}),
            Sample("Hunter2!", request_body={"userData": "#cloud-config\npassword: Hunter2!"}),
            Sample("cGFzc3dvcmQ6IEh1bnRlcjIh", request_body={"userData": "cGFzc3dvcmQ6IEh1bnRlcjIh"}),
            Sample("Hunter2!", path="/v1/vpc;password=Hunter2!"),
            Sample("Hunter2!", query="ACCESSTOKEN=Hunter2%21"),
            Sample("Hunter2", query="a=1;password=Hunter2%21"),
            Sample(
                "Hunter2",
                request_headers=(("Content-Type", "application/x-www-form-urlencoded"),),
                request_body=b"name=x&password=Hunter2%21",
            ),
        ),
        leaves=(
            Sample("private-zone", request_body={"name": "private-zone"}),
            Sample("page-2", response_body={"nextMarker": "page-2", "maxKeys": 1000}),
            Sample("tokenize", request_body={"description": "tokenize"}),
            Sample("password: required", response_body={"message": "password: required"}),
        ),
    ),
    Rule(
        "CK-SEC-003",
        "A password ciphertext made under a key of the run becomes the ciphertext of a throw-away password",
        # Without the rule its stand-in would be a password in clear, which no server could decrypt.
        removes=(Sample("!Example_Pass1", request_body={"adminPass": _CIPHERTEXT}),),
        leaves=(Sample("!Example_Pass1", request_body={"adminPass": "Hunter2!"}),),
    ),
    Rule(
        "CK-VAL-001",
        "Credentials of the run, and secrets and stand-ins learnt from named members, are replaced wherever they stand",
        removes=(
            Sample("Hunter2!", request_body={"password": "Hunter2!"}, response_body={"message": "bad Hunter2! given"}),
            Sample("Hunter2!", request_body={"password": "Hunter2!", "note": "x Hunter2! y"}),
        ),
        leaves=(Sample("ordinary", response_body={"message": "ordinary"}),),
        required=True,
    ),
    Rule(
        "CK-VAL-002",
        "Authorization values and access keys of known form are replaced in any text",
        removes=(
            Sample(_HEX, response_body={"message": f"got bce-auth-v1/{_HEX}/2020-01-01T00:00:00Z/1800//{_HEX * 2}"}),
            Sample("Q8fzk3", response_body={"message": "key ALTAK-8fQ8fzk3wE"}),
            Sample("c29tZXRoaW5n", response_body={"message": "Basic c29tZXRoaW5nLXNlY3JldA=="}),
        ),
        leaves=(Sample("basic setup", response_body={"message": "basic setup"}),),
        required=True,
    ),
    Rule(
        "CK-ALIAS-001",
        "A clientToken becomes token-1, token-2 by first sight; equal stays equal",
        removes=(
            Sample(_UUID, query=f"clientToken={_UUID}"),
            Sample(_UUID, query=f"clienToken={_UUID}"),
            Sample(_UUID, query=f"clientToken={_UUID}", response_body={"message": f"token {_UUID} used"}),
        ),
        leaves=(Sample("token-7", query="clientToken=token-7"),),
    ),
    Rule(
        "CK-ALIAS-002",
        "A request id becomes a UUID that counts; header and body agree",
        removes=(
            Sample(_UUID, response_headers=(("x-bce-request-id", _UUID),)),
            Sample(_UUID, response_body={"requestId": _UUID, "code": "NoSuchObject", "message": "m"}, status=404),
        ),
        leaves=(Sample("NoSuchObject", response_body={"requestId": _UUID, "code": "NoSuchObject"}),),
    ),
    Rule(
        "CK-ALIAS-003",
        "A 32-digit id in a member like accountId or userId becomes 32 digits that count",
        removes=(
            Sample(_HEX, response_body={"accountId": _HEX}),
            Sample(_HEX, request_body={"peerAccountId": _HEX}),
            Sample(_HEX, request_body={"accountIds": [_HEX]}),
        ),
        leaves=(Sample("ssl-user-1", response_body={"userId": "ssl-user-1"}),),
    ),
    Rule(
        "CK-ALIAS-004",
        "A time that the cloud minted becomes the instant of the exchange, or whole days from it; format kept",
        removes=(
            Sample("2021-04-10T11:40:57Z", response_body={"createTime": "2021-04-10T11:40:57Z"}),
            Sample("2021-09-20 11:00:31", response_body={"list": [{"t": "2021-09-20 11:00:31"}]}),
        ),
        leaves=(
            Sample("2021-04-10", response_body={"day": "2021-04-10"}),
            Sample("2030-01-01T00:00:00Z", request_body={"startTime": "2030-01-01T00:00:00Z"}),
        ),
    ),
    Rule(
        "CK-ALIAS-005",
        "A resource id that the cloud minted becomes one that counts, prefix and length kept",
        removes=(Sample("vpc-IyWRtII7", response_body={"vpcId": "vpc-IyWRtII7"}),),
        leaves=(
            Sample("vpc-given1234", path="/v1/vpc/vpc-given1234", response_body={"vpcId": "vpc-given1234"}),
            Sample("my-IyWRtII7", response_body={"name": "my-IyWRtII7"}),
        ),
        default=False,
    ),
    Rule(
        "CK-TXT-001",
        "A request body that says it is JSON and is not is kept as text only when the answer is 4xx; a response never; "
        "text that names a secret is not stored at all",
        removes=(
            Sample("Hunter2!", request_headers=_JSON, request_body=b'{"note": "Hunter2!"', refused=True),
            Sample("Hunter2!", response_headers=_JSON, response_body=b'{"note": "Hunter2!"', refused=True),
            Sample("Hunter2!", response_headers=_TEXT, response_body=b"password: Hunter2!", refused=True),
        ),
        leaves=(
            Sample("cidr", request_headers=_JSON, request_body=b'{"cidr": "10', status=400),
            Sample("moved", response_headers=_TEXT, response_body=b"the zone was moved"),
        ),
        required=True,
    ),
    Rule(
        "CK-AUTH-001",
        "A right signature is made again under the example credentials; a wrong one keeps its shape and stays wrong; "
        "other schemes keep their name only",
        removes=(
            Sample("QWxhZGRpbjpvcGVu", request_headers=(("Authorization", "Basic QWxhZGRpbjpvcGVu"),)),
            Sample("eyJhbGciOi", request_headers=(("Authorization", "Bearer eyJhbGciOi"),)),
            Sample(_HEX, request_headers=(("Authorization", f"bce-auth-v2/{_HEX}/20200101/bj/bts/host/{_HEX}"),)),
        ),
        leaves=(
            Sample(
                "/1800/host;x-bce-date/",
                request_headers=(("Authorization", _SIGNED.replace("//", "/host;x-bce-date/")),),
            ),
        ),
        required=True,
    ),
    Rule(
        "CK-AUTH-002",
        "The signature of a request, and the signing key behind it, are replaced wherever an answer repeats them",
        removes=(
            Sample(
                "7e" * 32,
                request_headers=(("Authorization", _SIGNED),),
                response_body={"code": "SignatureDoesNotMatch", "message": f"got {'7e' * 32}"},
            ),
        ),
        leaves=(Sample("4d" * 32, request_headers=(("Authorization", _SIGNED),), response_body={"etag": "4d" * 32}),),
    ),
)
