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
    """A test opens its cassette before its own fixtures, which may ask something; a marked one even if it asks for
    none.

    Foreign clients need no fixture. Last, so that marks which a conftest adds count, and deselected tests do not.
    """
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        marked = item.get_closest_marker("contract") is not None
        if marked or "bce_cassette" in item.fixturenames:
            _use_fixture_first(item, "bce_cassette")
        elif "bce_credentials" in item.fixturenames:  # they close the network where there is no cassette
            _use_fixture_first(item, "bce_credentials")
        if marked:
            try:
                marks_of(item)
            except pytest.UsageError as error:
                item.stash[REFUSED] = str(error)  # one bad mark is no reason to run no test at all


def _use_fixture_first(item: pytest.Function, name: str) -> None:
    """Ask for a function-scoped fixture before the test's own ones, and after those that outlive the test."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    if known.get(name) and known[name][-1].scope != "function":
        return  # somebody's own, in its place already
    others = [each for each in item.fixturenames if each != name]
    wider = [known[each][-1].scope != "function" if known.get(each) else each == "request" for each in others]
    first = wider.index(False) if False in wider else len(wider)
    # A list of its own: all cases of a parametrized test share one, and the mark may stand on one of them.
    item.fixturenames = [*others[:first], name, *others[first:]]
