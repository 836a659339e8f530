"""What pytest tells outside of tests, without a secret: errors of collection, of its own, and warnings.

No test has asked for anything by then, so what is secret is asked of the conftest files that are loaded.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from contractkit.pytest_plugin.state import SESSION, session_of

if TYPE_CHECKING:
    from warnings import WarningMessage

    from contractkit.conformance.session import ContractSession


class Hiding:
    """Hooks of one run. Where nobody has named a secret, and no test has asked for anything, they do nothing."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._heard: list[object] | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Clean the report of a collector before anybody shows it, what was printed meanwhile included."""
        report = yield
        if (report.longrepr or report.sections) and (session := self._session()):
            session.redact(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: WarningMessage) -> None:
        """Clean a warning before the summary, or an xdist controller, is told of it."""
        if session := self._session():
            session.redact_warning(warning_message)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Clean a report once more before it is shown: plugins add to it after it was made, subtests among them."""
        if SESSION in self._config.stash:
            session_of(self._config).redact(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Clean what broke the run off, `pytest.exit` too, before the terminal shows it."""
        if session := self._session():
            session.redact_interrupt(excinfo)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object) -> None:
        """Clean an error of pytest or of a plugin before the terminal, or an xdist controller, is told of it."""
        if session := self._session():
            session.redact_error(excrepr)

    def _session(self) -> ContractSession | None:
        """The session, knowing what every conftest loaded so far and the ini file call secret; None while there is none."""
        heard = [each.plugin for each in self._config.hook.pytest_contractkit_sanitizer.get_hookimpls()]
        if heard != self._heard and (heard or self._config.getini("contract_sanitizer")):
            self._heard = heard
            self._learn()
        return self._config.stash.get(SESSION, None)

    def _learn(self) -> None:
        from contractkit.conformance.sanitizing import read_sanitizer_lines  # noqa: PLC0415 - inert until there is a secret

        config = self._config
        try:
            session = session_of(config)
            session.keep_secret(read_sanitizer_lines(config.getini("contract_sanitizer"), os.environ)["secrets"])
            for extra in config.hook.pytest_contractkit_sanitizer(config=config):
                session.keep_secret((extra or {}).get("secrets", {}))
        except Exception:  # noqa: BLE001, S110 - what is wrong is told by the first test that needs it
            pass
