"""What was examined, as lines for a terminal and as a page: laws, examples, and the share of each class drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from contractkit.properties.suite import LawBrokenError
from contractkit.properties.tally import Tally

__all__ = ["Examined", "examine_suites", "make_page"]


@dataclass(frozen=True)
class Examined:
    """One law of one suite: what it demands, whether it held, and what it was tried with."""

    suite: str
    law: str
    demand: str
    broken: str
    tally: Tally


def examine_suites(suites: Mapping[str, type]) -> Iterator[Examined]:
    """Run every law of the suites, by the name of what each is aimed at, under the settings they were made with."""
    for name, suite in suites.items():
        instance = suite()
        for law in sorted(member for member in dir(suite) if member.startswith("test_") and getattr(suite, member)):
            try:
                getattr(instance, law)()
            except LawBrokenError as broken:
                said = str(broken)
            except Exception as error:  # noqa: BLE001 - an implementation that fails outright breaks the law too
                said = f"raised {type(error).__name__}"
            else:
                said = ""
            tally = suite.__dict__["examined"].get(law, Tally(examples=1))
            demand = " ".join((getattr(suite, law).__doc__ or "").split()).removeprefix("Law: ")
            yield Examined(name, law.removeprefix("test_").replace("_", " "), demand, said, tally)


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
    shares = ", ".join(
        f"{escape(name)} {100 * times / each.tally.examples:.0f}" for name, times in each.tally.classes.most_common()
    )
    return (
        f"<tr><td>{escape(each.suite)}<td>{escape(each.law)}<br><small>{escape(each.demand)}</small>{verdict}"
        f"<td>{each.tally.examples}<td>{shares}</tr>"
    )
