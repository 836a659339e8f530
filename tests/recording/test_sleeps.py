"""Nobody waits in replay for what the cassette answers; everybody else waits as ever, and all is put back."""

import asyncio
import inspect
import sys
import threading
import time
from datetime import UTC, datetime
from time import sleep as sleep_by_name
from types import ModuleType

import aiohttp
import httpx
import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.exception import BceHttpClientError
from baidubce.retry.retry_policy import BackOffRetryPolicy
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit import HttpxAuth, ReferenceCloud, sign
from contractkit.cloud.server import serve
from contractkit.cloud.weather import Weather, failing
from contractkit.errors import CassetteMiss
from contractkit.message import Request
from contractkit.recording import open_cassette
from contractkit.recording.sleeps import Sleeps
from contractkit.signing import EXAMPLE

# From Python 3.12 on, the SDK's way to read the clock is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
POLLS = 21
REAL = time.sleep, asyncio.sleep


@pytest.fixture(autouse=True)
def put_back():
    """Whatever a test did, the interpreter's own sleeps are where they were."""
    yield
    assert (time.sleep, asyncio.sleep, asyncio.tasks.sleep, sleep_by_name) == (*REAL, REAL[1], REAL[0])


@pytest.fixture
def replay(tmp_path):
    """Records what a poller asks of a real server, with short sleeps; then replays it with those given, in seconds."""

    def replay(poll, pause, *, weather=None, **options):
        path = tmp_path / "c.json"
        with serve(ReferenceCloud(weather=weather)) as cloud, open_cassette(path, "record"):
            poll(cloud.base_url, 0.001)
        began = time.perf_counter()
        with open_cassette(path, **options) as cassette:
            poll("https://bcc.bj.baidubce.com", pause)
            assert cassette.tape.counts.unused == 0
        return time.perf_counter() - began

    return replay


def make_sdk(url, **options):
    keys = BceCredentials(EXAMPLE.access_key_id, EXAMPLE.secret_access_key)
    return VpcClient(BceClientConfiguration(credentials=keys, endpoint=url, **options))


def poll_with_the_sdk(url, pause):
    client = make_sdk(url)
    for _ in range(POLLS):
        client.list_vpcs()
        time.sleep(pause)


def retry_like_tenacity(url, pause):
    """A loop that tries again with growing waits, its sleep imported by name into another module."""
    retrying = ModuleType("retrying_of_someone")
    exec("from time import sleep\ndef wait(seconds): sleep(seconds)", retrying.__dict__)  # noqa: S102  a module
    sys.modules[retrying.__name__] = retrying
    try:
        for attempt in range(POLLS):
            with pytest.raises(BceHttpClientError):
                make_sdk(url).get_vpc("vpc-abcdef123456")
            retrying.wait(min(pause * 2**attempt, pause))
        assert retrying.sleep is time.sleep
    finally:
        del sys.modules[retrying.__name__]


def retry_with_the_sdk(url, pause):
    """The official SDK's own policy: 500 answers, three waits of at most 20 s, then the error."""
    policy = BackOffRetryPolicy(3, max_delay_in_millis=int(20_000 * pause), base_interval_in_millis=int(9000 * pause))
    with pytest.raises(BceHttpClientError, match="Retried 3 times"):
        make_sdk(url, retry_policy=policy).list_vpcs()


def poll_with_httpx(url, pause):
    async def poll():
        async with httpx.AsyncClient(base_url=url, auth=HttpxAuth(EXAMPLE)) as client:
            for _ in range(POLLS):
                assert (await client.get("/v1/vpc")).status_code == 200
                assert await asyncio.sleep(pause, "told") == "told"

    asyncio.run(poll())


def poll_with_aiohttp(url, pause):
    """Its door asks the tape in a task of its own; it is the client's that must not wait."""

    async def poll():
        async with aiohttp.ClientSession() as session:
            for _ in range(POLLS):
                async with session.get(f"{url}/v1/vpc", headers=signed(f"{url}/v1/vpc")) as answer:
                    assert answer.status == 200
                await asyncio.sleep(pause)

    asyncio.run(poll())


def signed(url):
    return dict(sign(Request("GET", url), EXAMPLE, at=datetime.now(UTC)).headers)


@pytest.mark.parametrize(
    ("poll", "pause", "weather"),
    [
        (poll_with_the_sdk, 5, None),
        (retry_like_tenacity, 5, None),
        (retry_with_the_sdk, 1, Weather([failing("vpc.list_vpcs")])),
        (poll_with_httpx, 5, None),
        (poll_with_aiohttp, 5, None),
    ],
)
def test_a_hundred_seconds_of_sleeps_replay_in_under_two(replay, poll, pause, weather):
    assert replay(poll, pause, weather=weather) < 2


@pytest.mark.parametrize("poll", [poll_with_the_sdk, poll_with_httpx])
def test_sleeps_are_kept_where_that_is_asked_for(replay, poll):
    assert replay(poll, 0.02, cut_sleeps=False) > 0.02 * POLLS


async def by_thread(ask):
    await asyncio.to_thread(ask)


async def by_task(ask):
    async def asks():
        ask()

    await asyncio.wait_for(asyncio.create_task(asks()), 5)


async def by_tasks_and_threads(ask):
    await asyncio.gather(by_task(ask), *(asyncio.to_thread(ask) for _ in range(2)))


@pytest.mark.parametrize("by_others", [by_thread, by_task, by_tasks_and_threads])
def test_who_asks_by_others_does_not_wait_either(replay, by_others):
    """From the second time on: until it sleeps, a task cannot be known as the one that starts those who ask."""

    def poll(url, pause):
        async def polls():
            for number in range(7):
                await by_others(make_sdk(url).list_vpcs)
                await asyncio.sleep(pause if number else 0.001)

        asyncio.run(polls())

    assert replay(poll, 5) < 2


