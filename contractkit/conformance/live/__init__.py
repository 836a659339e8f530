"""What keeps a live run from costing or destroying: a gate before every request, a logbook of what was created.

Knows the contract and files; never signs, chooses what to send or decides what a test means.
"""

from contractkit.conformance.live.gate import LiveGate, LiveRefusedError, gated
from contractkit.conformance.live.logbook import Creation, Logbook
from contractkit.conformance.live.opening import LiveWay, open_live
from contractkit.conformance.live.sweep import sweep, sweep_file

__all__ = [
    "Creation",
    "LiveGate",
    "LiveRefusedError",
    "LiveWay",
    "Logbook",
    "gated",
    "open_live",
    "sweep",
    "sweep_file",
]
