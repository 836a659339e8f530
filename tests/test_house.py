"""The rules of the house, kept by tools: style, types, floors, and nothing that does not belong here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP_LEVEL = {"pyproject.toml", "README.md", "LICENSE", "contractkit", "cassettes", "tests", "conftest.py"}


def run(*command):
    """Run a tool of this environment at the root of the project; fail with what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tracked():
    """The files git knows; a source archive has no history, so there everything counts."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout")
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_style_has_no_complaint():
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")


@pytest.mark.slow
def test_types_are_strict_and_hold():
    run("mypy")


def test_floors_are_kept():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_top_level_holds_what_was_agreed():
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_real_looking_credential_is_in_the_repository():
    shape = re.compile(rb"ALTAK[A-Za-z0-9-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----")
    guilty = [path for path in tracked() if path.is_file() and shape.search(path.read_bytes())]
    # Made up: one key of the newer shape among the vectors, and the samples that the scan has to find.
    assert [path for path in guilty if path.parent.name not in {"vectors", "scan"}] == []


def test_every_room_says_what_it_knows():
    silent = [
        path
        for path in (ROOT / "contractkit").rglob("__init__.py")
        if not path.read_text().startswith('"""') or len(path.read_text().split('"""')[1]) < 60
    ]
    assert silent == []
