"""Knows what the documents cannot say about a service: how an address is chosen, which networks may overlap.

Must never know HTTP, signatures or paging; one file per service or group, each a table of functions by kind.
"""

from contractkit.cloud.behaviours.registry import Behaviours, load_behaviours

__all__ = ["Behaviours", "load_behaviours"]
