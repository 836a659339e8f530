"""The asynchronous doors: many tasks at once, a loop that is never blocked, faults as the clients know them."""

import asyncio
import contextlib
import gc
import ssl
import time

import aiohttp
import httpx
import pytest

from contractkit.errors import CassetteMiss
from contractkit.recording.doors import DoorError, StaleConnectionError, open_doors
from contractkit.recording.network import closed_network


async def gather_httpx(urls):
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answers = await asyncio.gather(*[client.get(url) for url in urls])
        return [answer.json()["path"] for answer in answers]


async def gather_aiohttp(urls):
    async with aiohttp.ClientSession() as session:

        async def get(url):
            async with session.get(url) as answer:
                return (await answer.json())["path"]

        return await asyncio.gather(*[get(url) for url in urls])


both = pytest.mark.parametrize("gather", [gather_httpx, gather_aiohttp], ids=["httpx", "aiohttp"])


@both
def test_two_hundred_tasks_lose_nothing_and_never_go_live_in_replay(gather, server, tape, events):
    urls = [f"{server.url}/items/{n}" for n in range(200)]
    expected = [f"/items/{n}" for n in range(200)]
    tape.live = True
    with open_doors(tape):
        assert asyncio.run(gather(urls)) == expected
    assert (server.hits, tape.count) == (200, 200)
    server.stop()
    tape.live = False
    with open_doors(tape), closed_network(), events.count() as seen:
        assert asyncio.run(gather(urls)) == expected
    assert (tape.replayed, server.hits, seen) == (200, 200, [])


@both
def test_recording_does_not_block_the_loop(gather, server, tape):
    """Ten requests, each answered after 0.1 s, take little more than one."""
    tape.live = True
    began = time.perf_counter()
    with open_doors(tape):
        asyncio.run(gather([f"{server.url}/later/{n}" for n in range(10)]))
    assert time.perf_counter() - began < 0.6
    assert tape.count == 10


@both
def test_what_the_tape_raises_reaches_the_awaiting_task_unchanged(gather, server, tape):
    with open_doors(tape), pytest.raises(CassetteMiss, match="record it"):
        asyncio.run(gather([server.url + "/items/1"]))
    assert (len(tape.requests), server.hits) == (1, 0)


def test_live_faults_reach_aiohttp_as_its_usual_exceptions(server, tape):
    async def get(path, **limits):
        timeout = aiohttp.ClientTimeout(**limits)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(server.url + path) as answer:
            return await answer.read()

    tape.live = True
    with open_doors(tape):
        for path, limits, fault in [
            ("/slow", {"total": 0.1}, asyncio.TimeoutError),
            ("/slow", {"sock_read": 0.1}, aiohttp.SocketTimeoutError),
            ("/reset", {}, aiohttp.ClientOSError),
            ("/cut", {}, aiohttp.ClientPayloadError),
        ]:
            with pytest.raises(fault):
                asyncio.run(get(path, **limits))
        server.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            asyncio.run(get("/items/1"))
    assert tape.count == 0


def test_live_faults_reach_async_httpx_as_its_usual_exceptions(server, tape):
    async def get(path):
        async with httpx.AsyncClient(trust_env=False, timeout=0.1 if path == "/slow" else 5) as client:
            await client.get(server.url + path)

    tape.live = True
    with open_doors(tape):
        for path, fault in [("/slow", httpx.ReadTimeout), ("/reset", httpx.ReadError), ("/cut", httpx.ReadError)]:
            with pytest.raises((fault, httpx.RemoteProtocolError)):
                asyncio.run(get(path))
        server.stop()
        with pytest.raises(httpx.ConnectError):
            asyncio.run(get("/items/1"))
    assert tape.count == 0


def test_a_pooled_aiohttp_connection_from_before_is_not_used_past_the_door_and_is_there_afterwards(server, tape):
    async def flow():
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(server.url + "/items/1") as answer:
                    await answer.read()
            with open_doors(tape), pytest.raises(CassetteMiss):
                await session.get(server.url + "/items/1")
            async with session.get(server.url + "/items/1") as answer:
                await answer.read()

    asyncio.run(flow())
    assert (server.hits, server.connections, len(tape.requests)) == (3, 1, 1)


def test_a_session_of_aiohttp_keeps_nothing_of_a_closed_door(server, tape):
    async def flow():
        async with aiohttp.ClientSession() as session:
            for door in (open_doors(tape), open_doors(tape), contextlib.nullcontext()):
                with door:
                    for _ in range(2):
                        async with session.get(server.url + "/items/1") as answer:
                            assert answer.status == 200
                            await answer.read()

    tape.live = True
    asyncio.run(asyncio.wait_for(flow(), 5))
    assert (server.hits, tape.count) == (6, 4)


def test_recording_over_tls_leaves_no_transport_behind_when_the_loop_ends(tls_server, tape, authority_files):
    async def get():
        async with aiohttp.ClientSession() as session:
            trusted = ssl.create_default_context(cafile=authority_files[0])
            await (await session.get(tls_server.url + "/items/1", ssl=trusted)).read()

    tape.live = True
    with open_doors(tape):
        asyncio.run(get())
        gc.collect()  # what is left behind warns now, and a warning is an error
    assert tape.count == 1


def test_an_aiohttp_request_that_outlives_its_door_fails_instead_of_going_live(server, tape):
    async def flow():
        async def late():
            yield b"one"
            await asyncio.sleep(0.02)
            yield b"two"

        async with aiohttp.ClientSession() as session:
            with open_doors(tape):
                task = asyncio.create_task(session.post(server.url + "/items", data=late()))
                await asyncio.sleep(0.01)
            with pytest.raises(StaleConnectionError):
                await task

    tape.live = True
    asyncio.run(flow())
    assert (server.hits, tape.requests) == (0, [])


def test_waiting_for_continue_is_refused_with_the_remedy(server, tape):
    async def put():
        async with aiohttp.ClientSession() as session:
            await session.put(server.url + "/items/1", data=b"abc", expect100=True)

    with open_doors(tape), pytest.raises(DoorError, match="without the Expect header"):
        asyncio.run(put())


def test_in_memory_transports_of_httpx_are_left_alone(tape):
    with open_doors(tape):
        transport = httpx.MockTransport(lambda _request: httpx.Response(418))
        assert httpx.Client(transport=transport).get("http://bcc.bj.baidubce.com/").status_code == 418
    assert tape.requests == []