@pytest.fixture
def cloud():
    with serve(ReferenceCloud()) as served:
        yield served


@pytest.fixture
def opened(tmp_path, cloud):
    """A cassette with one answer, to be opened in a mode."""
    with open_cassette(tmp_path / "c.json", "record"):
        ask(cloud.base_url)
    return lambda mode="replay", **options: open_cassette(tmp_path / "c.json", mode, **options)


def ask(url="https://bcc.bj.baidubce.com"):
    with httpx.Client(base_url=url, auth=HttpxAuth(EXAMPLE)) as client:
        assert client.get("/v1/vpc").status_code == 200


def timed(sleep, *arguments):
    began = time.perf_counter()
    sleep(*arguments)
    return time.perf_counter() - began


def test_a_thread_waits_until_it_was_answered_itself(opened):
    """A server of the test's own, a fixture that waits: what other threads do is theirs."""
    with opened():
        assert timed(time.sleep, 0.05) >= 0.05, "no answer yet"
        ask()
        assert timed(time.sleep, 5) < 1
        waited = []
        other = threading.Thread(target=lambda: waited.append(timed(time.sleep, 0.05)))
        other.start()
        other.join()
        assert waited[0] >= 0.05
        assert timed(threading.Event().wait, 0.05) >= 0.05, "an event is no sleep"
    assert timed(time.sleep, 0.05) >= 0.05, "the cassette is closed"


def test_a_task_waits_until_it_was_answered_itself(opened):
    """Also one that the answered task has started: a heartbeat that never waited would only spin."""

    async def test():
        ask()
        slept = asyncio.create_task(asyncio.sleep(0.05, "slept"))
        turns = []
        asyncio.get_running_loop().call_soon(turns.append, "others had their turn")
        await asyncio.sleep(5)
        assert turns
        assert not slept.done()
        assert await slept == "slept"

    began = time.perf_counter()
    with opened():
        asyncio.run(test())
    assert 0.05 <= time.perf_counter() - began < 2


@pytest.mark.parametrize("mode", ["record", "extend", "direct"])
def test_everybody_waits_where_something_live_may_be_asked(opened, cloud, mode):
    with opened(mode) as cassette:
        ask(cloud.base_url)
        assert timed(time.sleep, 0.05) >= 0.05
        assert (time.sleep, asyncio.sleep) == REAL
    assert cassette.tape.counts.replayed == (mode == "extend")


def test_a_poll_whose_last_answer_repeats_comes_to_an_end(opened):
    """The bound on repeated answers holds: a loop that waits for what was never recorded is told so, at once."""
    with opened(repeats=20) as cassette:
        began = time.perf_counter()
        with pytest.raises(CassetteMiss, match="repeated too often"):  # noqa: PT012  a loop without end
            while True:
                ask()
                time.sleep(5)
        assert time.perf_counter() - began < 20
        assert cassette.tape.counts.replayed == 21


def test_who_only_sleeps_on_and_on_waits_in_the_end(opened):
    """It waits for something else than the cassette, which spinning would not bring nearer."""
    with opened():
        ask()
        assert timed(lambda: [time.sleep(5) for _ in range(100)]) < 1
        assert timed(time.sleep, 0.05) >= 0.05
        ask()
        assert timed(time.sleep, 5) < 1


@pytest.mark.parametrize("wrong", [-1, "1", None, float("nan")])
def test_what_no_sleep_takes_is_refused_as_ever(opened, wrong):
    with opened():
        ask()
        with pytest.raises((ValueError, TypeError)):
            time.sleep(wrong)


def test_the_sleeps_of_a_test_that_fakes_them_are_its_own(opened, monkeypatch):
    """A mock sees how long it was asked to wait, put there before or after the cassette was opened."""
    asked = []
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", asked.append)
        with opened():
            ask()
            time.sleep(5)
        assert time.sleep == asked.append
    with opened(), monkeypatch.context() as patch:
        patch.setattr(time, "sleep", asked.append)
        ask()
        time.sleep(6)
    assert asked == [5, 6]


def test_all_is_put_back_after_failures_and_in_any_order(opened):
    with pytest.raises(ZeroDivisionError), opened():
        ask() or 1 / 0
    assert (time.sleep, asyncio.sleep) == REAL
    outer, inner = Sleeps(), Sleeps()
    first, second = outer.cut(), inner.cut()
    first.__enter__()
    second.__enter__()
    outer.note_answer()
    assert timed(time.sleep, 5) < 1
    first.__exit__(None, None, None)
    assert timed(time.sleep, 0.05) >= 0.05, "the one that knew of an answer is closed"
    inner.note_answer()
    assert timed(time.sleep, 5) < 1
    second.__exit__(None, None, None)


def test_a_fake_that_outlives_the_cassette_puts_back_what_waits_again(opened):
    """Undone late, a patch brings our function back: it waits like the real one, and the next cassette takes it off."""
    with opened():
        ours, time.sleep = time.sleep, print
    time.sleep = ours
    assert timed(time.sleep, 0.05) >= 0.05
    with opened():
        ask()
        assert timed(time.sleep, 5) < 1


def test_the_function_of_asyncio_is_still_one_that_is_awaited(opened):
    with opened():
        assert inspect.iscoroutinefunction(asyncio.sleep)
        assert inspect.signature(asyncio.sleep) == inspect.signature(REAL[1])
