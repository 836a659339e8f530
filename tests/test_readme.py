"""What the README shows works as it stands there."""

import re
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def section(title):
    """The text below one heading."""
    return README.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(language, text):
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def commands(program):
    """Every command line of a program in the README, as words without its comment."""
    lines = "".join(blocks("sh", README.read_text(encoding="utf-8"))).splitlines()
    parts = [part.strip() for line in lines for part in line.split("&&")]
    words = [shlex.split(part, comments=True) for part in parts]
    return [each[1:] for each in words if each and Path(each[0]).name == program]


EXAMPLES = blocks("python", section("In your repository"))
CONTRACTKIT = commands("contractkit")
PYTEST = [each for each in commands("pytest") if each]


def test_the_readme_shows_what_these_tests_look_for():
    assert len(EXAMPLES) == 3
    assert len(CONTRACTKIT) >= 6
    assert len(PYTEST) >= 3


@pytest.fixture
def installed():
    """Only an installed project has a plugin that pytest finds by itself."""
    if not any(each.name == "contractkit" for each in entry_points(group="pytest11")):
        pytest.skip("the project is not installed: pip install --editable .")


@pytest.mark.parametrize("example", EXAMPLES, ids=["our client", "the official SDK", "httpx"])
def test_an_example_records_and_then_replays(installed, pytester, monkeypatch, example):
    for name in ("CONTRACTKIT_MODE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(test_example=example)
    result = pytester.runpytest_subprocess("--contract-mode=record")
    result.assert_outcomes(passed=1)
    recorded = [path.read_bytes() for path in pytester.path.glob("cassettes/**/*.json")]
    assert len(recorded) == 1
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 cassette: 0 recorded, [1-9] replayed, 0 unused interactions"])
    assert [path.read_bytes() for path in pytester.path.glob("cassettes/**/*.json")] == recorded


@pytest.mark.parametrize("words", CONTRACTKIT, ids=" ".join)
def test_a_command_of_the_readme_exists_with_its_options(words):
    done = subprocess.run(
        [sys.executable, "-c", "from contractkit.cli import main; main()", *words, "--help"],
        cwd=README.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Usage:" in done.stdout


@pytest.mark.parametrize("words", PYTEST, ids=" ".join)
def test_an_option_of_pytest_in_the_readme_exists(installed, words):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--help"],
        cwd=README.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
