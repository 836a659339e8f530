"""Looks for secrets of BCE in recordings that exist already, whichever tool made them.

Knows what such secrets look like; must never know the sanitizer, which makes recordings, nor any secret's value.
"""

from __future__ import annotations

from contractkit.recording.scan.patterns import PATTERNS, Pattern, is_placeholder
from contractkit.recording.scan.scanner import Hit, find_files, scan_bytes, scan_paths

__all__ = ["PATTERNS", "Hit", "Pattern", "find_files", "is_placeholder", "scan_bytes", "scan_paths"]
