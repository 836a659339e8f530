"""Instants are told and read back, and terms follow the calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractkit.cloud.times import add_span, read_time, tell_time

INSTANTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants bounds without a zone


@given(at=INSTANTS, form=st.sampled_from(("utc", "beijing")))
def test_what_is_told_is_read_back(at, form):
    assert read_time(tell_time(at, form), form) == at.replace(microsecond=0)


@pytest.mark.parametrize(
    ("start", "length", "unit", "end"),
    [
        ("2024-01-31", 1, "month", "2024-02-29"),
        ("2023-01-31", 1, "Month", "2023-02-28"),
        ("2024-12-15", 1, "MONTH", "2025-01-15"),
        ("2024-02-29", 1, "year", "2025-02-28"),
        ("2024-02-29", 10, "DAY", "2024-03-10"),
        ("9999-11-30", 36, "month", "9999-12-30"),
        ("9999-12-30", 9, "day", "9999-12-31"),
    ],
)
def test_a_term_ends_by_the_calendar(start, length, unit, end):
    at, expected = (datetime.fromisoformat(f"{each}T00:00:00+00:00") for each in (start, end))
    assert add_span(at, length, unit) == expected


@given(at=INSTANTS, length=st.integers(1, 36))
def test_a_month_is_28_to_31_days(at, length):
    span = add_span(at, length, "month") - at
    assert timedelta(days=28 * length) <= span <= timedelta(days=31 * length)
