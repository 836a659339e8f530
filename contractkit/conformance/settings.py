"""What a run was asked to do, read once and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from contractkit.conformance.hygiene import DEFAULT as HYGIENE
from contractkit.conformance.hygiene import Hygiene, read_hygiene
from contractkit.conformance.report.writer import check_report_path
from contractkit.conformance.target import Target
from contractkit.contract import load_contract
from contractkit.errors import ConfigurationError
from contractkit.recording import Mode
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials

__all__ = ["ENVIRONMENT", "Settings", "choose_mode", "read_live_credentials", "read_settings"]

ENVIRONMENT: Final = {
    "mode": "CONTRACTKIT_MODE",
    "ca_bundle": "CONTRACTKIT_CA_BUNDLE",
    "access_key_id": "BAIDUCLOUD_ACCESS_KEY",
    "secret_access_key": "BAIDUCLOUD_SECRET_KEY",
    "session_token": "BAIDUCLOUD_SESSION_TOKEN",
    "region": "BAIDUCLOUD_REGION",
}
_KEYS: Final = ("access_key_id", "secret_access_key", "session_token")
_SHORTEST_KEY: Final = 16  # what is shorter is no key of the cloud but a placeholder, which may be an ordinary word
_PUBLISHED: Final = frozenset(
    key for pair in (EXAMPLE, UNVERIFIED) for key in (pair.access_key_id, pair.secret_access_key)
)


@dataclass(frozen=True)
class Settings:
    """The frozen wishes of one run. `mode` is None unless an option or the environment fixed it.

    `cassettes` is a directory, `reports` are files, `ca_bundle` a PEM file to trust instead of the usual
    authorities; `findings` is ignore, warn or fail. `secrets` are the live keys that the environment holds (kind to
    value), whatever the run talks to: a test may read them there.
    """

    mode: Mode | None
    ini_mode: Mode | None
    target: Target
    region: str
    credentials: Credentials
    cassettes: Path
    reports: tuple[Path, ...]
    allow_create: bool
    ca_bundle: Path | None
    findings: str
    seed: int
    hygiene: Hygiene = HYGIENE
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def goes_live(self) -> bool:
        """Whether anything may reach the live cloud: replaying what was recorded from it does not."""
        return self.target is Target.LIVE and self.mode is not Mode.REPLAY


def read_settings(
    options: Mapping[str, Any], ini: Mapping[str, str], environment: Mapping[str, str], *, base: Path
) -> Settings:
    """Settings from options (`contract_*`), ini values and the environment, in that order of precedence.

    Relative ini paths start at `base`, relative options at the working directory. Raises ConfigurationError.
    """
    target = Target(options["contract_target"])
    mode = options["contract_mode"] or environment.get(ENVIRONMENT["mode"])
    live = target is Target.LIVE and not (mode and Mode.parse(mode) is Mode.REPLAY)
    region = _choose_region(options, ini, environment if live else {})
    if live and options["contract_allow_create"] and region is None:
        raise ConfigurationError(
            "--contract-allow-create needs the region said in which things may be created: add --contract-region=bj"
        )
    ca_bundle = environment.get(ENVIRONMENT["ca_bundle"])
    cassettes = options["contract_cassettes"]
    reports = tuple(Path(each).absolute() for each in options["contract_report"])
    for each in reports:
        check_report_path(each)
    return Settings(
        mode=Mode.parse(mode) if mode else None,
        ini_mode=Mode.parse(ini["contract_mode"]) if ini["contract_mode"] else None,
        target=target,
        region=region or "bj",
        credentials=read_live_credentials(environment) if live else EXAMPLE,
        cassettes=Path(cassettes).absolute() if cassettes else base / ini["contract_cassettes"],
        reports=reports,
        allow_create=bool(options["contract_allow_create"]),
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
        findings=_choose_findings(options["contract_findings"] or ini["contract_findings"]),
        seed=options["contract_seed"],
        hygiene=read_hygiene(*reversed(options.get("contract_hygiene") or ()), ini.get("contract_hygiene")),
        secrets=_find_keys(environment),
    )


def _choose_region(options: Mapping[str, Any], ini: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    """Option, then environment, then ini; None when nobody says one. Raises ConfigurationError naming the source.

    Only of a live run is the environment asked, which is Terraform's: everywhere else the hosts asked for have to be
    the recorded ones, on every machine.
    """
    places = {
        "--contract-region": options["contract_region"],
        ENVIRONMENT["region"]: environment.get(ENVIRONMENT["region"]),
        "the ini value contract_region": ini.get("contract_region"),
    }
    for source, region in places.items():
        if region and region not in load_contract().regions:
            raise ConfigurationError(f"{source} is {region!r}: use one of {', '.join(load_contract().regions)}")
    return next(filter(None, places.values()), None)


def _find_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """The values of the variables that hold live keys, but for published ones, which are no secret."""
    found = {ENVIRONMENT[key]: environment.get(ENVIRONMENT[key], "") for key in _KEYS}
    return {
        f"value of {name}": value
        for name, value in found.items()
        if len(value) >= _SHORTEST_KEY and value not in _PUBLISHED
    }


def _choose_findings(said: str) -> str:
    text = said.strip().lower()
    if text not in ("ignore", "warn", "fail"):
        raise ConfigurationError(f"contract_findings is {text!r}: use ignore, warn or fail")
    return text


def choose_mode(settings: Settings, marked: Mode | None) -> Mode:
    """Option, then environment, then mark, then ini, then replay: what stands above cannot be changed below."""
    return settings.mode or marked or settings.ini_mode or Mode.REPLAY


def read_live_credentials(environment: Mapping[str, str]) -> Credentials:
    """The credentials of a live run, from the environment and from nowhere else. Raises ConfigurationError."""
    names = ENVIRONMENT["access_key_id"], ENVIRONMENT["secret_access_key"]
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise ConfigurationError(f"a live run needs credentials: set {' and '.join(missing)} in the environment")
    live = Credentials(
        environment[names[0]], environment[names[1]], environment.get(ENVIRONMENT["session_token"]) or None
    )
    if live.access_key_id == EXAMPLE.access_key_id:
        raise ConfigurationError(f"{names[0]} holds the documentation's example key; a live run needs a real one")
    return live
