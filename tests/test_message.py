"""Messages are frozen values: read like the wire, compared like values, silent about secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit.message import (
    MAX_DEPTH,
    Headers,
    Request,
    Response,
    TooDeepError,
    decode_query,
    encode_json,
    parse_json,
)


def test_headers_keep_order_and_repeats_and_ignore_case():
    headers = Headers([("A", "1"), ("b", "2"), ("a", "3")])
    assert headers.get("a") == "1"
    assert headers.get_all("A") == ("1", "3")
    assert headers.has("B")
    assert headers.get("c", "none") == "none"
    assert headers.without("a") == Headers({"b": "2"})
    assert headers.set("a", "9") == Headers([("A", "9"), ("b", "2")])
    assert headers.set("c", "9")[-1] == ("c", "9")


def test_a_url_is_read_in_its_parts():
    request = Request("GET", "HTTPS://user:pw@Bcc.bj.baidubce.com:443/v1/a%20b?x=%2B+&bind&e=#frag")
    assert request.scheme == "https"
    assert request.authority == "Bcc.bj.baidubce.com:443"
    assert request.host == "bcc.bj.baidubce.com"
    assert request.raw_path == "/v1/a%20b"
    assert request.path == "/v1/a b"
    assert request.query == (("x", "++"), ("bind", None), ("e", ""))
    assert request.query_value("bind") == ""
    assert request.query_value("nothing") is None
    assert request.target == "/v1/a%20b?x=%2B+&bind&e="


def test_an_empty_path_is_the_root():
    assert Request("GET", "http://h?x").raw_path == "/"


def test_the_host_header_wins_over_the_url():
    assert (
        Request("GET", "http://127.0.0.1:80/", {"host": "EIP.bj.baidubce.com:8080"}).host == "eip.bj.baidubce.com:8080"
    )


def test_undecodable_escapes_survive_a_round_trip():
    assert Request("GET", "http://h/%FF").path.encode("utf-8", "surrogateescape") == b"/\xff"


@given(st.lists(st.tuples(st.text(min_size=1), st.none() | st.text())))
def test_decoding_undoes_encoding_of_any_query(items):
    from urllib.parse import quote  # noqa: PLC0415 - the independent half of this test

    raw = "&".join(quote(k, safe="") + ("" if v is None else "=" + quote(v, safe="")) for k, v in items)
    assert decode_query(raw) == tuple(items)


def test_reprs_show_no_values():
    request = Request("PUT", "https://h/v1/eip?clientToken=hush", {"authorization": "hush"}, b"hush")
    response = Response(200, {"set-cookie": "hush"}, b"hush")
    assert "hush" not in f"{request!r} {response!r} {request.headers!r} {response.headers!r}"
    assert "PUT https://h/v1/eip?clientToken, 4 bytes" in repr(request)


def test_values_compare_hash_and_copy_as_values():
    request = Request("GET", "https://h/", {"a": "b"})
    assert request == Request("GET", "https://h/", [("a", "b")])
    assert hash(request) == hash(Request("GET", "https://h/", {"a": "b"}))
    assert request.replace(method="PUT").method == "PUT"
    with pytest.raises(AttributeError):
        request.method = "PUT"
    assert Response(200).replace(status=404).status == 404


def test_json_is_strict_and_its_errors_show_no_text():
    assert parse_json(encode_json({"a": ["ü"]})) == {"a": ["ü"]}
    for bad in (b"", b"{hush", b"\xff"):
        with pytest.raises(ValueError, match="not JSON") as caught:
            parse_json(bad)
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_json_may_be_nested_48_deep_and_no_deeper(opening, closing):
    """So that nobody who walks it runs out of stack, whether the parser still takes it or not."""
    each = len(opening.replace(b'"a":', b""))
    for depth in (MAX_DEPTH // each + 1, 500, 100_000):
        with pytest.raises(TooDeepError, match="deeper than 48"):
            parse_json(opening * depth + b"1" + closing * depth)
    deepest = opening * (MAX_DEPTH // each) + b"1" + closing * (MAX_DEPTH // each)
    assert encode_json(parse_json(deepest)) == deepest
    assert len(parse_json(b"[" + b"[]," * 1000 + b"[]]")) == 1001, "many beside each other are not deep"
