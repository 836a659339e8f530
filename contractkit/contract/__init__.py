"""What the APIs promise: operations as data, the router, and the checks of an interaction against them.

Knows the documents in `documents/` and plain messages; never signs, sends, stores or waits.
"""

from contractkit.contract.calls import Call, build_call
from contractkit.contract.checks import Finding, check
from contractkit.contract.contract import Contract, load_contract
from contractkit.contract.model import Operation, Paging, Parameter, Resource
from contractkit.contract.readings import Reading, load_readings
from contractkit.contract.router import Match, NoRoute
from contractkit.contract.validation import Violation, validate_request

__all__ = [
    "Call",
    "Contract",
    "Finding",
    "Match",
    "NoRoute",
    "Operation",
    "Paging",
    "Parameter",
    "Reading",
    "Resource",
    "Violation",
    "build_call",
    "check",
    "load_contract",
    "load_readings",
    "validate_request",
]
