"""Cassettes as evidence: find them, examine each, and tell what they exercise."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contractkit.client.failures import read_code
from contractkit.conformance.report.model import CassetteFile, CassetteSummary, Exchange, FindingEntry, Run
from contractkit.conformance.report.places import find_places
from contractkit.contract import Contract, Finding, Match, check
from contractkit.errors import ConfigurationError, ContractkitError
from contractkit.message import Interaction
from contractkit.recording import Cassette
from contractkit.recording.store import load_cassette
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, verify

__all__ = ["Examination", "examine_cassette", "find_cassettes", "name_operation", "run_of_cassettes"]

_ACCOUNTS: Final[Mapping[str, Credentials]] = {each.access_key_id: each for each in (EXAMPLE, UNVERIFIED)}


@dataclass(frozen=True)
class Examination:
    """What is wrong with one cassette: `problems` of the file itself, `findings` of what it holds.

    `cassette` is None when the file could not be read.
    """

    path: Path
    cassette: Cassette | None
    problems: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it can be relied on: no problem, and no finding of level error."""
        return not self.problems and not any(finding.level == "error" for finding in self.findings)


def find_cassettes(places: Iterable[Path]) -> tuple[Path, ...]:
    """Every cassette in these files and directories (with all below), each once, in order.

    Raises ConfigurationError for a place that does not exist or a directory that holds no cassette.
    """
    found: dict[Path, None] = {}
    for place in places:
        if place.is_dir():
            inside = sorted(place.rglob("*.json"))
            if not inside:
                raise ConfigurationError(f"{place}: holds no cassette; record some with --contract-mode=record")
            found.update(dict.fromkeys(inside))
        elif place.exists():
            found[place] = None
        else:
            raise ConfigurationError(f"{place}: no such file or directory; name a cassette or a directory of them")
    return tuple(found)


def examine_cassette(path: Path, contract: Contract) -> Examination:
    """Load a cassette, verify every signature at its instant, and hold every interaction against the contract."""
    try:
        cassette = load_cassette(path)
    except ContractkitError as error:
        return Examination(path, None, (str(error),), ())
    findings = tuple(finding for each in cassette.interactions for finding in check(each, contract))
    return Examination(path, cassette, tuple(_signature_problems(cassette)), findings)


def name_operation(interaction: Interaction, contract: Contract) -> str:
    """The dotted operation a recorded request means today; the recorded name when it means none any more."""
    match = contract.route(interaction.request)
    return match.operation.qualified if isinstance(match, Match) else interaction.operation


def run_of_cassettes(paths: Iterable[Path], contract: Contract, *, version: str) -> Run:
    """What cassettes exercise, as a run without tests, for coverage. Raises CassetteFormatError for a damaged one."""
    counts: Counter[tuple[str, int, str]] = Counter()
    findings: list[FindingEntry] = []
    files: list[CassetteFile] = []
    places: set[str] = set()
    for path in paths:
        interactions = load_cassette(path).interactions
        files.append(CassetteFile(str(path), recorded=len(interactions)))
        for each in interactions:
            counts[name_operation(each, contract), each.response.status, read_code(each.response)] += 1
            findings += [FindingEntry.of(finding) for finding in check(each, contract)]
            places |= find_places(each, contract)
    return Run(
        version=version,
        mode="cassettes",
        target="",
        region="",
        started="",
        seconds=0.0,
        python=platform.python_version(),
        contract_digest=contract.digest,
        exchanges=tuple(Exchange(*key, count=count) for key, count in sorted(counts.items())),
        findings=tuple(findings),
        cassettes=CassetteSummary(tuple(files)),
        places=tuple(sorted(places)),
    )


def _signature_problems(cassette: Cassette) -> Iterator[str]:
    """A stored signature has to earn the verdict it is stored with: a right one verifies, a wrong one still does not."""
    for number, entry in enumerate(cassette.entries, start=1):
        verdict = verify(entry.to_interaction().request, _ACCOUNTS.get, now=cassette.at)
        if verdict.code != entry.verdict:
            expected = f"be refused with {entry.verdict}" if entry.verdict else "verify under the example credentials"
            came = f"{verdict.code}, {verdict.reason}" if verdict.code else "it verifies"
            yield f"interaction {number}: its signature should {expected} ({came}); record it again"
