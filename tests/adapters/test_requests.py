"""The requests adapter over real loopback HTTP: signatures arrive, answers come back whole, failures are told apart."""

from __future__ import annotations

import io
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from contractkit.adapters.requests import (
    RequestsAuth,
    RequestsTransport,
    TapeAdapter,
    from_request,
    to_request,
    to_response,
)
from contractkit.errors import CassetteMiss, ConfigurationError, TransportError
from contractkit.message import Request, Response
from contractkit.signing import EXAMPLE, Credentials, sign, verify

HARD = "/v1/vpc/%E4%BE%8B%20b?bind&name=a%2Bb%20c&marker="


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def live(url: str, method: str = "GET", **parts: object) -> Request:
    return sign(Request(method, url, **parts), EXAMPLE, at=datetime.now(UTC))


def test_what_requests_sends_with_the_auth_verifies(server, session):
    """Path, query, port, body and headers as requests writes them on the wire arrive with a right signature."""
    for method, parts in [
        ("GET", {}),
        ("PUT", {"json": {"name": "例"}}),
        ("POST", {"data": "text=é", "params": {"q": "a b", "bind": ""}}),
        ("POST", {"data": iter([b"a", b"b"])}),
        ("DELETE", {"headers": {"x-bce-note": b"caf\xc3\xa9"}}),
        ("DELETE", {"headers": {"x-bce-note": "caf\xe9"}}),
    ]:
        answer = session.request(method, server.url + HARD, auth=RequestsAuth(EXAMPLE), **parts)
        assert (answer.status_code, answer.text) == (200, "verified")


def test_header_text_is_signed_as_the_bytes_that_are_sent(server, session):
    """UTF-8 bytes sign as their text, and Latin-1 text, which requests sends as one byte, as that byte."""
    for value, signed in ((b"caf\xc3\xa9", "caf%C3%A9"), ("caf\xe9", "caf%E9")):
        session.get(server.url + "/", auth=RequestsAuth(EXAMPLE), headers={"x-bce-note": value})
        verdict = verify(server.received[-1], lambda _: EXAMPLE, now=datetime.now(UTC))
        assert f"x-bce-note:{signed}" in verdict.canonical_request


def test_text_that_requests_cannot_send_is_left_for_it_to_refuse(session):
    """A header beyond Latin-1 as text is what requests itself refuses, so it is not signed as something else."""
    with pytest.raises(UnicodeEncodeError):
        session.get("http://127.0.0.1:9/", auth=RequestsAuth(EXAMPLE), headers={"x-bce-note": "例"})


def test_our_text_is_sent_as_utf8(server):
    """A request of ours with text beyond ASCII in a header verifies on the other side."""
    for text in ("例", "caf\xe9", "caf\udce9"):
        with RequestsTransport() as send:
            assert send(live(server.url + "/", headers={"x-bce-note": text})).body == b"verified"


def test_the_auth_signs_with_its_clock_expiry_list_and_token(server, session):
    """Clock, expiry, header list and session token of the caller end up in the request."""
    temporary = Credentials("a" * 32, "b" * 32, "token")
    server.credentials = {"a" * 32: temporary}
    now = datetime.now(UTC) - timedelta(minutes=5)
    auth = RequestsAuth(temporary, clock=lambda: now, expires_in=600, signed_headers=["host"])
    assert session.get(server.url + "/", auth=auth).text == "verified"
    sent = server.received[-1]
    assert "/600/host;x-bce-security-token/" in sent.headers.get("authorization")
    assert sent.headers.get("x-bce-security-token") == "token"
    assert "b" * 32 not in repr(auth)


def test_signing_a_request_again_renews_its_date():
    """A prepared request that is signed twice carries the second instant in both places."""
    prepared = requests.Request("GET", "http://h/").prepare()
    for second in (0, 1):
        RequestsAuth(EXAMPLE, clock=lambda at=datetime(2025, 1, 1, 0, 0, second, tzinfo=UTC): at)(prepared)
    assert prepared.headers["x-bce-date"] == "2025-01-01T00:00:01Z"
    assert "/2025-01-01T00:00:01Z/" in prepared.headers["Authorization"]


def test_a_redirect_carries_no_signature_and_no_token(server, session):
    """Following a redirect leaves signature, date and session token behind and names the new host."""
    server.credentials = {}
    auth = RequestsAuth(Credentials("a" * 32, "b" * 32, "token"))
    session.get(server.url + "/moved", auth=auth)
    first, second = server.received
    assert first.headers.has("x-bce-security-token")
    assert second.headers.get("host") == f"localhost:{server.server_port}"
    for name in ("authorization", "x-bce-date", "x-bce-security-token"):
        assert not second.headers.has(name)


