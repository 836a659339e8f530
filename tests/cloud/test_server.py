"""The cloud as a real server: HTTP and TLS, connections cut for real, threads, signals, and nothing left behind."""

import asyncio
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
import requests

from contractkit.adapters.requests import RequestsAuth
from contractkit.cloud import ReferenceCloud, Weather, cutting, delaying
from contractkit.cloud.gates import MAX_BODY
from contractkit.cloud.server import TlsFiles, serve
from contractkit.errors import ConfigurationError
from contractkit.message import Request
from contractkit.signing import EXAMPLE, sign

VPC = {"name": "n", "cidr": "10.0.0.0/16"}
OWNER = "a0" * 16


@pytest.fixture
def make_served():
    """Serve clouds that run on the real clock; none may have broken by the end of the test."""
    clouds = []

    def make(*plan, **options):
        clouds.append(ReferenceCloud(weather=Weather(plan)))
        return serve(clouds[-1], **options), clouds[-1]

    yield make
    assert [each.failures for each in clouds] == [()] * len(clouds)


def post_vpc(session, served, token="t", **options):  # noqa: S107 - a clientToken
    url = f"{served.base_url}/v1/vpc?clientToken={token}"
    return session.post(url, json=VPC, auth=RequestsAuth(EXAMPLE), timeout=5, **options)


def test_a_client_is_served_over_http(make_served):
    serving, cloud = make_served()
    with serving as served, requests.Session() as session:
        created = post_vpc(session, served)
        listed = session.get(f"{served.base_url}/v1/vpc", auth=RequestsAuth(EXAMPLE), timeout=5)
    assert created.status_code == 200
    assert listed.json()["vpcs"][0]["vpcId"] == created.json()["vpcId"]
    assert created.headers["Server"] == "BWS"
    assert created.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert len(cloud.resources(OWNER, "vpc")) == 1


def test_the_signature_covers_what_was_on_the_wire(make_served):
    """Escapes a client may choose otherwise, UTF-8 in names, and `?flag` are verified over the raw target."""
    serving, cloud = make_served()
    with serving as served, closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)) as connection:
        vpc = _send(connection, served, "POST", "/v1/vpc", {**VPC, "name": "网络"})["vpcId"]
        _send(connection, served, "PUT", f"/v1/vpc/{vpc.replace('-', '%2d')}?modifyAttribute", {"name": "n"})
        _send(connection, served, "GET", "/v1/vpc?stray=%e7%bd%91+%2B%20x", None)
        # Decoded, this would be a path with a query.
        _send(connection, served, "GET", "/v1/vpc/vpc%3Fbind", None, expected=404)
    assert cloud.resources(OWNER, "vpc")[0]["name"] == "n"


def _send(connection, served, method, target, body, *, expected=200):
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    request = Request(method, served.base_url + target, {"Content-Type": "application/json"}, raw)
    signed = sign(request, EXAMPLE, at=datetime.now(UTC))
    connection.request(method, signed.target, raw, dict(signed.headers))
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == expected, content
    return json.loads(content) if content else None


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_cut_connection_reaches_the_client_as_one(make_served, after_commit):
    serving, cloud = make_served(cutting("vpc.create_vpc", occurrences=[1], after_commit=after_commit))
    with serving as served, requests.Session() as session:
        with pytest.raises(requests.ConnectionError):
            post_vpc(session, served)
        assert len(cloud.resources(OWNER, "vpc")) == int(after_commit)
        assert post_vpc(session, served).status_code == 200
    assert len(cloud.resources(OWNER, "vpc")) == 1
    assert len(cloud.weather.met) == 1


def test_a_delay_holds_up_one_client_and_no_other(make_served):
    serving, _ = make_served(delaying(0.4, "eip.list_eips"))
    order = []
    with serving as served, ThreadPoolExecutor(2) as pool:

        def read(service):
            requests.get(f"{served.base_url}/v1/{service}", auth=RequestsAuth(EXAMPLE), timeout=5).raise_for_status()
            order.append(service)

        slow = pool.submit(read, "eip")
        pool.submit(read, "vpc").result()
        slow.result()
    assert order == ["vpc", "eip"]


