"""What was examined, as lines for a terminal and as a page: laws, examples, and the share of each class drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from contractkit.properties.suite import LawBrokenError
from contractkit.properties.tally import Tally

__all__ = ["Examined", "examine_suites", "find_break", "make_page", "read_demand"]


@dataclass(frozen=True)
class Examined:
    """One law of one suite: what it demands, whether it held, and what it was tried with; `left_out` says why not."""

    suite: str
    law: str
    demand: str
    broken: str
    tally: Tally
    left_out: str = ""


def examine_suites(suites: Mapping[str, type]) -> Iterator[Examined]:
    """Run every law of the suites, by the name of what each is aimed at, under the settings they were made with."""
    for name, suite in suites.items():
        instance = suite()
        for law in sorted(member for member in dir(suite) if member.startswith("test_") and getattr(suite, member)):
            said = find_break(getattr(instance, law))
            tally = suite.__dict__["examined"].get(law, Tally(examples=1))
            yield Examined(
                name, law.removeprefix("test_").replace("_", " "), read_demand(getattr(suite, law)), said, tally
            )


def find_break(law: Callable[[], object]) -> str:
    """What a law says when it is broken, "" when it holds."""
    try:
        law()
    except LawBrokenError as broken:
        return str(broken)
    except Exception as error:  # noqa: BLE001 - an implementation that fails outright breaks the law too
        return f"raised {type(error).__name__}"
    return ""


def read_demand(law: Callable[..., object]) -> str:
    """What a law demands, in one line."""
    return " ".join((law.__doc__ or "").split()).removeprefix("Law: ")


def make_page(found: list[Examined], *, profile: str) -> str:
    """A page of HTML without scripts: every law with its examples, and each class with how often it was drawn."""
    rows = "".join(map(_row, found))
    total, broken = sum(each.tally.examples for each in found), sum(bool(each.broken) for each in found)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>What was examined</title>'
        "<style>body{font:15px system-ui;margin:2rem}td,th{padding:.3rem .6rem;text-align:left;vertical-align:top;"
        "border-bottom:1px solid #ccc}.broken{color:#b00}small{color:#555}</style>"
        f"<h1>What was examined</h1><p>{len(found)} laws, {total} examples, profile {escape(profile)};"
        f" {broken} broken.</p><table><tr><th>Suite<th>Law<th>Examples<th>Drawn, in percent of the examples</tr>"
        f"{rows}</table></html>\n"
    )


def _row(each: Examined) -> str:
    verdict = f'<p class="broken">{escape(each.broken)}</p>' if each.broken else ""
    if each.left_out:
        return f"<tr><td>{escape(each.suite)}<td>{escape(each.law)}<td>left out<td>{escape(each.left_out)}</tr>"
    shares = ", ".join(
        f"{escape(name)} {100 * times / each.tally.examples:.0f}" for name, times in each.tally.classes.most_common()
    )
    return (
        f"<tr><td>{escape(each.suite)}<td>{escape(each.law)}<br><small>{escape(each.demand)}</small>{verdict}"
        f"<td>{each.tally.examples}<td>{shares}</tr>"
    )
