"""Secrets of a recording with keys of one's own reach nothing that is written, printed or logged by this project."""

import base64
import json
from urllib.parse import quote

import pytest

from contractkit.message import Headers, Request, encode_json
from contractkit.passwords import encrypt_password
from contractkit.recording.cassette import EPOCH
from contractkit.signing import EXAMPLE, Credentials, verify

OWN = Credentials(
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "5566778899aabbccddeeff0011223344", "session+token/of=mine==0123456789"
)
PASSWORD = "Tr0ub4dor&3 +/=%"
SECRETS = {
    "access key id": OWN.access_key_id,
    "secret access key": OWN.secret_access_key,
    "session token": OWN.session_token,
    "password": PASSWORD,
    "ciphertext": encrypt_password(PASSWORD, OWN.secret_access_key),
}

# The repository under test reads its secrets from the environment, as it should: nothing here is one.
CONFTEST = """
import json
import os
import pytest

from contractkit import Client, Credentials, ReferenceCloud, encrypt_password, open_cassette
from contractkit.adapters.requests import RequestsTransport
from contractkit.cloud.accounts import Account
from contractkit.cloud.server import serve

def read():
    return json.loads(os.environ["OWN_SECRETS"])

@pytest.fixture
def own(request):
    # The official SDK sends no session token for these services.
    token = None if request.node.name == "test_foreign_clients" else read()["session token"]
    return Credentials(read()["access key id"], read()["secret access key"], token)

@pytest.fixture
def url(own):
    with serve(ReferenceCloud(accounts={own: Account("0123456789abcdef" * 2)})) as served:
        yield served.base_url

@pytest.fixture
def cassette(own, request):
    path = "cassettes/" + request.node.name + ".json"
    with open_cassette(path, "record", credentials=own, secrets={"password": read()["password"]}) as opened:
        yield opened

@pytest.fixture
def client(own, url, cassette):
    with RequestsTransport() as transport:
        yield Client(own, endpoint=url, transport=cassette.transport(transport))
"""

TESTS = """
import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from conftest import read
from contractkit import Credentials, HttpxAuth, RequestsAuth, sign
from contractkit.message import Request, encode_json
from contractkit.passwords import encrypt_password

def planted(client, **body):
    return client.prepare("vpc.create_vpc", {"name": "app", "cidr": "10.0.0.0/16"}).replace(body=encode_json(
        {"name": "app", "cidr": "10.0.0.0/16", **body}))

def test_right_requests(client):
    client.vpc.create_vpc(name="app", cidr="10.0.0.0/16")
    assert len(client.vpc.list_vpcs()["vpcs"]) == 1

def test_members(client, own):
    secret = read()
    for body in (
        {"adminPass": secret["password"]},
        {"adminPass": secret["ciphertext"], "note": secret["ciphertext"]},
        {"deep": [{"NEW_PASSWORD": secret["password"]}], "userData": '{"secret-key": "%s"}' % secret["secret access key"]},
        {"description": "my password is " + secret["password"]},
        {"description": secret["secret access key"] + " " + secret["session token"]},
        {"description": "x" + secret["secret access key"] + "x" + secret["access key id"]},
    ):
        client.exchange(planted(client, **body))

def test_query_and_headers(client, url, own):
    secret = read()
    at = datetime.now(UTC)
    for query in ("password=" + quote(secret["password"], safe=""), "x-bce-security-token=" + quote(own.session_token, safe=""),
                  "note=" + own.secret_access_key, "clientToken=" + own.access_key_id):
        client.exchange(sign(Request("GET", url + "/v1/vpc?" + query), own, at=at), sign=False)
    headers = {"Cookie": own.session_token, "User-Agent": "me/" + own.access_key_id, "X-Password": quote(secret["password"])}
    client.exchange(sign(Request("GET", url + "/v1/vpc", headers), own, at=at), sign=False)
    client.exchange(sign(Request("GET", url + "/v1/vpc/" + own.access_key_id), own, at=at), sign=False)

def test_wrong_requests(client, url, own):
    at = datetime.now(UTC)
    bare = Request("GET", url + "/v1/vpc")
    wrong = [
        sign(bare, Credentials(own.access_key_id, "0" * 32, own.session_token), at=at),
        sign(bare, Credentials(own.secret_access_key, own.access_key_id), at=at),
        sign(bare, own, at=at - timedelta(hours=2)),
        bare.replace(headers=bare.headers.set("Authorization", "Bearer " + own.session_token)),
        bare.replace(headers=bare.headers.set("Authorization", "bce-auth-v1/" + own.access_key_id)),
        bare,
    ]
    for request in wrong:
        assert client.exchange(request, sign=False).status in (400, 403)

def test_foreign_clients(cassette, url, own):
    import httpx
    import requests
    from baidubce.auth.bce_credentials import BceCredentials
    from baidubce.bce_client_configuration import BceClientConfiguration
    from baidubce.services.vpc.vpc_client import VpcClient

    keys = BceCredentials(own.access_key_id, own.secret_access_key)
    sdk = VpcClient(BceClientConfiguration(credentials=keys, endpoint=url))
    sdk.create_vpc("app", "10.0.0.0/16", description=read()["password"])
    requests.get(url + "/v1/vpc", auth=RequestsAuth(own), timeout=5)
    with httpx.Client(base_url=url, auth=HttpxAuth(own)) as client:
        client.get("/v1/vpc")
"""

