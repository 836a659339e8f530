"""Every client is recorded and replayed unchanged, over real loopback HTTP."""

import asyncio
import http.client
import json
import ssl
import urllib.request

import aiohttp
import httpx
import pytest
import requests
import urllib3

from contractkit.recording.doors import open_doors


def by_requests(url, method="GET", body=None, ca=None):
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, url, data=body, timeout=5, verify=ca or True)
        return answer.status_code, answer.content


def by_urllib3(url, method="GET", body=None, ca=None):
    with urllib3.PoolManager(ca_certs=ca) as pool:
        answer = pool.request(method, url, body=body, timeout=5, headers={"accept-encoding": "gzip"})
        return answer.status, answer.data


def by_http_client(url, method="GET", body=None, ca=None):
    parts = urllib3.util.parse_url(url)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca)
        connection = http.client.HTTPSConnection(parts.host, parts.port, timeout=5, context=context)
    else:
        connection = http.client.HTTPConnection(parts.host, parts.port, timeout=5)
    connection.request(method, parts.request_uri, body=body)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def by_urllib(url, method="GET", body=None, ca=None):
    asked = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - loopback only
    handlers = [urllib.request.ProxyHandler({})]
    if ca:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
    with urllib.request.build_opener(*handlers).open(asked, timeout=5) as answer:
        return answer.status, answer.read()


def by_httpx(url, method="GET", body=None, ca=None):
    with httpx.Client(trust_env=False, follow_redirects=True, verify=context(ca)) as client:
        answer = client.request(method, url, content=body)
        return answer.status_code, answer.content


def by_async_httpx(url, method="GET", body=None, ca=None):
    async def call():
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True, verify=context(ca)) as client:
            answer = await client.request(method, url, content=body)
            return answer.status_code, answer.content

    return asyncio.run(call())


def by_aiohttp(url, method="GET", body=None, ca=None):
    async def call():
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=body, ssl=context(ca)) as answer,
        ):
            return answer.status, await answer.read()

    return asyncio.run(call())


def context(ca):
    return ssl.create_default_context(cafile=ca) if ca else True


CLIENTS = [by_requests, by_urllib3, by_http_client, by_urllib, by_httpx, by_async_httpx, by_aiohttp]
every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)

CASES = [
    ("GET", "/items/1?x=%2F&flag", None),
    ("POST", "/items", b'{"name": "vpc"}'),
    ("PUT", "/items/1?bind", b""),
    ("DELETE", "/items/1", None),
    ("GET", "/items/with-body", b'{"get": "body"}'),
    ("HEAD", "/items/1", None),
    ("GET", "/empty", None),
    ("GET", "/chunked", None),
    ("GET", "/large", None),
    ("POST", "/items/large", b"q" * (1 << 20)),
    ("GET", "/gzip", None),
]


@every_client
def test_what_was_recorded_is_replayed_byte_for_byte_with_no_network_event(client, server, tape, events):
    tape.live = True
    with open_doors(tape):
        first = [client(server.url + target, method, body) for method, target, body in CASES]
    assert server.hits == tape.count == len(CASES)
    server.stop()
    tape.live = False
    with open_doors(tape), events.count() as seen:
        second = [client(server.url + target, method, body) for method, target, body in CASES]
    assert second == first
    assert seen == []
    assert tape.replayed == len(CASES)


@every_client
def test_the_answer_through_the_door_is_the_one_without_it(client, server, tape):
    tape.live = True
    cases = [case for case in CASES if not case[1].startswith("/items")]
    without = [client(server.url + target, method, body) for method, target, body in cases]
    with open_doors(tape):
        recording = [client(server.url + target, method, body) for method, target, body in cases]
    assert recording == without


