"""The http.client door under pools, threads, proxies and faults."""

import gc
import http.client
import json
import socket
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import requests
import urllib3

from contractkit.errors import CassetteMiss
from contractkit.recording.doors import DoorError, StaleConnectionError, open_doors

METHODS = {
    kind: (vars(kind).get("connect"), vars(kind).get("putrequest"), vars(kind).get("is_connected"))
    for kind in (
        http.client.HTTPConnection,
        http.client.HTTPSConnection,
        urllib3.connection.HTTPConnection,
        urllib3.connection.HTTPSConnection,
    )
}


def sixteen(calls):
    """Run the calls in 16 threads that all start at once."""
    barrier = threading.Barrier(16)
    shares = [calls[n::16] for n in range(16)]

    def work(share):
        barrier.wait()
        return [call() for call in share]

    with ThreadPoolExecutor(16) as pool:
        return [result for results in pool.map(work, shares) for result in results]


class OneSessionPerThread(threading.local):
    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False


def requests_per_thread():
    local = OneSessionPerThread()
    return lambda url: local.session.get(url, timeout=20).json()["path"]


def requests_shared():
    session = requests.Session()
    session.trust_env = False
    return lambda url: session.get(url, timeout=20).json()["path"]


def urllib3_blocking_pool():
    pool = urllib3.PoolManager(maxsize=4, block=True)
    return lambda url: pool.request("GET", url, timeout=20).json()["path"]


def httpx_shared():
    client = httpx.Client(trust_env=False, timeout=30)
    return lambda url: client.get(url).json()["path"]


@pytest.mark.parametrize(
    "make", [requests_per_thread, requests_shared, urllib3_blocking_pool, httpx_shared], ids=lambda make: make.__name__
)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # live sockets of sessions nobody closes
def test_sixteen_threads_lose_nothing_and_never_go_live_in_replay(make, server, tape, events):
    urls = [f"{server.url}/items/{n}" for n in range(200)]
    tape.live = True
    with open_doors(tape):
        recording = make()
        sixteen([lambda url=url: recording(url) for url in urls])
    assert (server.hits, tape.count) == (200, 200)
    server.stop()
    tape.live = False
    with open_doors(tape), events.count() as seen:
        replaying = make()
        paths = sixteen([lambda url=url: replaying(url) for url in urls])
    assert sorted(paths) == sorted(f"/items/{n}" for n in range(200))
    assert (tape.replayed, server.hits, seen) == (200, 200, [])


@pytest.mark.slow
def test_sixteen_threads_replay_three_thousand_requests(server, tape, events):
    urls = [f"{server.url}/items/{n}" for n in range(16)]
    tape.live = True
    with open_doors(tape):
        for url in urls:
            requests.get(url, timeout=5)
        tape.live = False
        call = requests_shared()
        with events.count() as seen:
            paths = sixteen([lambda url=url: call(url) for url in urls * 200])
    assert (len(paths), tape.replayed, server.hits, seen) == (3200, 3200, 16, [])


def test_a_pooled_live_connection_cannot_be_used_past_the_door(server, tape):
    with requests.Session() as session:
        session.get(server.url + "/items/1", timeout=5)
        with open_doors(tape), pytest.raises(CassetteMiss):
            session.get(server.url + "/items/1", timeout=5)
        assert (server.hits, len(tape.requests)) == (1, 1)


def test_a_live_http_client_connection_cannot_be_used_past_the_door(server, tape):
    connection = http.client.HTTPConnection(*server.server_address, timeout=5)
    connection.request("GET", "/items/1")
    connection.getresponse().read()
    with open_doors(tape):
        connection.request("GET", "/items/1")
        with pytest.raises(CassetteMiss):
            connection.getresponse()
    connection.close()
    assert server.hits == 1


def test_a_connection_left_over_from_a_closed_door_fails_instead_of_going_live(server, tape):
    tape.live = True
    session, connection = requests.Session(), http.client.HTTPConnection(*server.server_address, timeout=5)
    with open_doors(tape):
        session.get(server.url + "/items/1", timeout=5)
        connection.request("GET", "/items/1")
        connection.getresponse().read()
    with pytest.raises(StaleConnectionError, match="Close the session or connection pool"):
        session.delete(server.url + "/items/1", timeout=5)
    with pytest.raises(StaleConnectionError):
        connection.request("DELETE", "/items/1")
    assert server.hits == 2
    connection.close()
    session.close()
    assert session.get(server.url + "/items/1", timeout=5).status_code == 200
    session.close()


def test_a_session_serves_one_cassette_after_the_other(server, tape):
    tape.live = True
    with requests.Session() as session:
        for _ in range(3):
            with open_doors(tape):
                assert session.get(server.url + "/items/1", timeout=5).status_code == 200
    assert (server.hits, tape.count) == (3, 3)


