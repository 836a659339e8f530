"""HTTP/1.1 bytes: what is collected is what was written, what is rendered is what is read."""

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit.message import Response
from contractkit.recording.doors import DoorError
from contractkit.recording.doors.wire import RequestCollector, render_response, unfold

bodies = st.binary(max_size=400)
cuts = st.lists(st.integers(1, 40), min_size=1, max_size=30)
names = st.text("abcdefXYZ-09", min_size=1, max_size=12).map("x-".__add__)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f\x85\xa0"), max_size=30)
fields = st.lists(st.tuples(names, values.map(lambda value: value.strip(" "))), max_size=5)


def collect(data, sizes):
    """Feed `data` in pieces and take after each; nothing may come before the last byte."""
    collector, position, index = RequestCollector(), 0, 0
    while position < len(data):
        assert collector.take() is None
        size = sizes[index % len(sizes)]
        collector.feed(memoryview(data)[position : position + size])
        position, index = position + size, index + 1
    return collector.take()


def head(*lines):
    return "\r\n".join(["POST /v1/vpc?a=%2F HTTP/1.1", *lines, "", ""]).encode("latin-1")


@given(fields, bodies, cuts)
def test_a_request_cut_anywhere_is_collected_as_written(headers, body, sizes):
    lines = [f"{name}: {value}" for name, value in headers]
    data = head(*lines, f"Content-Length: {len(body)}") + body
    wire = collect(data, sizes)
    assert (wire.method, wire.target, wire.body, wire.raw) == ("POST", "/v1/vpc?a=%2F", body, data)
    assert wire.headers == (*headers, ("Content-Length", str(len(body))))


@given(st.lists(st.binary(min_size=1, max_size=90), max_size=6), cuts)
def test_a_chunked_body_cut_anywhere_is_freed_of_its_framing(chunks, sizes):
    framed = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nTrailer: t\r\n\r\n"
    data = head("Transfer-Encoding: chunked") + framed
    wire = collect(data, sizes)
    assert (wire.body, wire.raw) == (b"".join(chunks), data)


@given(st.integers(200, 599), fields, bodies, st.sampled_from(["GET", "POST", "HEAD"]))
def test_what_is_rendered_is_what_http_client_reads(status, headers, body, method):
    class Sock:
        def makefile(self, _mode):
            return io.BytesIO(data)

    data = render_response(Response(status, headers, body), method)
    reply = http.client.HTTPResponse(Sock(), method=method)
    reply.begin()
    bodiless = method == "HEAD" or status in (204, 304)
    assert (reply.status, reply.read()) == (status, b"" if bodiless else body)
    got = [(name, value) for name, value in reply.getheaders() if name != "Content-Length"]
    assert got == [(name, value.strip(" \t")) for name, value in headers]
    assert not reply.will_close or bodiless


def test_framing_of_the_recorded_answer_is_replaced_by_its_length():
    recorded = [("Transfer-Encoding", "chunked"), ("Connection", "close"), ("content-length", "9"), ("X", "1")]
    data = render_response(Response(200, recorded, b"abc"), "GET")
    assert data == b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 3\r\n\r\nabc"


def test_a_head_answer_keeps_the_length_it_announced():
    data = render_response(Response(200, {"Content-Length": "9"}), "HEAD")
    assert data == b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize(
    "response",
    [
        Response(200, {"X": "a\r\nSet-Cookie: b"}),
        Response(200, {"X\nY": "a"}),
        Response(200, {"X:": "1"}),
        Response(100),
    ],
    ids=["value", "name", "colon", "interim"],
)
def test_an_answer_that_would_break_its_framing_is_refused(response):
    with pytest.raises(DoorError, match=r"correct"):
        render_response(response, "GET")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (head("Content-Length: 3", "Content-Length: 4") + b"abc", "framed by something else"),
        (head("Content-Length: -1"), "framed by something else"),
        (head("Transfer-Encoding: gzip, chunked"), "framed by something else"),
        (head("Transfer-Encoding: chunked") + b"zz\r\n", "broken chunk size"),
        (head("Transfer-Encoding: chunked") + b"-5\r\n", "broken chunk size"),
        (head("Expect: 100-Continue", "Content-Length: 3"), "without the Expect header"),
        (head("no colon here"), "without a colon"),
        (b"PRI * HTTP/2.0\r\n\r\n", "only HTTP/1"),
        (head("Content-Length: 1") + b"abc", "2 bytes past the end"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_the_remedy(data, told):
    collector = RequestCollector()
    collector.feed(data)
    with pytest.raises(DoorError, match=told):
        collector.take()


def test_folded_header_lines_become_one():
    collector = RequestCollector()
    collector.feed(head("X-Long: one\r\n\ttwo", "Y: 1"))
    assert collector.take().headers == (("X-Long", "one two"), ("Y", "1"))
    assert unfold("a \r\n  b") == "a b"


def test_a_target_in_absolute_form_names_its_own_host():
    collector = RequestCollector()
    collector.feed(b"GET http://bcc.bj.baidubce.com/v1/vpc?x=http://y HTTP/1.1\r\nHost: h\r\n\r\n")
    assert collector.take().to_request("http", "proxy:3128").url == "http://bcc.bj.baidubce.com/v1/vpc?x=http://y"
    collector = RequestCollector()
    collector.feed(b"GET /v1/vpc?x=http://y HTTP/1.1\r\nHost: h\r\n\r\n")
    assert collector.take().to_request("https", "h").url == "https://h/v1/vpc?x=http://y"


def test_a_request_in_writing_shows_nothing_of_itself_in_its_repr():
    collector = RequestCollector()
    collector.feed(head("Authorization: secret-value"))
    assert "secret" not in repr(collector.take())
