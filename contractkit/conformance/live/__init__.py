"""What keeps a live run from costing or destroying: a gate before every request, a logbook of what was created.

Knows the contract and files; never signs, sends or decides what a test means.
"""

from contractkit.conformance.live.gate import LiveGate, LiveRefusedError
from contractkit.conformance.live.logbook import Creation, Logbook
from contractkit.conformance.live.sweep import sweep

__all__ = ["Creation", "LiveGate", "LiveRefusedError", "Logbook", "sweep"]
