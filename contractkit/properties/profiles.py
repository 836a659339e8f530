"""The three Hypothesis profiles: dev, ci and nightly. Importing registers nothing."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

__all__ = ["register_profiles"]


def register_profiles() -> None:
    """Register `dev`, `ci` and `nightly` with Hypothesis; load one with `settings.load_profile` or
    `--hypothesis-profile`.

    `dev` is short and remembers failures; `ci` draws the same examples in every run, keeps no example database
    (files outlive runs) and prints the blob that reproduces a failure; `nightly` draws 100 times as many, at
    random. None has a deadline: a shared machine's pauses are no findings. Call it from a conftest, before
    suites are made.
    """
    relaxed = (HealthCheck.too_slow,)
    settings.register_profile("dev", max_examples=50, deadline=None, print_blob=True, suppress_health_check=relaxed)
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
        database=None,
        print_blob=True,
        suppress_health_check=relaxed,
    )
