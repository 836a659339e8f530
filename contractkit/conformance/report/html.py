"""The report as one self-contained HTML page. The only file that knows the template library.

The page loads nothing: styles and the filter script are inside it, and its own policy forbids everything
else, so that even a hole in the escaping could not fetch or run anything.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from contractkit.conformance.report.covering import list_place_rows, sum_places
from contractkit.conformance.report.model import OUTCOMES, Law, Outcome, Report, Run, TestCase
from contractkit.conformance.report.words import count

__all__ = ["render_html", "render_laws"]

_TEMPLATES: Final = files("contractkit.conformance.report") / "templates"

_BREAKS: Final = re.compile(r"(?=[/?])|(?<=_)")
_OUTCOME_MARKS: Final = {"passed": "✓", "failed": "✗", "error": "✗", "skipped": "-"}
_STATE_WORDS: Final = {
    "succeeded": ("✓", "answered with success"),
    "refused": ("!", "answered with errors only"),
    "unseen": ("·", "not exercised"),
}
_RUN_WORDS: Final = {
    "record": "recorded against the {target} cloud",
    "replay": "replayed offline",
    "extend": "replayed, and extended from the {target} cloud",
    "direct": "run directly against the {target} cloud",
    "cassettes": "read from cassettes",
}


@dataclass(frozen=True)
class _Row:
    """One test with its result in each run, None where the run did not hold it."""

    id: str
    title: str
    results: tuple[TestCase | None, ...]

    @property
    def details(self) -> tuple[str, ...]:
        """What of the id tells apart tests of one title: its classes, and the parameters pytest put into it."""
        names, _, parameters = self.id.partition("[")
        _, *classes, _ = names.split("::") if "::" in names else (names, "")
        found = parameters.removesuffix("]")
        return (*classes, *((found,) if found and f"[{found}]" not in self.title else ()))

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome over all runs."""
        return min((each.outcome for each in self.results if each), key=OUTCOMES.index)

    @property
    def seconds(self) -> float:
        """The time of all runs together."""
        return sum(each.seconds for each in self.results if each)

    @property
    def messages(self) -> tuple[str, ...]:
        """What the runs said about it, each once."""
        return tuple(dict.fromkeys(each.message for each in self.results if each and each.message))


@dataclass(frozen=True)
class _Group:
    """The tests listed together."""

    name: str
    rows: tuple[_Row, ...]

    def count(self, outcome: Outcome) -> int:
        """How many tests have this as their gravest outcome."""
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def seconds(self) -> float:
        """The time of all tests of the group."""
        return sum(row.seconds for row in self.rows)

    @property
    def calm(self) -> bool:
        """Whether every test passed or was skipped."""
        return not (self.count("failed") or self.count("error"))


@dataclass(frozen=True)
class _Suite:
    """The laws of one suite."""

    name: str
    laws: tuple[Law, ...]

    @property
    def examples(self) -> int:
        """How many examples were drawn for all of them."""
        return sum(law.examples for law in self.laws)

    @property
    def broken(self) -> int:
        """How many did not hold."""
        return sum(bool(law.broken) for law in self.laws)

    @property
    def left_out(self) -> int:
        """How many were not tried."""
        return sum(bool(law.left_out) for law in self.laws)

    @property
    def calm(self) -> bool:
        """Whether every law held."""
        return not self.broken


def render_html(report: Report) -> str:
    """One page: verdict, coverage, tests, findings, cassettes and readings, everything escaped."""
    environment = _environment()
    style, script = Markup(_read("report.css")), Markup(_read("report.js"))  # noqa: S704 - files of this package
    groups = _group_tests(report.runs)
    return environment.get_template("report.html.jinja").render(
        report=report,
        groups=groups,
        laws=_group_laws(report.laws),
        failures=[row for group in groups for row in group.rows if row.outcome in ("failed", "error")],
        cassettes={file.path for run in report.runs for file in run.cassettes.files},
        ways=[_describe_run(run) for run in report.runs],
        style=style,
        script=script,
        policy=_policy(style, script),
        states=_STATE_WORDS,
        marks=_OUTCOME_MARKS,
        held=sum_places(report.coverage),
    )


def render_laws(laws: Iterable[Law], profile: str) -> str:
    """A page of laws alone, as they stand in a report, everything escaped; no script."""
    style = Markup(_read("report.css"))  # noqa: S704 - a file of this package
    page = _environment().get_template("examined.html.jinja")
    return page.render(laws=_group_laws(laws), profile=profile, style=style, policy=_policy(style, ""))


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["duration"] = _duration
    environment.filters["plural"] = count
    environment.filters["breakable"] = _breakable
    environment.filters["shares"] = _shares
    environment.filters["place_rows"] = list_place_rows
    return environment


@cache
def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    return f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _describe_run(run: Run) -> str:
    return _RUN_WORDS.get(run.mode, run.mode).format(target=run.target)


def _group_tests(runs: Iterable[Run]) -> tuple[_Group, ...]:
    """Groups in the order they ran, those with a failure first."""
    by_run: list[Mapping[str, TestCase]] = [{test.id: test for test in run.tests} for run in runs]
    first = {test.id: test for tests in reversed(by_run) for test in tests.values()}
    order = dict.fromkeys(test_id for tests in by_run for test_id in tests)
    groups: dict[str, list[_Row]] = {}
    for test_id in order:
        row = _Row(test_id, first[test_id].title.removesuffix("."), tuple(tests.get(test_id) for tests in by_run))
        groups.setdefault(first[test_id].group, []).append(row)
    made = (_Group(name, tuple(rows)) for name, rows in groups.items())
    return tuple(sorted(made, key=lambda group: group.calm))


def _group_laws(laws: Iterable[Law]) -> tuple[_Suite, ...]:
    """Suites in the order they ran, those with a broken law first."""
    suites: dict[str, list[Law]] = {}
    for law in laws:
        suites.setdefault(law.suite, []).append(law)
    made = (_Suite(name, tuple(each)) for name, each in suites.items())
    return tuple(sorted(made, key=lambda suite: suite.calm))


def _shares(law: Law) -> list[tuple[str, str]]:
    """The classes of a law and how many in a hundred examples were of each, the most frequent first."""
    ordered = sorted(law.classes.items(), key=lambda each: (-each[1], each[0]))
    return [(name, _percent(times / max(law.examples, 1))) for name, times in ordered]


def _percent(share: float) -> str:
    return "under 1" if 0 < share < 0.005 else f"{100 * share:.0f}"


def _duration(seconds: float) -> str:
    """Seconds as a person says them: `8 ms`, `1.25 s`, `3 min 20 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _breakable(text: str) -> Markup:
    """The text, escaped, with leave to break the line before each `/`, `?` and after each `_`."""
    return Markup("<wbr>").join(part for part in _BREAKS.split(text) if part)
