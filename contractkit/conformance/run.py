"""Start the packaged suite: record against the embedded cloud, then replay offline from what was recorded.

Each pass is a pytest process of its own that sees none of the caller's pytest configuration, plugins or
(against the reference cloud) credentials, so that the same run means the same on every machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from contractkit.conformance.report import Law, Report, build_report, check_report_path, read_report, write_report
from contractkit.conformance.report.writer import check_destination, check_folder
from contractkit.conformance.stopping import interruptible
from contractkit.contract import load_contract
from contractkit.errors import ConfigurationError

__all__ = ["ExamineLaws", "Outcome", "PassResult", "Plan", "run_conformance"]

Announce = Callable[[str], None]
ExamineLaws = Callable[[Announce], tuple[Law, ...]]

_PLUGIN: Final = "contractkit.pytest_plugin"
_SUITE: Final = "contractkit.conformance.suite"
_WORDS: Final = {
    "record": "recording against the {target} cloud",
    "replay": "replaying offline from what was recorded",
    "direct": "running against the {target} cloud",
}
_EXITS: Final = {
    2: "the suite was interrupted",
    3: "pytest failed internally",
    4: "pytest refused the options; what it printed says why",
    5: "no test was selected; widen -k",
}
# Settings that would change what a conformance run means.
_FOREIGN: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "CONTRACTKIT_MODE")
_SECRETS: Final = ("BAIDUCLOUD_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY", "BAIDUCLOUD_SESSION_TOKEN")
_INI: Final = "[pytest]\nxfail_strict = true\n"


@dataclass(frozen=True)
class Plan:
    """What to run and where the results go.

    `cassettes` None records into a directory that is thrown away. `select` is pytest's -k expression, `suite`
    a directory of tests (None: the packaged one). A live run needs credentials in the environment; it is one
    pass, which records only if `cassettes` is named, and creates nothing unless `allow_create`. `laws` examines
    the laws when the passes are through, and says on the way what it does; None leaves them out.
    """

    target: str = "reference"
    region: str = "bj"
    seed: int = 0
    select: str = ""
    workers: int = 1
    allow_create: bool = False
    verbose: bool = False
    cassettes: Path | None = None
    reports: tuple[Path, ...] = ()
    junit: Path | None = None
    suite: Path | None = None
    laws: ExamineLaws | None = None

    @property
    def passes(self) -> tuple[str, ...]:
        """The modes, in order."""
        if self.target == "reference":
            return ("record", "replay")
        return ("record",) if self.cassettes else ("direct",)


@dataclass(frozen=True)
class PassResult:
    """How one pass ended: pytest's exit code, and in words what a code other than 0 or 1 means."""

    mode: str
    code: int

    @property
    def reason(self) -> str:
        """Why the pass could not be judged; "" when its tests ran."""
        return "" if self.code in (0, 1) else _EXITS.get(self.code, f"pytest ended with exit code {self.code}")


@dataclass(frozen=True)
class Outcome:
    """Everything a caller needs to tell: the passes, the report of those that wrote one, the files written."""

    passes: tuple[PassResult, ...]
    report: Report | None
    files: tuple[Path, ...]

    @property
    def passed(self) -> bool:
        """Whether every pass ended well and the report found nothing against it."""
        return (
            all(each.code == 0 for each in self.passes) and self.report is not None and self.report.verdict == "passed"
        )


def run_conformance(plan: Plan, environment: Mapping[str, str], announce: Announce) -> Outcome:
    """Run every pass of the plan, write the reports asked for, and say how it went.

    pytest's own output goes to this process's standard output. An interruption is passed on once and waited
    for, so that a live run still removes what it created; KeyboardInterrupt follows, after the reports are
    written. Raises ConfigurationError for a plan that cannot be run, before anything starts.
    """
    _require_runnable(plan)
    with tempfile.TemporaryDirectory(prefix="contractkit-") as scratch:
        folder = Path(scratch)
        (folder / "pytest.ini").write_text(_INI, "utf-8")
        results, interrupted = _run_passes(plan, folder, environment, announce)
        laws: tuple[Law, ...] = ()
        if plan.laws and not interrupted:
            laws, interrupted = _examine(plan.laws, announce)
        report = _combine(plan, folder, laws)
        files = _write(plan, folder, report, environment, announce)
    if interrupted:
        raise KeyboardInterrupt
    return Outcome(results, report, files)


def _require_runnable(plan: Plan) -> None:
    for path in plan.reports:
        check_report_path(path)
        check_destination(path)
    if plan.junit is not None:
        if plan.junit.suffix.lower() != ".xml":
            raise ConfigurationError(f"{plan.junit}: JUnit results are XML; let the name end in .xml")
        check_destination(plan.junit)
    if plan.cassettes is not None:
        check_folder(plan.cassettes)
    if plan.workers > 1 and find_spec("xdist") is None:
        raise ConfigurationError("more than one worker needs pytest-xdist: pip install pytest-xdist")
    if plan.workers < 1:
        raise ConfigurationError(f"{plan.workers} workers cannot run anything; use 1 or more")
    load_contract().host("vpc", plan.region)


