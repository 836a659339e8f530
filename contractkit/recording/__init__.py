"""Cassettes: what is stored of real traffic, how it is made safe, and how it answers later.

Knows requests, answers and files; must never know a client, the reference cloud or pytest.
"""

from __future__ import annotations

from contractkit.recording.cassette import Cassette
from contractkit.recording.mode import Mode
from contractkit.recording.names import cassette_name
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.session import OpenCassette, open_cassette
from contractkit.recording.tape import Tape

__all__ = ["Cassette", "Mode", "OpenCassette", "Sanitizer", "Tape", "cassette_name", "open_cassette"]
