"""Counts kept in a file rise and never fall."""

import pytest

from contractkit.conformance.floor import find_falls, find_rises, read_floor, write_floor
from contractkit.conformance.report import Tally
from contractkit.errors import ConfigurationError

FLOOR = {"vpc": {"operations": Tally(5, 9), "enum values": Tally(2, 7)}}


def test_a_floor_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "deep" / "floor.json"
    write_floor(FLOOR, path)
    assert read_floor(path) == FLOOR


def test_the_same_counts_neither_fall_nor_rise():
    assert find_falls(FLOOR, FLOOR) == find_rises(FLOOR, FLOOR) == ()


def test_every_lower_count_falls_and_every_higher_one_rises():
    now = {"vpc": {"operations": Tally(6, 9), "enum values": Tally(1, 7)}, "eip": {"operations": Tally(1, 1)}}
    assert find_falls(FLOOR, now) == ("vpc: enum values exercised 2 -> 1 of 7",)
    assert find_rises(FLOOR, now) == (
        "vpc: operations exercised 5 -> 6 of 9",
        "eip: operations exercised 0 -> 1 of 1",
    )


def test_more_to_exercise_is_no_fall():
    assert find_falls(FLOOR, {"vpc": {"operations": Tally(5, 900), "enum values": Tally(2, 700)}}) == ()


def test_a_service_or_a_noun_that_is_gone_falls():
    assert len(find_falls(FLOOR, {})) == 2
    assert len(find_falls(FLOOR, {"vpc": {"operations": Tally(5, 9)}})) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        ("{", "holds no counts"),
        ("[]", "holds no counts"),
        ('{"format": "contractkit report", "services": {}}', "holds no counts, but 'contractkit report'"),
        ('{"format": "contractkit coverage floor", "services": {"vpc": {"operations": 5}}}', "holds no counts"),
    ],
)
def test_what_is_no_floor_is_refused_with_the_way_out(tmp_path, content, reason):
    path = tmp_path / "floor.json"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError, match=reason) as caught:
        read_floor(path)
    assert "--raise" in str(caught.value)
