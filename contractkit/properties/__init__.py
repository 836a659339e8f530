"""Knows the laws of signing, passwords, idempotency, recording and the contract as suites for any implementation.

Must never hold a real credential, nor know which implementation it is aimed at beyond the callable it was given.
"""

from contractkit.properties import strategies
from contractkit.properties.contracts import contract_suite
from contractkit.properties.history import Target
from contractkit.properties.idempotency import idempotency_suite
from contractkit.properties.passwords import password_suite
from contractkit.properties.profiles import open_examples, register_profiles
from contractkit.properties.recordings import recording_suite
from contractkit.properties.retries import client_retry_suite
from contractkit.properties.signer import signer_suite
from contractkit.properties.suite import LawBrokenError

__all__ = [
    "LawBrokenError",
    "Target",
    "client_retry_suite",
    "contract_suite",
    "idempotency_suite",
    "open_examples",
    "password_suite",
    "recording_suite",
    "register_profiles",
    "signer_suite",
    "strategies",
]
