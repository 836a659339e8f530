"""One connection of the served cloud, byte by byte: what a well-behaved client never sends is answered too."""

import re
import socket
import time
from datetime import UTC, datetime

import pytest

from contractkit.cloud import ReferenceCloud, Weather, delaying
from contractkit.cloud.server import serve
from contractkit.cloud.weather import Sky
from contractkit.message import Request, Response
from contractkit.signing import EXAMPLE, sign

MOST_SECONDS = 30  # a busy machine may stand still for a while


@pytest.fixture
def make_line():
    """Connect to a cloud of this weather; gives the socket."""
    opened = []

    def make(*plan):
        serving = serve(ReferenceCloud(weather=Weather(plan)))
        served = serving.__enter__()
        line = socket.create_connection((served.host, served.port), timeout=MOST_SECONDS)
        opened.append((serving, line))
        return line

    yield make
    for serving, line in opened:
        line.close()
        serving.__exit__(None, None, None)


def spell(line, method="GET", target="/v1/vpc", *, body=b"", headers=()):
    """A signed request as bytes."""
    host = f"127.0.0.1:{line.getpeername()[1]}"
    request = Request(method, f"http://{host}{target}", [("Host", host), *headers], body)
    signed = sign(request, EXAMPLE, at=datetime.now(UTC), signed_headers=("host", "x-bce-date"))
    fields = [*signed.headers, *([("Content-Length", str(len(body)))] if body else [])]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body


def read_answers(line, count):
    """So many whole answers, as (status, body)."""
    got, answers = b"", []
    while len(answers) < count:
        head, blank, rest = got.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head)[1]) if blank else 0
        if blank and len(rest) >= length:
            answers.append((int(head.split()[1]), rest[:length]))
            got = rest[length:]
            continue
        more = line.recv(65536)
        assert more, f"the connection ended after {len(answers)} answers"
        got += more
    assert got == b""
    return answers


def read_to_end(line):
    return b"".join(iter(lambda: line.recv(65536), b""))


def test_requests_sent_in_one_go_are_answered_in_their_order(make_line):
    line = make_line()
    line.sendall(b"".join(spell(line, target=f"/v1/{place}") for place in ("vpc", "nowhere", "vpc")))
    assert [status for status, _ in read_answers(line, 3)] == [200, 400, 200]


def test_thousands_of_requests_in_one_go_exhaust_nothing(make_line):
    line = make_line()
    one = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    line.sendall(one * 2000)
    assert {status for status, _ in read_answers(line, 2000)} == {403}


def test_a_client_that_says_it_is_done_gets_every_answer_all_the_same(make_line):
    """Also of what it sent behind an answer that is delayed."""
    line = make_line(delaying(0.1, "vpc.list_vpcs"))
    line.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 500 + spell(line) * 2)
    line.shutdown(socket.SHUT_WR)
    assert re.findall(rb"HTTP/1.1 (\d+)", read_to_end(line)) == [b"403"] * 500 + [b"200"] * 2


class Talker:
    """Answers whatever comes with 100,000 bytes, and counts."""

    def __init__(self):
        self.answered = 0

    def forecast(self, _):
        return Sky()

    def answer(self, *_):
        self.answered += 1
        return Response(200, (), b"x" * 100_000)


def test_a_client_that_reads_no_answers_is_given_no_more_than_it_can_take():
    """What it asked for in one go fills no memory, and comes when it reads."""
    cloud, asked, seen = Talker(), 500, -1
    with serve(cloud) as served, socket.create_connection((served.host, served.port), timeout=MOST_SECONDS) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * asked)
        while seen != cloud.answered:
            seen = cloud.answered
            time.sleep(0.2)
        assert 0 < seen < asked / 2
        assert len(read_answers(line, asked)) == asked


def test_what_is_sent_while_an_answer_is_delayed_waits_for_it(make_line):
    line = make_line(delaying(0.2, occurrences=[1]))
    began = time.monotonic()
    line.sendall(spell(line, target="/v1/vpc") + spell(line, target="/v1/nowhere"))
    assert [status for status, _ in read_answers(line, 2)] == [200, 400]
    assert time.monotonic() - began >= 0.2


