"""What the APIs promise: operations as data, the router, and the checks of an interaction against them.

Knows the documents in `documents/` and plain messages; never signs, sends, stores or waits.
"""

from contractkit.contract.calls import Call, build_call
from contractkit.contract.checks import Finding, check
from contractkit.contract.contract import Contract, load_contract
from contractkit.contract.model import Operation, Paging, Parameter, Resource
from contractkit.contract.readings import Reading, load_readings
from contractkit.contract.router import Match, NoRoute
from contractkit.contract.validation import Appraisal, Violation, appraise_request, validate_request

__all__ = [
    "Appraisal",
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
    "appraise_request",
    "build_call",
    "check",
    "load_contract",
    "load_readings",
    "validate_request",
]