@every_client
def test_the_tape_sees_the_request_that_reached_the_server(client, server, tape):
    tape.live = True
    with open_doors(tape):
        _, content = client(server.url + "/items/a%20b?x=1", "POST", b"caf\xc3\xa9")
    told, (asked,) = json.loads(content), tape.requests
    assert (told["method"], told["path"]) == (asked.method, asked.target)
    assert asked.url == server.url + "/items/a%20b?x=1"
    assert asked.host == server.authority
    assert asked.body == told["sent"].encode("latin-1") == b"caf\xc3\xa9"
    sent = [(name.lower(), value) for name, value in told["headers"]]
    assert [(name.lower(), value) for name, value in asked.headers] == sent


@every_client
def test_tls_is_verified_as_the_client_asks_and_replayed_without_a_server(client, tls_server, tape, authority_files):
    tape.live = True
    url = tls_server.url + "/items/tls"
    with open_doors(tape):
        first = client(url, ca=authority_files[0])
        with pytest.raises(Exception, match=r"(?i)certificate"):
            client(url)
    assert tape.count == 1
    assert tape.requests[0].scheme == "https"
    tls_server.stop()
    tape.live = False
    with open_doors(tape):
        assert client(url, ca=authority_files[0]) == first


@pytest.mark.parametrize("client", [client for client in CLIENTS if client is not by_http_client])
def test_redirects_stay_the_clients_own_business(client, server, tape):
    tape.live = True
    with open_doors(tape):
        first = client(server.url + "/redirect")
    assert [asked.path for asked in tape.requests] == ["/redirect", "/items/moved"]
    server.stop()
    tape.live = False
    with open_doors(tape):
        assert client(server.url + "/redirect") == first


@every_client
def test_hosts_let_through_are_none_of_the_tapes_business(client, server, tape):
    with open_doors(tape, passthrough=lambda authority: authority == server.authority):
        status, _ = client(server.url + "/items/1")
    assert status == 200
    assert server.hits == 1
    assert tape.requests == []


def test_repeated_response_headers_stay_apart(server, tape):
    tape.live = True
    with open_doors(tape):
        requests.get(server.url + "/cookies", timeout=5)
        tape.live = False
        assert requests.get(server.url + "/cookies", timeout=5).cookies.get_dict() == {"a": "1", "b": "2"}
        assert httpx.get(server.url + "/cookies", trust_env=False).headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_not_modified_and_its_headers_come_through(server, tape):
    tape.live = True
    with open_doors(tape):
        for _ in range(2):
            answer = requests.get(server.url + "/same", timeout=5)
            assert (answer.status_code, answer.headers["etag"], answer.content) == (304, '"1"', b"")
            tape.live = False


def test_chunked_uploads_reach_server_and_tape_whole(server, tape):
    tape.live = True
    with open_doors(tape):
        requests.post(server.url + "/items", data=iter([b"one", b"two" * 9000, b""]), timeout=5)
        httpx.post(server.url + "/items", content=iter([b"one", b"two" * 9000]), trust_env=False)

        async def pieces():
            yield b"one"
            await asyncio.sleep(0)
            yield b"two" * 9000

        by_aiohttp(server.url + "/items", "POST", pieces())
    assert [asked.body for asked in tape.requests] == [b"one" + b"two" * 9000] * 3
    assert {json.loads(answer.body)["sent"] for [answer, *_] in tape.kept.values()} == {"one" + "two" * 9000}


def test_streaming_readers_get_the_recorded_body_in_pieces(server, tape):
    tape.live = True
    with open_doors(tape):
        for _ in range(2):
            with requests.get(server.url + "/large", stream=True, timeout=5) as answer:
                assert sum(map(len, answer.iter_content(1000))) == 1 << 20
            with httpx.stream("GET", server.url + "/large", trust_env=False) as answer:
                assert sum(map(len, answer.iter_raw(1000))) == 1 << 20
            tape.live = False


def test_aiohttp_streams_a_large_recorded_body(server, tape):
    async def read():
        async with aiohttp.ClientSession() as session, session.get(server.url + "/large") as answer:
            return sum([len(piece) async for piece in answer.content.iter_chunked(1000)])

    tape.live = True
    with open_doors(tape):
        assert asyncio.run(read()) == 1 << 20
        tape.live = False
        assert asyncio.run(read()) == 1 << 20
