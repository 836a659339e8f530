"""Options, ini values, the mark and the hooks that others may implement."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from contractkit.pytest_plugin.hiding import Hiding
from contractkit.pytest_plugin.state import (
    COLLECTED,
    ENVIRONMENT,
    MODE_VARIABLE,
    ORPHANS,
    REGION_VARIABLE,
    STARTED,
    WORKER_RUNS,
    keep_environment,
    session_of,
)

MODES = ("replay", "record", "extend", "direct")
FINDINGS = ("ignore", "warn", "fail")
REGIONS = ("bj", "bd", "cd", "fsh", "fwh", "gz", "hkg", "nj", "su", "yq")


class Hooks:
    """What other plugins and conftest files may implement."""

    @pytest.hookspec
    def pytest_contractkit_sanitizer(self, config: pytest.Config) -> Mapping[str, Any] | None:
        """Add to the sanitizer: a mapping with any of `own` (functions Interaction -> Interaction), `on`, `off`,
        `secrets` (kind to value, kept out of reports and logs too) and `secret_names` (members whose values are
        secret).
        """

    @pytest.hookspec
    def pytest_contractkit_finding(self, finding: Any, nodeid: str, config: pytest.Config) -> None:
        """Called for every departure from the contract that an interaction of a test shows."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contractkit", "record and replay calls to Baidu AI Cloud")
    group.addoption(
        "--contract-mode",
        choices=MODES,
        dest="contract_mode",
        help="replay: answer from cassettes, never go out (default). record: go out and rewrite the cassettes. "
        "extend: go out only for what a cassette lacks. direct: go out, no cassettes. Environment: CONTRACTKIT_MODE.",
    )
    group.addoption(
        "--contract-target",
        choices=("reference", "live"),
        default="reference",
        dest="contract_target",
        help="What to go out to: the embedded reference cloud (default) or the live one, "
        "with BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY from the environment.",
    )
    group.addoption(
        "--contract-report",
        action="append",
        default=[],
        metavar="FILE",
        dest="contract_report",
        help="Write a report when the run ends; repeatable; .html or .json by suffix.",
    )
    group.addoption(
        "--contract-cassettes",
        metavar="DIR",
        dest="contract_cassettes",
        help="Where cassettes live (default: ini contract_cassettes, else cassettes/ beside the ini file).",
    )
    group.addoption(
        "--contract-findings",
        choices=FINDINGS,
        dest="contract_findings",
        help="What a finding of level error does to its test; with ignore none is told (default: ini contract_findings, "
        "else warn).",
    )
    group.addoption(
        "--contract-hygiene",
        action="append",
        default=[],
        metavar="KIND=LEVEL,...",
        dest="contract_hygiene",
        help="What to do about cassettes: unused, orphans, expired or stale = ignore, warn or fail, and max-age=DAYS. "
        "Repeatable (default: ini contract_hygiene, else unused=warn, orphans=ignore, expired=warn, stale=warn).",
    )
    group.addoption(
        "--contract-seed",
        type=int,
        default=0,
        dest="contract_seed",
        help="Seed of the reference cloud and of generated names (default 0).",
    )
    group.addoption(
        "--contract-region",
        metavar="REGION",
        dest="contract_region",
        help="Region to work in (default: ini contract_region, else bj). The environment's BAIDUCLOUD_REGION stands above "
        "the ini value in a live run, and is heard in no other.",
    )
    group.addoption(
        "--contract-allow-create",
        action="store_true",
        dest="contract_allow_create",
        help="Let a live run create what is free or paid by use; everything created is removed at the end.",
    )
    parser.addini("contract_mode", "default of --contract-mode, below a test's own mark", default="")
    parser.addini(
        "contract_cassettes", "default of --contract-cassettes, relative to the ini file", default="cassettes"
    )
    parser.addini("contract_findings", "default of --contract-findings", default="warn")
    parser.addini(
        "contract_sanitizer",
        "additions to the sanitizer, one a line: on RULE, off RULE: reason, secret-name MEMBER, secret-from VARIABLE",
        type="linelist",
    )
    parser.addini("contract_hygiene", "default of --contract-hygiene", default="")
    parser.addini("contract_region", "default of --contract-region: the region of the cassettes", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "contract(mode=None, cassette=None, verify=True, allow_hosts=(), allow_processes=False, cut_sleeps=True, creates=False): run with a cassette. "
        "mode: used unless option or environment say otherwise. cassette: a name instead of the test's own. "
        "verify=False: accept requests signed with other keys. allow_hosts: hosts of the test's own servers. "
        "allow_processes=True: child processes may be started in replay. "
        "cut_sleeps=False: time.sleep and asyncio.sleep wait in replay too. "
        "creates=True: skipped in a live run without --contract-allow-create.",
    )
    config.pluginmanager.register(Hiding(config), "contractkit-hiding")
    config.stash[STARTED] = datetime.now(UTC), time.monotonic()
    config.stash[WORKER_RUNS] = []
    keep_environment(config)
    require_known(MODE_VARIABLE, config.stash[ENVIRONMENT].get(MODE_VARIABLE), MODES)
    require_known("the ini value contract_mode", config.getini("contract_mode"), MODES)
    require_known("the ini value contract_findings", config.getini("contract_findings"), FINDINGS)
    require_region("--contract-region", config.getoption("contract_region"))
    require_region("the ini value contract_region", config.getini("contract_region"))
    if _region_of_environment(config):
        require_region(REGION_VARIABLE, _region_of_environment(config))
    _require_sanitizer_lines(config.getini("contract_sanitizer"))
    hygiene = [*config.getoption("contract_hygiene"), config.getini("contract_hygiene")]
    config.stash[COLLECTED] = []
    config.stash[ORPHANS] = "orphans" in "".join(hygiene)
    if any(hygiene) or config.getoption("contract_report") or config.getoption("contract_target") == "live":
        session_of(config)  # a wish that cannot be met is told before the first test


