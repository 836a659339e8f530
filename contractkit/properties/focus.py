"""Signing cases drawn for one law each: all of the variety goes where the law looks."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from contractkit.properties.cases import Case, cases
from contractkit.properties.strategies import messages

__all__ = ["ODD_PATHS", "any_case", "odd_queries", "order_sensitive"]


def any_case(suite: Any) -> SearchStrategy[Case]:
    return cases(suite.requests)


ODD_PATHS: Final = cases(messages.requests(path=messages.paths(), query=st.just(()), fields=st.just(())))


def odd_queries(suite: Any) -> SearchStrategy[Case]:
    query = messages.query_lists(unique=suite.unique_names, min_size=1, authorization=False)
    return cases(messages.requests(path=st.just("/v1/vpc"), query=query, fields=st.just(())))


_PREFIXES: Final = (
    "text",
    "text1",
    "text10",
    "Text",
    "a",
    "A",
    "a-",
    "a.",
    "a_",
    "a~",
    "a/",
    "a=",
    "测试",
    "é",
    "10",
    "9",
)


def order_sensitive(suite: Any) -> SearchStrategy[Case]:
    item = st.tuples(st.sampled_from(_PREFIXES), st.sampled_from(("", "1", "a", "~", "测试", "%", "B")))
    by = (lambda pair: pair[0]) if suite.unique_names else None
    query: Any = st.lists(item, min_size=2, max_size=6, unique_by=by).map(tuple)
    return cases(messages.requests(path=st.just("/v1/vpc"), query=query, fields=st.just(())))
