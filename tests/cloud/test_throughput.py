"""The cloud serves signed writes at a good part of the speed of a server that does nothing."""

import http.client
import json
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
import uvicorn

from contractkit.cloud import ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.message import Request
from contractkit.signing import EXAMPLE, sign

COUNT = 300
BODY = json.dumps({"name": "n", "cidr": "10.0.0.0/16"}).encode()


async def nothing(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def serve_nothing():
    server = uvicorn.Server(
        uvicorn.Config(nothing, port=0, http="h11", ws="none", lifespan="off", access_log=False, log_config=None)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def seconds_per_request(port, requests):
    """The median over rounds, so that a busy machine does not decide."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        spans = []
        for start in range(0, COUNT, 50):
            began = time.perf_counter()
            for request in requests[start : start + 50]:
                connection.request(request.method, request.target, request.body, dict(request.headers))
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
            spans.append((time.perf_counter() - began) / 50)
    return sorted(spans)[len(spans) // 2]


@pytest.mark.slow
def test_a_signed_post_takes_at_most_three_times_as_long_as_nothing(record_property):
    with serve(ReferenceCloud()) as served, serve_nothing() as empty:
        now = datetime.now(UTC)
        url = f"{served.base_url}/v1/vpc?clientToken="
        made = [
            Request("POST", f"{url}{each}", {"Content-Type": "application/json"}, BODY) for each in range(2 * COUNT)
        ]
        signed = [sign(each, EXAMPLE, at=now) for each in made]
        seconds_per_request(served.port, signed[COUNT:])
        idle = seconds_per_request(empty, signed)
        cloud = seconds_per_request(served.port, signed)
    record_property("ratio", round(idle / cloud, 2))
    print(f"\nempty {idle * 1e6:.0f} us, cloud {cloud * 1e6:.0f} us, ratio {idle / cloud:.2f}")  # noqa: T201 - the figure
    assert idle / cloud > 1 / 3