FAILING = """
import pytest
from conftest import read
from contractkit.message import encode_json
from contractkit.signing import parse_authorization

def planted(client, **body):
    body = {"name": "app", "cidr": "10.0.0.0/16", **body}
    return client.prepare("vpc.create_vpc", {"name": "app", "cidr": "10.0.0.0/16"}).replace(body=encode_json(body))

def test_refused(client):
    client.vpc.create_vpc(name="app", cidr="10.0.0.0/99", description=read()["password"])

def test_service_error(client):
    client.vpc.get_vpc(vpcId="vpc-none")

def test_asserts(client, own, cassette):
    response = client.send("vpc.list_vpcs", {})
    request = client.prepare("vpc.list_vpcs", {})
    assert (response.status, request, own, cassette, client) is None

def test_guard_refuses(client, own, monkeypatch):
    # The sanitizer is made to fail at its task: the second lock has to hold, and to tell no value.
    from contractkit.recording.sanitizer import values
    monkeypatch.setattr(values._Table, "replace", lambda self, text: text)
    client.exchange(planted(client, description=own.secret_access_key))

def test_miss(own, url):
    from contractkit import Client, open_cassette
    with open_cassette("cassettes/test_right_requests.json", credentials=own, secrets={"password": read()["password"]}) as cassette:
        client = Client(own, endpoint=url, transport=cassette.transport(None))
        client.vpc.create_vpc(name="app", cidr="10.0.0.0/16", description=own.secret_access_key + read()["password"])

def test_unreachable(own, cassette):
    from contractkit import Client
    from contractkit.adapters.requests import RequestsTransport
    with RequestsTransport() as transport:
        client = Client(own, endpoint="http://127.0.0.1:9", transport=cassette.transport(transport), sleep=lambda _: None)
        client.vpc.list_vpcs()

def test_unsignable(own):
    parse_authorization("bce-auth-v1/" + own.access_key_id + "/" + own.secret_access_key)
"""


def spellings(value):
    """A value as it is, percent-encoded, as JSON text, in hex and in base64 at every offset."""
    raw = value.encode()
    yield from {raw, quote(value, safe="").encode(), quote(value).encode(), json.dumps(value)[1:-1].encode(), raw[::-1]}
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for offset in range(3):
        core = base64.b64encode(b"\0" * offset + raw)[(0, 2, 3)[offset] :].rstrip(b"=")[:-1]
        yield from {core, core.translate(bytes.maketrans(b"+/", b"-_"))}


def leaks(text, values=SECRETS):
    """The kinds of secret found in bytes, in any spelling."""
    return sorted({kind for kind, value in values.items() for each in spellings(value) if each in text})


def everything(project, result):
    """All that a run left behind, but for our own tests and what Python compiled of them."""
    yield "stdout", result.stdout.str().encode()
    yield "stderr", result.stderr.str().encode()
    for path in project.root.rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            yield str(path.relative_to(project.root)), path.read_bytes()


@pytest.fixture
def run(project, monkeypatch):
    project.write(conftest=CONFTEST, test_good=TESTS, test_bad=FAILING)
    monkeypatch.setenv("OWN_SECRETS", json.dumps(SECRETS))

    def run(*arguments):
        return project.run(
            "--junitxml=out.xml",
            "--contract-report=out.html",
            "--contract-report=out.json",
            "-W",
            "ignore:datetime.datetime.utcnow:DeprecationWarning",
            *arguments,
        )

    return run


@pytest.mark.parametrize("kind", SECRETS)
def test_the_search_finds_a_secret_in_every_spelling(kind):
    value = SECRETS[kind]
    for spelled in spellings(value):
        assert kind in leaks(b"x" + spelled + b"y")
    assert leaks(base64.b64encode(b"ab" + value.encode() + b"c")) == [kind]
    assert leaks(b"nothing of the kind") == []


def test_a_recording_with_own_keys_holds_no_secret_and_verifies_under_the_example_keys(project, run):
    """Whatever verified as it was sent verifies as it is stored; whatever did not is refused for the same reason."""
    result = run("test_good.py")
    result.assert_outcomes(passed=5)
    assert len(project.names()) == 5
    assert {name: found for name, text in everything(project, result) if (found := leaks(text))} == {}
    assert b"0123456789abcdef" not in b"".join(data for data, _ in project.files().values())

    judged = {
        name.removesuffix(".json"): [(each.get("verdict", ""), judge(each["request"])) for each in interactions]
        for name, interactions in ((name, project.interactions(name)) for name in project.names())
    }
    assert all(stored == found for pairs in judged.values() for stored, found in pairs)
    codes = {name: {found for _, found in pairs} for name, pairs in judged.items()}
    assert codes["test_right_requests"] == codes["test_members"] == codes["test_foreign_clients"] == {""}
    assert {"SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestExpired"} < codes["test_wrong_requests"]


def judge(stored):
    """What verifying a stored request under the published pair says."""
    body = encode_json(stored["json"]) if "json" in stored else stored.get("text", "").encode()
    request = Request(stored["method"], stored["url"], Headers(stored["headers"]), body)
    return verify(request, {EXAMPLE.access_key_id: EXAMPLE}.get, now=EPOCH).code


@pytest.mark.parametrize("arguments", [(), ("-vv", "--showlocals", "--log-level=DEBUG", "-rA")], ids=["plain", "loud"])
def test_failing_tests_show_none_of_their_secrets(project, run, arguments):
    """Not in a message, a traceback with its locals, a captured log, a report or a journal."""
    assert run("test_good.py", "-k", "right").ret == 0
    result = run("test_bad.py", *arguments)
    result.assert_outcomes(failed=7, errors=1)
    shown = result.stdout.str()
    for told in (
        "ArgumentError",
        "NotFoundError|InvalidRequestError",
        "LeakError",
        "CassetteMiss",
        "TransportError",
        "SigningError",
    ):
        assert any(each in shown for each in told.split("|")), told
    assert {name: found for name, text in everything(project, result) if (found := leaks(text))} == {}