def require_known(source: str, value: str | None, known: tuple[str, ...]) -> None:
    if value and value.strip().lower() not in known:
        raise pytest.UsageError(f"{source} is {value!r}: use one of {', '.join(known)}")


def require_region(source: str, region: str | None) -> None:
    if region and region not in REGIONS:
        raise pytest.UsageError(f"{source} is {region!r}: use one of {', '.join(REGIONS)}")


def _require_sanitizer_lines(lines: list[str]) -> None:
    if lines:
        from contractkit.conformance.sanitizing import read_sanitizer_lines  # noqa: PLC0415 - inert without one
        from contractkit.errors import ConfigurationError  # noqa: PLC0415 - as above

        try:
            read_sanitizer_lines(lines, {})
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from None


def _region_of_environment(config: pytest.Config) -> str:
    """The region that the environment names, where that counts: in a live run, and unless an option says one."""
    wished = config.getoption("contract_mode") or config.stash[ENVIRONMENT].get(MODE_VARIABLE)
    live = config.getoption("contract_target") == "live" and not (wished and mode_of(config, {}) == "replay")
    if config.getoption("contract_region") or not live:
        return ""
    return config.stash[ENVIRONMENT].get(REGION_VARIABLE, "")


def mode_of(config: pytest.Config, marked: Mapping[str, Any]) -> str:
    wishes = config.getoption("contract_mode"), config.stash[ENVIRONMENT].get(MODE_VARIABLE), marked.get("mode")
    chosen: str = next(filter(None, wishes), "") or config.getini("contract_mode") or "replay"
    return chosen.strip().lower()


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Name mode and target when they are not the quiet default."""
    mode, target = (
        config.getoption("contract_mode") or config.stash[ENVIRONMENT].get(MODE_VARIABLE),
        config.getoption("contract_target"),
    )
    lines = []
    if mode or target != "reference":
        lines.append(f"contractkit: mode {mode or 'by test'}, target {target}")
    if target == "live":
        lines.append("contractkit: the official SDK's log is held at INFO, since at DEBUG it holds signing keys")
    if (region := _region_of_environment(config)) and region != (config.getini("contract_region") or "bj"):
        lines.append(
            f"contractkit: region {region}, from {REGION_VARIABLE}; for replay to ask there too, put contract_region = "
            f"{region} into the ini file"
        )
    return lines
