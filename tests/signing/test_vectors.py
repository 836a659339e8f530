"""The law against the recorded answers of ten independent implementations, and the published known answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contractkit.signing import EXAMPLE, Authorization, Credentials, authorize, parse_authorization

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "signing.json").read_bytes())


def authorize_case(case: dict) -> Authorization:
    return authorize(
        method=case["method"],
        path=case["path"],
        query=case["query"],
        headers=case["headers"],
        credentials=Credentials(case["access_key_id"], case["secret_access_key"]),
        at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=case["timestamp"]),
        expires_in=case["expiration"],
        signed_headers=case["headers_to_sign"],
    )


def test_no_vector_is_missing():
    """All 198 cases are there, each under its own name."""
    assert len({case["id"] for case in CASES}) == len(CASES) == 198


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_intermediate_value_is_reproduced(case):
    """Canonical request, signing key, signature and signed headers of every vector; the whole value where listed."""
    made = authorize_case(case)
    assert made.canonical_request == case["canonical_request"]
    assert made.signing_key == case["signing_key"]
    assert made.signature == case["signature"]
    assert ";".join(made.signed_headers) == case["signed_headers"]
    if case["headers_to_sign"] is not None:
        assert made.value == case["expected_authorization"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_value_parses_back_into_what_it_was_made_from(case):
    """parse_authorization reads back every value of the vectors."""
    parsed = parse_authorization(case["expected_authorization"])
    assert parsed.access_key_id == case["access_key_id"]
    assert parsed.timestamp.timestamp() == case["timestamp"]
    assert parsed.expires_in == case["expiration"]
    assert parsed.signature == case["signature"]
    expected = case["signed_headers"] if case["headers_to_sign"] is not None else ""
    assert ";".join(parsed.signed_headers) == expected


def test_the_published_known_answer():
    """The documentation's own example, every intermediate value written out here."""
    made = authorize(
        method="PUT",
        path="/v1/test/myfolder/readme.txt",
        query=[("partNumber", "9"), ("uploadId", "a44cc9bab11cbd156984767aad637851")],
        headers={
            "Host": "bj.bcebos.com",
            "Content-Type": "text/plain",
            "Content-Length": "8",
            "Content-Md5": "NFzcPqhviddjRNnSOGo4rw==",
            "x-bce-date": "2015-04-27T08:23:49Z",
        },
        credentials=EXAMPLE,
        at=datetime(2015, 4, 27, 8, 23, 49, tzinfo=UTC),
    )
    assert made.signing_key == "1d5ce5f464064cbee060330d973218821825ac6952368a482a592e6615aef479"
    assert made.canonical_request == (
        "PUT\n/v1/test/myfolder/readme.txt\npartNumber=9&uploadId=a44cc9bab11cbd156984767aad637851\n"
        "content-length:8\ncontent-md5:NFzcPqhviddjRNnSOGo4rw%3D%3D\ncontent-type:text%2Fplain\n"
        "host:bj.bcebos.com\nx-bce-date:2015-04-27T08%3A23%3A49Z"
    )
    assert made.signature == "d74a04362e6a848f5b39b15421cb449427f419c95a480fd6b8cf9fc783e2999e"
    assert made.value == (
        f"bce-auth-v1/{'a' * 32}/2015-04-27T08:23:49Z/1800/"
        f"content-length;content-md5;content-type;host;x-bce-date/{made.signature}"
    )
