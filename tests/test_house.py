"""The rules of the house, kept by tools: style, types, floors, and nothing that does not belong here."""

import re
import shutil
import subprocess
import sys
import tomllib
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


def lint_imports(place):
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    return subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=False)


def test_floors_and_rooms_are_kept():
    """Imports point down, and each library is known where pyproject.toml says, and nowhere else."""
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_every_library_has_a_room_that_is_kept(tmp_path):
    """An import in the wrong place is found, whichever library it is of; all that is installed with us has a room."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = [each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "forbidden"]
    guarded = {library for each in contracts for library in each["forbidden_modules"]}
    needed = {re.split(r"[^A-Za-z0-9-]", each)[0].replace("-", "_") for each in settings["project"]["dependencies"]}
    assert needed - {"msgspec", "vcrpy"} <= guarded
    shutil.copytree(ROOT / "contractkit", tmp_path / "contractkit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "contractkit" / "errors.py").open("a") as errors:
        errors.writelines(f"import {library}\n" for library in sorted(guarded))
    told = lint_imports(tmp_path).stdout
    broken = re.findall(r"^(\w+) stays in its room BROKEN\b", told, re.MULTILINE)
    assert broken == [each["forbidden_modules"][0] for each in contracts], told


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