def test_a_session_of_an_earlier_cassette_reaches_a_host_let_through_by_the_next(server, tape):
    tape.live = True
    with requests.Session() as session:
        with open_doors(tape):
            session.get(server.url + "/items/1", timeout=5)
        with open_doors(tape, passthrough={server.authority}.__contains__):
            session.get(server.url + "/items/1", timeout=5)
    assert (server.hits, tape.count) == (2, 1)


def test_hosts_are_told_in_one_spelling(tape):
    told = []
    with open_doors(tape, passthrough=lambda authority: bool(told.append(authority))):
        for kind, address in [
            (http.client.HTTPConnection, ("BCC.bj.baidubce.com", 80)),
            (http.client.HTTPSConnection, ("bcc.bj.baidubce.com", 443)),
            (http.client.HTTPSConnection, ("bcc.bj.baidubce.com", 8443)),
            (http.client.HTTPConnection, ("[::1]", 8080)),
            (urllib3.connection.HTTPSConnection, ("::1", 443)),
        ]:
            kind(*address).connect()
    assert told == ["bcc.bj.baidubce.com"] * 2 + ["bcc.bj.baidubce.com:8443", "[::1]:8080", "[::1]"]


def test_doors_leave_every_class_exactly_as_they_found_it(tape):
    transport, async_transport = vars(httpx.HTTPTransport).copy(), vars(httpx.AsyncHTTPTransport).copy()
    with pytest.raises(CassetteMiss), open_doors(tape):
        requests.get("http://127.0.0.1:1/x", timeout=5)
    for kind, (connect, putrequest, is_connected) in METHODS.items():
        own = vars(kind)
        assert own.get("connect") is connect
        assert own.get("putrequest") is putrequest
        assert own.get("is_connected") is is_connected
    assert dict(vars(httpx.HTTPTransport)) == dict(transport)
    assert dict(vars(httpx.AsyncHTTPTransport)) == dict(async_transport)


def test_a_second_cassette_at_the_same_time_is_refused_and_the_first_goes_on(server, tape):
    tape.live = True
    with open_doors(tape):
        with pytest.raises(DoorError, match="another cassette is in use"), open_doors(tape):
            pass
        requests.get(server.url + "/items/1", timeout=5)
    assert tape.count == 1


def test_one_connection_carries_many_requests(server, tape):
    tape.live = True
    with open_doors(tape):
        for _ in range(2):
            connection = http.client.HTTPConnection(*server.server_address, timeout=5)
            statuses = []
            for method, path in [("GET", "/items/1"), ("HEAD", "/items/1"), ("GET", "/empty"), ("GET", "/same")] * 2:
                connection.request(method, path)
                sock = connection.sock
                answer = connection.getresponse()
                statuses.append((answer.status, len(answer.read())))
                assert connection.sock is sock
            assert [status for status, _ in statuses] == [200, 200, 204, 304] * 2
            assert [size > 0 for _, size in statuses] == [True, False, False, False] * 2
            connection.close()
            tape.live = False


def test_what_the_tape_raises_reaches_the_caller_unchanged(server, tape):
    with open_doors(tape):
        for call in (
            lambda: requests.get(server.url + "/x", timeout=5),
            lambda: urllib3.PoolManager().request("GET", server.url + "/x"),
            lambda: urllib.request.urlopen(server.url + "/x", timeout=5),  # noqa: S310 - loopback only
        ):
            with pytest.raises(CassetteMiss, match="record it"):
                call()
    assert len(tape.requests) == 3
    assert server.hits == 0


def test_waiting_for_continue_is_refused_with_the_remedy(server, tape):
    with open_doors(tape), pytest.raises(DoorError, match="without the Expect header"):
        requests.put(server.url + "/x", data=b"abc", headers={"Expect": "100-continue"}, timeout=5)
    assert tape.requests == []


def test_a_body_shorter_than_announced_is_an_error_not_a_hang(server, tape):
    connection = http.client.HTTPConnection(*server.server_address, timeout=5)
    with open_doors(tape):
        connection.request("PUT", "/x", body=b"abc", headers={"Content-Length": "9"})
        with pytest.raises(DoorError, match="before its request is whole"):
            connection.getresponse()
        connection.close()
        connection.request("PUT", "/x", body=b"abc", headers={"Content-Length": "1"})
        with pytest.raises(DoorError, match="2 bytes past the end"):
            connection.getresponse()
    connection.close()


