"""Knows planted wrongs: signers, verifiers, encoders, services, clients and recordings that each break one law.

They examine the suites: a suite that lets one pass is not worth its name. Must never be used to talk to a service.
"""

from contractkit.properties.wrongs.examination import Caught, examine
from contractkit.properties.wrongs.planted import KINDS, Wrong, planted

__all__ = ["KINDS", "Caught", "Wrong", "examine", "planted"]
