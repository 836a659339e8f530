"""A plugin of the passes that `run` starts: keeps files that are gone afterwards out of what pytest says at the end."""

from __future__ import annotations

from collections.abc import Generator

import pytest

__all__ = ["pytest_terminal_summary"]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Generator[None]:
    """Leave out the lines that name a result in the directory of the pass, which lies beside its ini file."""
    folder = str(config.inipath.parent) if config.inipath else ""
    write_line, write_sep = terminalreporter.write_line, terminalreporter.write_sep

    def is_passing(text: object) -> bool:
        return bool(folder) and str(text).startswith((f"report: {folder}", f"generated xml file: {folder}"))

    def write_lasting_line(line: str | bytes, **markup: bool) -> None:
        if not is_passing(line):
            write_line(line, **markup)

    def write_lasting_sep(sep: str, title: str | None = None, fullwidth: int | None = None, **markup: bool) -> None:
        if not is_passing(title):
            write_sep(sep, title, fullwidth, **markup)

    terminalreporter.write_line, terminalreporter.write_sep = write_lasting_line, write_lasting_sep  # type: ignore[method-assign]
    try:
        return (yield)
    finally:
        terminalreporter.write_line, terminalreporter.write_sep = write_line, write_sep  # type: ignore[method-assign]
