"""Knows how the service behaves: who may ask, what exists, what an operation does, which weather blows.

Must never know a cassette, a client or pytest; nothing here opens a socket but `server.py`.
"""

from contractkit.cloud.accounts import NEIGHBOUR, Account, example_accounts
from contractkit.cloud.cloud import ReferenceCloud
from contractkit.cloud.weather import ConnectionCut, Meeting, Spell, Weather, cutting, delaying, failing, throttling

__all__ = [
    "NEIGHBOUR",
    "Account",
    "ConnectionCut",
    "Meeting",
    "ReferenceCloud",
    "Spell",
    "Weather",
    "cutting",
    "delaying",
    "example_accounts",
    "failing",
    "throttling",
]