def test_the_transport_sends_a_request_as_it_stands(server):
    """Method, target, headers and body arrive unchanged; repeats of response headers stay."""
    with RequestsTransport() as send:
        request = live(server.url + HARD, "PUT", headers={"x-bce-note": "1"}, body=b"{}")
        answer = send(request)
    assert (answer.status, answer.body) == (200, b"verified")
    assert answer.headers.get_all("x-a") == ("1", "2")
    arrived = server.received[-1]
    assert (arrived.method, arrived.target, arrived.body) == ("PUT", request.target, b"{}")
    assert {*request.headers} <= {*arrived.headers}


def test_the_transport_undoes_codings_and_follows_nothing(server):
    """Compressed bodies come decoded with a matching length; a redirect is an answer like any other."""
    with RequestsTransport() as send:
        zipped = send(live(server.url + "/zipped", headers={"Accept-Encoding": "gzip"}))
        assert zipped.body == b"plain text" * 100
        assert not zipped.headers.has("content-encoding")
        assert zipped.headers.get("content-length") == "1000"
        moved = send(live(server.url + "/moved"))
        assert (moved.status, moved.body) == (302, b"")
        head = send(live(server.url + "/", "HEAD"))
        assert (head.status, head.body) == (200, b"")
    assert [request.raw_path for request in server.received] == ["/zipped", "/moved", "/"]


