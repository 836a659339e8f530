"""The three Hypothesis profiles: dev, ci and nightly. Importing registers nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from contractkit.errors import ConfigurationError

__all__ = ["load_profile", "open_examples", "register_profiles", "require_profile"]

_PROFILES: Final = ("dev", "ci", "nightly")


def open_examples(place: str | Path) -> ExampleDatabase:
    """A database of failing examples to share: a directory, or `redis://host:port/number` for many machines.

    Raises ConfigurationError when Redis is asked for and its client library is missing.
    """
    if not str(place).startswith(("redis://", "rediss://")):
        return DirectoryBasedExampleDatabase(place)
    try:
        from hypothesis.extra.redis import RedisExampleDatabase  # noqa: PLC0415 - an extra: only where it is asked for
        from redis import Redis  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - as above; not in the test group
    except ImportError:
        raise ConfigurationError("examples in Redis need its client; run: pip install redis") from None
    return RedisExampleDatabase(Redis.from_url(str(place)))


def register_profiles(*, examples: ExampleDatabase | None = None) -> None:
    """Register `dev`, `ci` and `nightly` with Hypothesis; load one with `settings.load_profile` or
    `--hypothesis-profile`.

    `dev` is short and remembers failures; `ci` draws the same examples in every run, keeps no example database
    (files outlive runs) and prints the blob that reproduces a failure; `nightly` draws 100 times as many, at
    random. None has a deadline: a shared machine's pauses are no findings. Call it from a conftest, before
    suites are made. `examples` is where `dev` and `nightly` keep failures for each other, see `open_examples`:
    what one machine found the others try first. Where Hypothesis sees a CI server it makes its own defaults those
    of CI; what a profile promises does not hang on that.
    """
    shared: dict[str, Any] = {} if examples is None else {"database": examples}
    relaxed = (HealthCheck.too_slow,)
    settings.register_profile(
        "dev",
        max_examples=50,
        deadline=None,
        derandomize=False,
        print_blob=True,
        suppress_health_check=relaxed,
        **shared,
    )
    settings.register_profile(
        "ci",
        max_examples=100,
        deadline=None,
        derandomize=True,
        database=None,
        print_blob=True,
        suppress_health_check=relaxed,
    )
    settings.register_profile(
        "nightly",
        max_examples=10_000,
        deadline=None,
        derandomize=False,
        database=examples,
        print_blob=True,
        suppress_health_check=relaxed,
    )


def require_profile(name: str) -> None:
    """Raises ConfigurationError for an unknown profile."""
    if name not in _PROFILES:
        raise ConfigurationError(f"no profile {name!r}; use {', '.join(_PROFILES)}")


def load_profile(name: str) -> None:
    """Draw as many examples as a profile says, and keep none. Raises ConfigurationError for an unknown profile."""
    require_profile(name)
    register_profiles()
    settings.register_profile("examine", settings.get_profile(name), database=None)
    settings.load_profile("examine")