def test_live_faults_reach_the_client_as_its_usual_exceptions(server, tape):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed_port = unused.getsockname()[1]
    tape.live = True
    with open_doors(tape), requests.Session() as session:
        with pytest.raises(requests.ReadTimeout):
            session.get(server.url + "/slow", timeout=(5, 0.05))
        with pytest.raises(requests.ConnectionError, match="reset"):
            session.get(server.url + "/reset", timeout=5)
        with pytest.raises(requests.ConnectionError, match=r"(?i)incomplete"):
            session.get(server.url + "/cut", timeout=5)
        with pytest.raises(requests.ConnectionError, match="refused"):
            session.get(f"http://127.0.0.1:{closed_port}/", timeout=5)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server.url + "/slow", timeout=0.05, trust_env=False)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(server.url + "/cut", timeout=5, trust_env=False)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{closed_port}/", trust_env=False)
        connection = http.client.HTTPConnection(*server.server_address, timeout=0.05)
        connection.request("GET", "/slow")
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
    assert tape.count == 0


def test_retries_of_the_client_are_recorded_as_requests_of_their_own(server, tape):
    tape.live = True
    retry = urllib3.Retry(2, backoff_factor=0)
    with open_doors(tape), urllib3.PoolManager(retries=retry) as pool, pytest.raises(urllib3.exceptions.MaxRetryError):
        pool.request("GET", server.url + "/reset", timeout=5)
    assert (server.hits, len(tape.requests), tape.count) == (3, 3, 0)


def test_a_forward_proxy_is_used_in_recording_and_not_reached_in_replay(server, tape, events):
    tape.live = True
    proxies = {"http": server.url}
    for _ in range(2):
        with open_doors(tape), events.count() as seen, requests.Session() as session:
            answer = session.get("http://bcc.bj.baidubce.com/v1/vpc?x=1", proxies=proxies, timeout=5)
            assert answer.json()["vpcs"] == []
        tape.live = False
        server.stop()
    assert seen == []
    assert {asked.url for asked in tape.requests} == {"http://bcc.bj.baidubce.com/v1/vpc?x=1"}
    assert server.hits == 1


def test_a_host_let_through_is_let_through_behind_a_forward_proxy_too(server, tape):
    with open_doors(tape, passthrough={"other.test:81"}.__contains__), requests.Session() as session:
        proxies = {"http": server.url}
        assert session.get("http://other.test:81/items/1", proxies=proxies, timeout=5).status_code == 200
        with pytest.raises(CassetteMiss):
            session.get("http://other.test/items/1", proxies=proxies, timeout=5)
    assert (server.hits, len(tape.requests)) == (1, 1)


def test_a_tunnel_is_used_in_recording_and_not_dug_in_replay(server, tls_server, tape, events, authority_files):
    tape.live = True
    for _ in range(2):
        with open_doors(tape), events.count() as seen, requests.Session() as session:
            proxies = {"https": server.url}
            answer = session.get(tls_server.url + "/items/1", proxies=proxies, timeout=5, verify=authority_files[0])
            assert json.loads(answer.content)["path"] == "/items/1"
        tape.live = False
        server.stop()
        tls_server.stop()
    assert seen == []
    assert {asked.url for asked in tape.requests} == {tls_server.url + "/items/1"}
    assert (server.hits, tls_server.hits) == (1, 1)


def test_a_pooled_tunnel_from_before_is_replaced_and_still_leads_to_its_far_end(
    server, tls_server, tape, authority_files
):
    options = {"proxies": {"https": server.url}, "timeout": 5, "verify": authority_files[0]}
    with requests.Session() as session:
        session.get(tls_server.url + "/items/1", **options)
        tape.live = True
        with open_doors(tape):
            session.get(tls_server.url + "/items/2", **options)
        assert [asked.url for asked in tape.requests] == [tls_server.url + "/items/2"]
    assert (server.hits, tls_server.hits) == (2, 2)


def test_unverified_tls_is_warned_about_in_recording_and_in_replay(tls_server, tape):
    tape.live = True
    with open_doors(tape):
        for _ in range(2):
            with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
                requests.get(tls_server.url + "/items/1", timeout=5, verify=False)  # noqa: S501 - the point of the test
            tape.live = False


def test_the_clients_source_address_is_used_for_the_live_connection(server, tape):
    tape.live = True
    connection = http.client.HTTPConnection(*server.server_address, timeout=5, source_address=("127.0.0.2", 0))
    seen = []
    server.verify_request = lambda _request, address: seen.append(address[0]) or True
    with open_doors(tape):
        connection.request("GET", "/items/1")
        connection.getresponse().read()
    connection.close()
    assert seen == ["127.0.0.2"]


def test_replay_leaves_no_descriptor_behind(server, tape):
    tape.live = True
    with open_doors(tape):
        requests.get(server.url + "/items/1", timeout=5)
    server.stop()
    tape.live = False
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    with open_doors(tape):
        session = requests.Session()
        for _ in range(50):
            session.get(server.url + "/items/1", timeout=5)
            requests.get(server.url + "/items/1", timeout=5)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
