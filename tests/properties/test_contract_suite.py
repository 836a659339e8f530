"""The contract suite: the reference cloud passes it for every described operation."""

from contractkit.cloud import ReferenceCloud
from contractkit.properties import contract_suite

TestReferenceCloud = contract_suite(make_target=lambda clock: ReferenceCloud(clock=clock).handle)
