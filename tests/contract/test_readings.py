"""Every reading of a loose specification is named, argued and can be overturned."""

from contractkit.contract import load_readings


def test_readings_are_complete_and_uniquely_named():
    readings = load_readings()
    assert len({each.id for each in readings}) == len(readings) > 8
    for reading in readings:
        assert all((reading.question, reading.held, reading.evidence, reading.live_check)), reading.id
