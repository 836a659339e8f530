"""The cassettes in the repository: sound, safe, complete, and enough to run the whole suite without a cloud."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contractkit.conformance.cassettes import examine_cassette, find_cassettes
from contractkit.contract import load_contract

ROOT = Path(__file__).parent.parent.parent
CASSETTES = ROOT / "cassettes"
SUITE = ROOT / "contractkit" / "conformance" / "suite"
CONTRACT = load_contract()


@pytest.fixture(scope="module")
def examined():
    """Every committed cassette, loaded, verified and held against the contract."""
    return [examine_cassette(path, CONTRACT) for path in find_cassettes([CASSETTES])]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """The report of one offline run of the packaged suite from the committed cassettes."""
    folder = tmp_path_factory.mktemp("replay")
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CONTRACTKIT"))}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "contractkit.pytest_plugin", "-p", "no:cacheprovider"),
            *(
                "-c",
                str(folder / "pytest.ini"),
                f"--rootdir={SUITE}",
                f"--confcutdir={SUITE}",
                "--import-mode=importlib",
            ),
            *("--contract-mode=replay", f"--contract-cassettes={CASSETTES}", "--contract-findings=fail"),
            *(f"--contract-report={folder / 'report.json'}", str(SUITE)),
        ],
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    return json.loads((folder / "report.json").read_text())


def test_every_cassette_is_sound(examined):
    assert [(str(each.path), each.problems, each.findings) for each in examined if not each.is_sound] == []


def test_no_answer_departs_from_the_contract(examined):
    assert {finding.rule for each in examined for finding in each.findings} <= {"request-tolerated"}


def test_the_suite_passes_offline_and_leaves_nothing_unused(replayed):
    assert replayed["verdict"] == "passed"
    (run,) = replayed["runs"]
    assert [file for file in run["cassettes"]["files"] if file.get("unused")] == []


def test_every_cassette_belongs_to_a_test(replayed):
    (run,) = replayed["runs"]
    used = {Path(file["path"]).as_posix() for file in run["cassettes"]["files"] if file.get("replayed")}
    assert {path.relative_to(CASSETTES).as_posix() for path in find_cassettes([CASSETTES])} == used


def test_every_described_operation_succeeds_somewhere(examined):
    succeeded = {each.operation for one in examined for each in one.cassette.interactions if each.response.status < 300}
    assert {each.qualified for each in CONTRACT.operations()} - succeeded == set()
