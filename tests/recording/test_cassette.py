"""The cassette document: stable bytes out, strict reading in."""

import json

import msgspec
import pytest

from contractkit.errors import CassetteFormatError
from contractkit.recording import Cassette, Sanitizer
from contractkit.recording.cassette import _digest, _Document


def seal(text):
    """The text with a digest that fits it: what somebody writes who means harm."""
    parsed = msgspec.json.decode(text, type=_Document)
    return text.replace(parsed.digest, _digest(parsed))


@pytest.fixture
def cassette(kit):
    sanitizer = Sanitizer(kit.contract, credentials=kit.own)
    entries = tuple(
        sanitizer.sanitize(
            kit.interaction(
                kit.request("POST", f"/v1/vpc?clientToken={n}", {"name": f"n{n}", "z": 1, "a": 2}),
                kit.response({"vpcId": f"vpc-{n:08d}"}),
            ),
            at=kit.now,
        )
        for n in range(3)
    )
    return Cassette(entries, kit.contract.digest, sanitizer.record)


def test_what_is_written_is_read_back_and_written_the_same(cassette):
    data = cassette.encode()
    assert Cassette.parse(data, "c.json") == cassette
    assert Cassette.parse(data, "c.json").encode() == data


def test_json_bodies_are_stored_as_structure_with_sorted_members(cassette):
    body = json.loads(cassette.encode())["interactions"][0]["request"]["json"]
    assert list(body) == ["a", "name", "z"]


def test_a_file_cut_at_any_byte_is_refused_naming_file_and_remedy(cassette):
    data = cassette.encode()
    for end in range(len(data)):
        with pytest.raises(CassetteFormatError, match=r"^c\.json: .*(restore|name a cassette)"):
            Cassette.parse(data[:end], "c.json")


def test_any_single_changed_byte_of_an_interaction_is_noticed(cassette):
    data = cassette.encode()
    start = data.index(b'"interactions"')
    for place in range(start, len(data), 7):
        changed = bytes([data[place] ^ 1])
        if data[place : place + 1].isspace() or changed.isspace():
            continue  # blanks between members say nothing
        with pytest.raises(CassetteFormatError):
            Cassette.parse(data[:place] + changed + data[place + 1 :], "c.json")


def test_an_edited_file_can_be_read_unsealed(cassette):
    edited = cassette.encode().replace(b'"n1"', b'"other"')
    with pytest.raises(CassetteFormatError, match="digest"):
        Cassette.parse(edited, "c.json")
    assert Cassette.parse(edited, "c.json", sealed=False).entries[1].request.json["name"] == "other"


def test_line_ends_of_another_system_do_no_harm(cassette):
    assert Cassette.parse(cassette.encode().replace(b"\n", b"\r\n"), "c.json") == cassette


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda text: text.replace('"count": 3', '"count": 4'), "3 interactions, 4 announced"),
        (lambda text: text.replace('"version": 1,\n "contract"', '"version": 2,\n "contract"'), "version is not 1"),
        (lambda text: text.replace('"count": 3', '"count": 3, "count": 3'), "'count' stands twice"),
        (lambda text: text.replace('"count": 3', '"count": NaN'), "NaN is not JSON"),
        (lambda text: text.replace('"count": 3', '"count": "3"'), "Expected `int`"),
        (lambda text: text.replace('"count": 3', '"count": 3, "more": 1'), "unknown field `more`"),
        (lambda text: text.replace('"a": 2', '"a": ' + "[" * 70 + "]" * 70, 1), "nested deeper than 64"),
        (lambda text: text.replace('"a": 2', '"a": ' + "[" * 50000 + "]" * 50000, 1), "nested deeper than 64"),
        (lambda text: text.replace('"n1"', '"\\ud800"'), "not text in UTF-8"),
        (lambda text: text.replace("contractkit cassette", "something else"), "first member"),
        (
            lambda text: seal(text.replace('"vpc.create_vpc"', '"vpc\\u001b]52;c;eA==\\u0007"', 1)),
            "interaction 1 holds",
        ),
        (
            lambda text: seal(text.replace('"vpc.create_vpc"', '"x\\n::error::"', 1)),
            "holds control characters; restore",
        ),
        (
            lambda text: seal(text.replace("clientToken=token-2", "\\u009b2J=1")),
            "interaction 2 holds control characters",
        ),
        (lambda text: text.replace('"2015-04-27T08:23:49Z",\n "count"', '"today",\n "count"'), "no instant"),
        (lambda _: "[]\n", "closing line"),
        (lambda _: '{"interactions": []}\n', "first member"),
    ],
)
def test_a_document_that_breaks_the_format_is_refused_saying_where(cassette, change, fault):
    text = cassette.encode().decode()
    changed = change(text)
    assert changed != text
    with pytest.raises(CassetteFormatError, match=fault):
        Cassette.parse(changed.encode(), "c.json")


def test_bytes_that_are_not_utf8_and_files_beyond_the_limit_are_refused(cassette):
    with pytest.raises(CassetteFormatError, match="not UTF-8"):
        Cassette.parse(cassette.encode().replace(b"n1", b"\xff1"), "c.json")
    with pytest.raises(CassetteFormatError, match="more than 33554432"):
        Cassette.parse(b" " * (32 * 1024 * 1024 + 1), "c.json")


def test_interactions_come_back_as_messages(cassette):
    first = cassette.interactions[0]
    assert first.operation == "vpc.create_vpc"
    assert first.request.url == "https://bcc.bj.baidubce.com/v1/vpc?clientToken=token-1"
    assert msgspec.json.decode(first.response.body) == {"vpcId": "vpc-00000000"}
    assert first.response.headers.get("x-bce-request-id") == "00000000-0000-4000-8000-000000000001"
