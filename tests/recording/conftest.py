"""Shared by the tests of the recording room: a signed request, an answer, and a small scripted service."""

from __future__ import annotations

import itertools
import json
import threading
from datetime import UTC, datetime

import pytest

from contractkit.contract import load_contract
from contractkit.message import Interaction, Request, Response
from contractkit.signing import Credentials, sign

NOW = datetime(2026, 5, 1, 1, 2, 3, 456000, tzinfo=UTC)
JSON_TYPE = "application/json;charset=UTF-8"


class Kit:
    """What nearly every test here needs."""

    now = NOW
    own = Credentials("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210")
    contract = load_contract()

    def request(
        self, method="GET", target="/v1/vpc", body=None, *, credentials=None, at=NOW, headers=(), host="", **sig
    ):
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        fields = [*headers] or ([("Content-Type", JSON_TYPE)] if raw else [])
        request = Request(method, f"http://{host or 'bcc.bj.baidubce.com'}{target}", fields, raw)
        return sign(request, credentials or self.own, at=at, **sig)

    def response(self, body=None, status=200, headers=(("Content-Type", JSON_TYPE),), request_id="r-1"):
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return Response(status, [*headers, ("x-bce-request-id", request_id), ("Date", "whenever")], raw)

    def interaction(self, request=None, response=None):
        return Interaction(request or self.request(), response or self.response({"vpcs": []}))


class Service:
    """A tiny VPC service: every create gives a new id and honours the clientToken; `calls` counts."""

    def __init__(self, salt=""):
        self.salt = salt
        self.calls = 0
        self._ids = itertools.count(1)
        self._tokens: dict[str, Response] = {}
        self._lock = threading.Lock()

    def __call__(self, request):
        with self._lock:
            self.calls += 1
            token = request.query_value("clientToken")
            if token in self._tokens:
                return self._tokens[token]
            answer = self._answer(request)
            if token:
                self._tokens[token] = answer
            return answer

    def _answer(self, request):
        number = next(self._ids)
        headers = [
            ("Content-Type", JSON_TYPE),
            ("x-bce-request-id", f"{self.salt}-request-{number}"),
            ("Date", f"{self.salt} {number}"),
            ("Server", "BWS"),
        ]
        if request.method == "POST":
            body = {"vpcId": f"vpc-{self.salt:a<4.4}{number:04d}"}
        else:
            body = {"vpcs": [], "isTruncated": False, "maxKeys": 1000, "marker": request.target}
        return Response(200, headers, json.dumps(body).encode())


@pytest.fixture(scope="session")
def kit():
    return Kit()


@pytest.fixture(scope="session")
def service():
    return Service
