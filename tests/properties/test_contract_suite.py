"""The contract suite: the reference cloud passes it for every described operation."""

import pytest

from contractkit import load_contract
from contractkit.cloud import ReferenceCloud
from contractkit.contract.examples import example_arguments
from contractkit.properties import contract_suite
from contractkit.properties.contracts import FORGED
from contractkit.properties.strategies.operations import write_request

TestReferenceCloud = pytest.mark.slow(contract_suite(make_target=lambda clock: ReferenceCloud(clock=clock).handle))


def test_every_forgery_changes_every_operation():
    """An unknown version is asked for whatever the version of the path, so that no draw finds a right request wrong."""
    for operation in load_contract().operations():
        request = write_request(operation, example_arguments(operation))
        assert FORGED["unknown version"].change(request).path.startswith("/v99/"), operation.qualified
