"""Exclusive clusters: there or not, nobody creates them by a call."""

from __future__ import annotations

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract


def test_clusters_are_listed_and_read(bce_client: Client, refusal: Refusal) -> None:
    """What the list names can be read, with the same name; a page is there again; an unknown one is not found."""
    for listed in bce_client.eip.list_eip_clusters.each():
        found = bce_client.eip.get_eip_cluster(listed["clusterId"])
        assert (found["clusterName"], found["clusterAz"]) == (listed["clusterName"], listed["clusterAz"])
    one = bce_client.eip.list_eip_clusters(maxKeys=1)
    if one["clusterList"]:
        again = bce_client.eip.list_eip_clusters(marker=one["marker"], maxKeys=1)
        assert again["clusterList"] == one["clusterList"]
    assert refusal(bce_client.eip.get_eip_cluster, clusterId="c-unknown0").status == 404
