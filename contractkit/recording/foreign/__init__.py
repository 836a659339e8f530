"""Recordings of other tools: read into interactions, and written for them to replay.

Knows the formats of vcrpy (so of pytest-recording) and betamax; must never know what is secret or where cassettes lie.
"""

from __future__ import annotations

from contractkit.recording.foreign.reading import read_foreign
from contractkit.recording.foreign.transfer import Imported, export_cassette, import_cassette

__all__ = ["Imported", "export_cassette", "import_cassette", "read_foreign"]
