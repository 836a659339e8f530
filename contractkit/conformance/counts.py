"""The five counts of a service: operations described, callable, served, walked through with success, and recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from contractkit.client import Client, RetryPolicy
from contractkit.cloud import ReferenceCloud
from contractkit.conformance.report import Coverage, Tally
from contractkit.contract import Contract, Operation
from contractkit.contract.examples import example_arguments
from contractkit.errors import ContractkitError
from contractkit.message import Response
from contractkit.signing import EXAMPLE

__all__ = ["NOUNS", "count_services", "find_missing"]

NOUNS: Final = ("described", "callable", "served", "scenario", "cassette")
"""In the order of the way: each is more than the one before it."""

_LOST: Final = frozenset({"InvalidURI", "InvalidVersion"})


def count_services(missing: Mapping[str, tuple[str, ...]], contract: Contract) -> dict[str, dict[str, Tally]]:
    """For each service, by noun, how many of its operations are so, from those that are not."""
    counts = {}
    for service in contract.services:
        described = len(contract.operations(service))
        names = {noun: [each for each in missing[noun] if each.partition(".")[0] == service] for noun in NOUNS}
        counts[service] = {noun: Tally(described - len(names[noun]), described) for noun in NOUNS}
    return counts


def find_missing(coverage: Coverage, contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """By noun, the operations that are not so.

    Callable: the client has a method for it and takes its example. Served: the reference cloud answers the example
    as the operation it is, be it with an error. Scenario: answered with success in a cassette. Cassette: answered.
    """
    states = {
        each.operation: each.state
        for service in coverage.services
        for group in service.groups
        for each in group.operations
    }
    operations = contract.operations()
    client = Client(EXAMPLE, transport=_unreachable)
    return {
        "described": (),
        "callable": tuple(each.qualified for each in operations if not _is_callable(client, each)),
        "served": tuple(_find_unserved(operations)),
        "scenario": tuple(each.qualified for each in operations if states.get(each.qualified) != "succeeded"),
        "cassette": tuple(each.qualified for each in operations if states.get(each.qualified, "unseen") == "unseen"),
    }


def _is_callable(client: Client, operation: Operation) -> bool:
    if not callable(getattr(getattr(client, operation.service), operation.name, None)):
        return False
    try:
        client.prepare(operation, example_arguments(operation))
    except ContractkitError:
        return False
    return True


def _unreachable(_: object) -> Response:
    raise AssertionError("nothing is sent to find out whether an operation can be called")


def _find_unserved(operations: tuple[Operation, ...]) -> Iterator[str]:
    client = Client(EXAMPLE, transport=ReferenceCloud().handle, retry=RetryPolicy(attempts=1))
    for operation in operations:
        answer = client.send(operation, example_arguments(operation))
        if answer.status >= 500 or (answer.status >= 400 and answer.json()["code"] in _LOST):
            yield operation.qualified
