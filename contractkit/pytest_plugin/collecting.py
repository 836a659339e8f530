"""Which tests get a cassette: those that ask for a fixture, and those that are marked."""

from __future__ import annotations

import pytest

from contractkit.pytest_plugin.state import COLLECTED, ORPHANS, REFUSED, marks_of


def pytest_itemcollected(item: pytest.Item) -> None:
    """Know every test, deselected ones too, when cassettes of no test are looked for.

    Its marks are read at the end: a conftest may add some after this.
    """
    if item.config.stash.get(ORPHANS, False):
        item.config.stash[COLLECTED].append(item)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A marked test gets its cassette even if it asks for no fixture: foreign clients need none.

    Last, so that marks which a conftest adds count, and deselected tests do not.
    """
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("contract") is not None:
            _use_fixture(item, "bce_cassette")
            try:
                marks_of(item)
            except pytest.UsageError as error:
                if not hasattr(item.config, "workerinput"):
                    raise
                item.stash[REFUSED] = str(error)  # a worker that broke off here would take the whole run along


def _use_fixture(item: pytest.Function, name: str) -> None:
    """Ask for a function-scoped fixture before the test's own ones, and after those that outlive the test."""
    if name in item.fixturenames:
        return
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    wider = [
        known[each][-1].scope != "function" if known.get(each) else each == "request" for each in item.fixturenames
    ]
    first = wider.index(False) if False in wider else len(wider)
    # A list of its own: all cases of a parametrized test share one, and the mark may stand on one of them.
    item.fixturenames = [*item.fixturenames[:first], name, *item.fixturenames[first:]]