def _run_passes(
    plan: Plan, folder: Path, environment: Mapping[str, str], announce: Announce
) -> tuple[tuple[PassResult, ...], bool]:
    results: list[PassResult] = []
    for number, mode in enumerate(plan.passes, start=1):
        announce(f"{number}/{len(plan.passes)} {_WORDS[mode].format(target=plan.target)}")
        code, interrupted = _run_to_end(_command(plan, mode, folder), _environment(plan, environment), announce)
        results.append(PassResult(mode, code))
        if interrupted:
            return tuple(results), True
        if code not in (0, 1):
            break  # what could not be recorded cannot be replayed
    return tuple(results), False


def _command(plan: Plan, mode: str, folder: Path) -> list[str]:
    suite = plan.suite or _suite_folder()
    options = [
        *("-p", _PLUGIN, "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider"),
        *("-c", str(folder / "pytest.ini"), f"--rootdir={suite}", f"--confcutdir={suite}"),
        *("--import-mode=importlib", "--no-header", "--tb=short"),
        # Quiet even where each test is told: the files of a pass are gone afterwards, so no line shall name them.
        *("-q", "-o", f"verbosity_test_cases={1 if plan.verbose else -1}"),
        *(f"--contract-mode={mode}", f"--contract-target={plan.target}", f"--contract-region={plan.region}"),
        f"--contract-cassettes={plan.cassettes.absolute() if plan.cassettes else folder / 'cassettes'}",
        *(f"--contract-seed={plan.seed}", f"--hypothesis-seed={plan.seed}", "--contract-findings=fail"),
        f"--contract-report={folder / mode}.json",
        *(f"--junitxml={folder / mode}.xml", "-o", f"junit_suite_name=contractkit-{mode}"),
    ]
    if plan.workers > 1:
        options += ["-p", "xdist", "-n", str(plan.workers), "--dist", "loadgroup"]
    if plan.allow_create:
        options.append("--contract-allow-create")
    if plan.select:
        options += ["-k", plan.select]
    # -P: the installed package, not one that happens to lie in the working directory.
    return [sys.executable, "-P", "-m", "pytest", *options, str(suite)]


def _suite_folder() -> Path:
    spec = find_spec(_SUITE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("the packaged suite is missing; reinstall pytest-contractkit")
    return Path(spec.submodule_search_locations[0])


def _environment(plan: Plan, environment: Mapping[str, str]) -> dict[str, str]:
    left_out = (*_FOREIGN, *(_SECRETS if plan.target == "reference" else ()))
    kept = {name: value for name, value in environment.items() if name not in left_out}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _run_to_end(command: list[str], environment: Mapping[str, str], announce: Announce) -> tuple[int, bool]:
    """The exit code, and whether the wait was interrupted.

    The child has a process group of its own: a Ctrl-C in a terminal reaches only this process, which passes
    on exactly one, since a second one would cut the child's clean-up short.
    """
    group = 0 if os.name == "posix" else None
    sys.stdout.flush()
    with interruptible(once=False), subprocess.Popen(command, env=dict(environment), process_group=group) as process:  # noqa: S603 - our own interpreter and suite
        try:
            return process.wait(), False
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            announce("stopping: waiting for the suite to clean up (interrupt again to give up on that)")
            try:
                return process.wait(), True
            except KeyboardInterrupt:
                process.kill()
                return process.wait(), True


def _examine(examine: ExamineLaws, announce: Announce) -> tuple[tuple[Law, ...], bool]:
    """The laws, and whether the examination was interrupted: then there are none."""
    try:
        return examine(announce), False
    except KeyboardInterrupt:
        return (), True


def _combine(plan: Plan, folder: Path, laws: tuple[Law, ...]) -> Report | None:
    written = [path for mode in plan.passes if (path := folder / f"{mode}.json").exists()]
    runs = [run for path in written for run in read_report(path).runs]
    return build_report(runs, load_contract(), laws) if runs else None


def _write(
    plan: Plan, folder: Path, report: Report | None, environment: Mapping[str, str], announce: Announce
) -> tuple[Path, ...]:
    files: list[Path] = []
    if report is not None:
        secrets = [] if plan.target == "reference" else [environment.get(name, "") for name in _SECRETS]
        for path in plan.reports:
            write_report(report, path, secrets=secrets)
            files.append(path)
    if plan.junit is not None:
        parts = [path for mode in plan.passes if (path := folder / f"{mode}.xml").exists()]
        for broken in _join_junit(parts, plan.junit):
            announce(f"{plan.junit}: left out the {broken.stem} pass, whose results were cut off; run it again")
        files.append(plan.junit)
    return tuple(files)


def _join_junit(parts: list[Path], path: Path) -> list[Path]:
    """The suites of every pass in one file, which is what build servers take; gives the parts that cannot be read.

    pytest does not write its file in one step, so a pass that was killed may leave half of one.
    """
    joined, broken = ET.Element("testsuites", name="contractkit"), []
    for part in parts:
        try:
            joined.extend(ET.parse(part).getroot().iter("testsuite"))  # noqa: S314 - written by pytest a moment ago
        except ET.ParseError:
            broken.append(part)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(joined).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written ({error.strerror}); name another place") from None
    return broken
