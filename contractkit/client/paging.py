"""Follow the markers of a paged operation (BCE conventions: marker, maxKeys, isTruncated, nextMarker)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contractkit.contract import Operation
from contractkit.errors import ServiceFaultError

__all__ = ["PagingError", "iterate_items", "iterate_pages"]

Page = dict[str, Any]


class PagingError(ServiceFaultError):
    """The service's pages lead nowhere: a marker that repeats, or none where more was announced."""


def iterate_pages(operation: Operation, fetch: Callable[[Mapping[str, Any]], Page], first: Page) -> Iterator[Page]:
    """Every page, each fetched when it is asked for; `first` holds the arguments of the first page.

    Raises PagingError when a page says that more follows and names no marker, or one that was used before.
    """
    arguments = dict(first)
    used = {arguments.get("marker")}
    while True:
        page = fetch(arguments)
        yield page
        marker = page.get("nextMarker")
        if not _says_more(page.get("isTruncated"), marker):
            return
        if not isinstance(marker, str) or not marker:
            raise _lead_nowhere(operation, "says that more follows, and has no nextMarker")
        if marker in used:
            raise _lead_nowhere(operation, "repeats a nextMarker, so the pages would never end")
        used.add(marker)
        arguments["marker"] = marker


def _says_more(truncated: Any, marker: Any) -> bool:
    """Whether a page is not the last: some services say so in text, some only by naming where the next one starts."""
    if truncated is None:
        return bool(marker)
    return truncated is True or str(truncated).lower() == "true"


def iterate_items(operation: Operation, pages: Iterator[Page]) -> Iterator[Any]:
    """The items of every page. Raises PagingError for a page without its list."""
    assert operation.paging is not None
    for page in pages:
        # An empty list is often written null; that is for the contract check to tell, not a reason to stop.
        items = page.get(operation.paging.items, operation)
        if not isinstance(items, list | None):
            raise _lead_nowhere(operation, f"has no list {operation.paging.items!r}")
        yield from items or ()


def _lead_nowhere(operation: Operation, problem: str) -> PagingError:
    return PagingError(
        status=200,
        message=f"a page {problem}; start again from the beginning, and report it to the service if it stays",
        operation=operation.qualified,
    )