def test_the_transport_ignores_the_environment(server, monkeypatch, tmp_path):
    """Neither proxies nor netrc of the machine change where a request goes or who it says it is."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with RequestsTransport() as send:
        send(Request("GET", server.url + "/"))
    assert not server.received[-1].headers.has("authorization")


def test_an_endless_body_is_refused_while_it_arrives(server):
    """33 MiB out of a small compressed body stop at 32 MiB."""
    with RequestsTransport() as send, pytest.raises(TransportError, match="32 MiB") as caught:
        send(live(server.url + "/huge"))
    assert caught.value.sent is True


def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_a_refused_connection_was_not_sent():
    """Nobody listens, or no such host: `sent` is False, and neither query nor header is in the text."""
    for host in (f"127.0.0.1:{unused_port()}", "does-not-exist.invalid"):
        with RequestsTransport() as send, pytest.raises(TransportError, match="check the endpoint") as caught:
            send(live(f"http://{host}/?clientToken=HUSH"))
        assert caught.value.sent is False
        assert caught.value.__cause__ is None
        assert "HUSH" not in str(caught.value)
        assert "bce-auth" not in str(caught.value)


@pytest.mark.parametrize("place", ["/slow", "/cut", "/closed"])
def test_an_answer_that_breaks_off_may_have_been_carried_out(server, place):
    """Read timeout, half a body and no answer at all: `sent` is None."""
    with RequestsTransport(timeout=(1, 0.1)) as send, pytest.raises(TransportError, match="same clientToken") as caught:
        send(live(server.url + place + "?clientToken=HUSH"))
    assert caught.value.sent is None
    assert "HUSH" not in str(caught.value)


def test_an_untrusted_certificate_is_told_from_other_failures(server):
    """TLS to something that speaks none is a TLS failure with a remedy."""
    with RequestsTransport() as send, pytest.raises(TransportError, match="TLS"):
        send(Request("GET", server.url.replace("http", "https") + "/"))


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (Request("GET", "ftp://h/"), "no http or https URL"),
        (Request("GET", "h/v1"), "no http or https URL"),
        (Request("GET", "http:///v1"), "no http or https URL"),
        (Request("GET", "http://h/", [("a", "1"), ("A", "2")]), "header twice"),
        (Request("GET", "http://h/", {"a": "1\r\nb: 2"}), "cannot be sent"),
        (Request("GET", "http://h/", {"例": "1"}), "cannot be sent"),
        (Request("GE T", "http://h/"), "cannot be sent"),
    ],
)
def test_what_requests_cannot_send_is_a_mistake_of_the_caller(request_, says):
    """Unusable URLs and repeated headers are ConfigurationError, before anything is sent."""
    with RequestsTransport() as send, pytest.raises(ConfigurationError, match=says):
        send(request_)


def test_requests_and_responses_survive_translation():
    """There and back, a request and a response are what they were."""
    request = Request("PUT", "http://h/a%20b?bind", {"X-A": "1"}, b"body")
    assert to_request(from_request(request)) == request
    response = Response(299, [("X-A", "1"), ("X-A", "2"), ("Content-Length", "7")], b"body")
    shown = TapeAdapter(lambda *_: response).send(from_request(request))
    assert to_response(shown) == response
    assert TapeAdapter(lambda *_: Response(404)).send(from_request(request)).reason == "Not Found"


@pytest.mark.parametrize(
    "body", [b"ab", "ab", bytearray(b"ab"), io.BytesIO(b"ab"), io.StringIO("ab"), [b"a", "b"], iter([b"a", b"b"])]
)
def test_a_body_that_can_be_read_once_is_put_back(body):
    """Reading a body for the tape does not take it from the network."""
    prepared = requests.Request("POST", "http://h/", data=b"").prepare()
    prepared.body = body
    assert to_request(prepared).body == b"ab"
    assert to_request(prepared).body == b"ab"


def test_a_tape_sees_requests_and_answers_of_the_network(server, session):
    """The exchange gets the signed request, may send it, and what it returns is what the session sees."""
    seen = []

    def exchange(request: Request, send) -> Response:
        seen.append((request, send(request)))
        return seen[-1][1].replace(status=201, headers=[*seen[-1][1].headers, ("X-Tape", "yes")])

    session.mount("http://", TapeAdapter(exchange))
    answer = session.put(server.url + HARD, data=iter([b"{", b"}"]), auth=RequestsAuth(EXAMPLE))
    assert (answer.status_code, answer.reason, answer.text) == (201, "Created", "verified")
    assert answer.headers["x-tape"] == "yes"
    request, response = seen[0]
    assert (request.method, request.body, response.status) == ("PUT", b"{}", 200)
    assert server.received[-1].headers.get("authorization") == request.headers.get("authorization")


def test_a_tape_may_answer_without_the_network_or_send_another_request(server, session):
    """Nothing is sent unless asked for, and a changed request is sent as changed."""
    session.mount("http://replay", TapeAdapter(lambda request, _: Response(200, {}, request.target.encode())))
    assert session.get("http://replay.invalid/a?b", stream=True).text == "/a?b"
    session.mount("http://127", TapeAdapter(lambda _, send: send(live(server.url + "/other"))))
    assert session.get(server.url + "/one").text == "verified"
    assert [request.raw_path for request in server.received] == ["/other"]


def test_a_tape_lets_errors_through(server, session):
    """A miss of the cassette and a failure of the network reach the caller as they are, TransportError over ours."""

    def miss(request: Request, send) -> Response:
        raise CassetteMiss("not recorded")

    session.mount("http://miss", TapeAdapter(miss))
    with pytest.raises(CassetteMiss):
        RequestsTransport(session)(Request("GET", "http://miss/"))
    session.mount("http://127", TapeAdapter(lambda request, send: send(request)))
    with pytest.raises(requests.ConnectionError):
        session.get(f"http://127.0.0.1:{unused_port()}/")
    with pytest.raises(TransportError):
        RequestsTransport(session)(Request("GET", server.url + "/cut"))


def test_a_tape_sends_through_an_inner_adapter(session):
    """The inner adapter does the sending, and is closed along with the tape's."""
    closed = []

    class Inner(requests.adapters.HTTPAdapter):
        def send(self, request, **_):
            return TapeAdapter(lambda *_: Response(200, {}, b"inner")).send(request)

        def close(self):
            closed.append(True)
            super().close()

    adapter = TapeAdapter(lambda request, send: send(request), Inner())
    session.mount("http://", adapter)
    assert session.get("http://h/").text == "inner"
    adapter.close()
    assert closed == [True]


def test_threads_share_a_tape(server):
    """16 threads over one session and one tape: every exchange is seen once, with its own answer."""
    seen, lock = [], threading.Lock()

    def exchange(request: Request, send) -> Response:
        answer = send(request)
        with lock:
            seen.append(request.target)
        return Response(200, {}, answer.body + request.target.encode())

    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", TapeAdapter(exchange, pool_maxsize=16))
        with ThreadPoolExecutor(16) as pool:
            urls = [f"{server.url}/?n={n}" for n in range(64)]
            texts = list(pool.map(lambda url: session.get(url, auth=RequestsAuth(EXAMPLE)).text, urls))
    assert texts == [f"verified/?n={n}" for n in range(64)]
    assert sorted(seen) == sorted(f"/?n={n}" for n in range(64))
