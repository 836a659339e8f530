"""The matrix of the packaged suite, aimed at services that do not keep what it promises."""

from importlib import import_module

import pytest

from contractkit.client import Client, RetryPolicy
from contractkit.message import Response, encode_json
from contractkit.signing import EXAMPLE


@pytest.fixture
def matrix(pytestconfig):
    """The module itself; its mark is one that the suite's own conftest makes known."""
    pytestconfig.addinivalue_line("markers", "reference_only(why): of the packaged suite")
    return import_module("contractkit.conformance.suite.test_matrix")


@pytest.fixture
def taking(matrix):
    """A group of operations that name a thing in their path and take a token, and those operations."""
    for group in matrix.GROUPS:
        fitting = [each for each in matrix.members_of(group) if each.client_token != "none" and "{" in each.path]
        if len(fitting) > 2:
            return group, fitting
    raise AssertionError("no such group is described")


@pytest.fixture
def answering():
    """A client of a service that gives one answer to everything."""

    def make(status, code):
        answer = Response(status, [("Content-Type", "application/json")], encode_json({"code": code, "message": "m"}))
        return Client(EXAMPLE, transport=lambda _: answer, retry=RetryPolicy(attempts=1), sleep=lambda _: None)

    return make


def test_a_service_that_fails_twice_alike_is_no_repeat(matrix, taking, answering):
    """The same 500 twice is not "not found": every operation of the group is told."""
    group, operations = taking
    with pytest.raises(AssertionError) as told:
        matrix.test_a_repeat_comes_out_the_same(answering(500, "InternalError"), group)
    assert all(f"{each.qualified}, first: 500 InternalError, not 404" in str(told.value) for each in operations)


def test_a_service_that_finds_nothing_twice_passes(matrix, taking, answering):
    """Not found, and not found again, is what is demanded."""
    matrix.test_a_repeat_comes_out_the_same(answering(404, "NoSuchObject"), taking[0])