def test_a_request_may_come_in_any_pieces(make_line):
    line = make_line()
    for byte in spell(line, "POST", "/v1/vpc?clientToken=t", body=b'{"name": "n", "cidr": "10.0.0.0/16"}'):
        line.sendall(bytes([byte]))
    ((status, body),) = read_answers(line, 1)
    assert status == 200
    assert b"vpcId" in body


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(make_line):
    line, body = make_line(), b'{"name": "n", "cidr": "10.0.0.0/16"}'
    whole = spell(line, "POST", "/v1/vpc?clientToken=t", body=body, headers=[("Expect", "100-continue")])
    line.sendall(whole.removesuffix(body))
    assert line.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.sendall(body)
    assert read_answers(line, 1)[0][0] == 200


def test_a_client_that_wishes_for_another_protocol_is_answered_in_this_one(make_line):
    """Such as a client of HTTP/2 on its first request: its body is read, and so is what it sends next."""
    line, body = make_line(), b'{"name": "n", "cidr": "10.0.0.0/16"}'
    wish = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")]
    line.sendall(spell(line, "POST", "/v1/vpc?clientToken=t", body=body, headers=wish) + spell(line))
    assert [status for status, _ in read_answers(line, 2)] == [200, 200]


def test_the_answer_to_head_has_no_body(make_line):
    line = make_line()
    line.sendall(spell(line, "HEAD", headers=[("Connection", "close")]))
    head, _, body = read_to_end(line).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body == b""


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_a_client_that_asks_for_the_end_gets_it_after_the_answer(make_line, version):
    line = make_line()
    line.sendall(spell(line, headers=[("Connection", "close")]).replace(b"HTTP/1.1", version.encode()))
    assert read_to_end(line).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * 100_000,
        b"x" * 300_000,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{",
    ],
    ids=["TLS", "no host", "no end of a head", "no end at all", "no end of a body"],
)
def test_what_is_not_http_is_refused_and_hung_up_on(make_line, garbage):
    line = make_line()
    line.sendall(garbage)
    line.shutdown(socket.SHUT_WR)
    answer = read_to_end(line)
    assert re.match(rb"HTTP/1\.1 4\d\d ", answer)
    assert b'"code":"InvalidHTTPRequest"' in answer


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(make_line):
    line = make_line(delaying(0.1, occurrences=[1]))
    line.sendall(spell(line))
    line.close()
    other = make_line()
    other.sendall(spell(other))
    assert read_answers(other, 1)[0][0] == 200


def test_a_long_head_is_taken_in_however_many_pieces_it_comes(make_line):
    """What is too long is told by the gates, which say what to do about it, and not by the accident of a packet."""
    line = make_line()
    for length, status in ((60_000, 200), (70_000, 400)):
        head = spell(line).replace(b"\r\n\r\n", b"\r\nX-Long: " + b"y" * length + b"\r\n\r\n")
        line.sendall(head[:-2])
        time.sleep(0.05)
        line.sendall(head[-2:])
        ((came, body),) = read_answers(line, 1)
        assert came == status
    assert b"the headers are longer than" in body


def test_what_is_sent_after_garbage_keeps_nobody_from_reading_why(make_line):
    line = make_line()
    line.sendall(b"POST /v1/vpc HTTP/1.1\r\nHost : x\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000)
    assert b'"code":"InvalidHTTPRequest"' in read_to_end(line)


def test_a_client_that_takes_the_cloud_for_a_proxy_is_answered(make_line):
    """Then the target is the whole URL; what is signed is the path all the same."""
    line = make_line()
    whole = f"GET HTTP://127.0.0.1:{line.getpeername()[1]}/v1/vpc HTTP/1.1".encode()
    line.sendall(spell(line).replace(b"GET /v1/vpc HTTP/1.1", whole))
    assert read_answers(line, 1)[0][0] == 200
