"""A paged operation is one loop over items, fetched page by page, that always ends."""

import json
from itertools import islice

import pytest

from contractkit import Response
from contractkit.client.paging import PagingError
from contractkit.errors import ArgumentError, NotFoundError


def page(items, marker=None, **more):
    body = {"vpcs": items, "isTruncated": marker is not None, "maxKeys": 2, **more}
    if marker is not None:
        body["nextMarker"] = marker
    return Response(200, {}, json.dumps(body).encode())


def test_items_come_from_every_page_in_order(loopback, client):
    loopback.answers = [page([{"vpcId": "1"}, {"vpcId": "2"}], "m1"), page([], "m2"), page([{"vpcId": "3"}])]
    assert [each["vpcId"] for each in client.vpc.list_vpcs.each(maxKeys=2, isDefault=False)] == ["1", "2", "3"]
    queries = [dict(each.query) for each in loopback.requests]
    assert [each.get("marker") for each in queries] == [None, "m1", "m2"]
    assert all(each["maxKeys"] == "2" and each["isDefault"] == "false" for each in queries)


def test_nothing_is_fetched_before_it_is_wanted(loopback, client):
    loopback.answers = [page([1, 2], "m1"), page([3], "m2"), page([4])]
    items = client.vpc.list_vpcs.each()
    assert not loopback.requests
    assert list(islice(items, 2)) == [1, 2]
    assert len(loopback.requests) == 1
    assert next(items) == 3
    assert len(loopback.requests) == 2


def test_pages_are_whole_and_may_start_in_the_middle(loopback, client):
    loopback.answers = [page([1], "m2"), page([2])]
    pages = list(client.vpc.list_vpcs.pages(marker="m1"))
    assert [each["vpcs"] for each in pages] == [[1], [2]]
    assert pages[0]["nextMarker"] == "m2"
    assert loopback.requests[0].query_value("marker") == "m1"


def test_path_parameters_may_be_positional(loopback, client):
    loopback.answers = [Response(200, {}, b'{"records": [1], "isTruncated": false}')]
    assert list(client.dns.list_dns_records.each("example.com")) == [1]
    assert loopback.requests[0].path == "/v1/dns/zone/example.com/record"


@pytest.mark.parametrize(
    "answers",
    [
        [page([1], "m1"), page([2], "m1")],
        [page([1], "m1"), page([2], "m2"), page([3], "m1")],
        [page([1], isTruncated=True)],
        [page([1], "")],
        [page([1], nextMarker=7, isTruncated=True)],
        [page({"not": "a list"})],
        [Response(200, {}, b'{"isTruncated": false}')],
        [Response(200)],
    ],
    ids=["repeats", "cycle", "no marker", "empty marker", "number", "no list", "list missing", "empty body"],
)
def test_pages_that_lead_nowhere_end_in_a_typed_error(loopback, client, answers):
    loopback.answers = list(answers)
    with pytest.raises(PagingError, match="start again"):
        list(islice(client.vpc.list_vpcs.each(), 20))
    assert len(loopback.requests) == len(answers)


def test_a_marker_given_at_the_start_counts_as_used(loopback, client):
    loopback.answers = [page([1], "m1")]
    with pytest.raises(PagingError, match="repeats"):
        list(islice(client.vpc.list_vpcs.each(marker="m1"), 20))
    assert len(loopback.requests) == 1


@pytest.mark.parametrize(
    ("more", "last"),
    [
        ({"isTruncated": "true"}, {"isTruncated": "false"}),
        ({"isTruncated": "True", "maxKeys": "2"}, {"isTruncated": "False"}),
        ({"isTruncated": None}, {"isTruncated": None, "nextMarker": ""}),
    ],
    ids=["text", "Python's text", "left out"],
)
def test_the_last_page_is_told_however_a_service_spells_it(loopback, client, more, last):
    """Official clients read it as text, and some lists have no such member: then the marker says that more follows."""
    loopback.answers = [page([1], "m1", **more), page([2], **last)]
    assert list(islice(client.vpc.list_vpcs.each(), 20)) == [1, 2]
    assert len(loopback.requests) == 2


def test_an_empty_list_may_be_null(loopback, client):
    loopback.answers = [page(None)]
    assert list(client.vpc.list_vpcs.each()) == []


def test_a_failure_in_the_middle_reaches_the_loop(loopback, client):
    loopback.answers = [page([1], "m1"), Response(404)]
    seen = []
    with pytest.raises(NotFoundError):
        seen.extend(client.vpc.list_vpcs.each())
    assert seen == [1]


def test_wrong_arguments_are_refused_as_in_a_call(client):
    with pytest.raises(ArgumentError, match="maxKeys"):
        list(client.vpc.list_vpcs.each(maxKeys=0))
    with pytest.raises(ArgumentError, match="none may be; name each"):
        client.vpc.list_vpcs.each("x")