def test_a_body_too_large_is_answered(make_served):
    serving, _ = make_served()
    with serving as served:
        answer = requests.post(f"{served.base_url}/v1/vpc", data=b"x" * (MAX_BODY * 3), timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidHTTPRequest")


def test_sixteen_threads_with_one_token_make_one_thing(make_served):
    serving, cloud = make_served()
    with serving as served, ThreadPoolExecutor(16) as pool:

        def work(number):
            with requests.Session() as session:
                shared = post_vpc(session, served, "shared").json()["vpcId"]
                own = [post_vpc(session, served, f"{number}-{each}").json()["vpcId"] for each in range(3)]
            return shared, own

        done = list(pool.map(work, range(16)))
    assert len({shared for shared, _ in done}) == 1
    assert len({each for _, own in done for each in own}) == 48
    assert len(cloud.resources(OWNER, "vpc")) == 49


@pytest.fixture
def hasty():
    """Let threads interrupt each other after every few steps."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_sixteen_threads_in_process_make_one_thing_for_each_token(make_caller, hasty):
    caller = make_caller()
    prepared = [caller.prepare("vpc.create_vpc", **VPC, clientToken=f"t{each}") for each in range(20)]
    requests_ = [sign(each, EXAMPLE, at=caller.clock()) for each in prepared for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(caller.cloud.handle, requests_))
    assert [each.status for each in answers] == [200] * 320
    assert len({each.body for each in answers}) == 20
    assert len(caller.cloud.resources(OWNER, "vpc")) == 20


def test_tls_is_served_under_a_ca_of_its_own(make_served):
    serving, cloud = make_served(tls=True)
    with serving as served, requests.Session() as session:
        assert served.base_url.startswith("https://127.0.0.1:")
        assert post_vpc(session, served, verify=str(served.ca_path)).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            post_vpc(session, served)
        assert _peer_of("bcc.gz.baidubce.com", served)
        with pytest.raises(ssl.SSLCertVerificationError):
            _peer_of("elsewhere.example", served)
    assert not served.ca_path.exists()
    assert len(cloud.resources(OWNER, "vpc")) == 1


def _peer_of(name, served):
    """The certificate that a client sees who believes to talk to `name`."""
    context = ssl.create_default_context(cafile=served.ca_path)
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return secure.getpeercert()


def test_only_this_machine_is_served_unless_allowed(make_served):
    for host in ("0.0.0.0", "::", "example.com", "10.0.0.1"):  # noqa: S104 - refused, which is the point
        serving, _ = make_served(host=host)
        with pytest.raises(ConfigurationError, match="other machines"), serving:
            pass
    serving, _ = make_served(host="0.0.0.0", allow_remote=True)  # noqa: S104 - allowed, and closed at once
    with serving as served:
        assert served.port


def test_a_port_that_is_taken_is_told(make_served):
    serving, _ = make_served()
    with serving as served:
        second, _ = make_served(port=served.port)
        with pytest.raises(ConfigurationError, match="choose another"), second:
            pass


def test_unusable_tls_files_are_told(make_served, tmp_path):
    files = TlsFiles(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    serving, _ = make_served(tls=files)
    with pytest.raises(ConfigurationError, match="TLS"), serving:
        pass


def test_nothing_is_left_behind(make_served):
    before = set(threading.enumerate())
    serving, _ = make_served()
    with serving as served:
        requests.get(f"{served.base_url}/v1/vpc", timeout=5)
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), timeout=1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_announces_itself_in_one_line_and_stops_on_a_signal(number):
    program = "from contractkit.cloud import *; from contractkit.cloud.server import run; import sys; sys.exit(run(ReferenceCloud()))"
    command = [sys.executable, "-W", "error", "-u", "-c", program]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        base_url = process.stdout.readline().strip()
        assert requests.get(f"{base_url}/v1/vpc", timeout=5).status_code == 403
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_application_speaks_lifespan_and_ends_an_answer_early_where_it_cannot_cut():
    async def talk(app, scope, events):
        sent, queue = [], iter(events)

        async def receive():
            return next(queue)

        async def send(event):
            sent.append(event)

        await app(scope, receive, send)
        return sent

    app = ReferenceCloud(weather=Weather([cutting()])).asgi
    lived = asyncio.run(talk(app, {"type": "lifespan"}, [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]))
    assert [each["type"] for each in lived] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    scope = {"type": "http", "method": "GET", "path": "/v1/vpc", "headers": [(b"host", b"h")], "query_string": b""}
    ended = asyncio.run(talk(app, scope, [{"type": "http.request"}]))
    assert [each["type"] for each in ended] == ["http.response.start"]
    assert ended[0]["headers"] == [(b"content-length", b"1")]
