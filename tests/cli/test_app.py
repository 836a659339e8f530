"""The command as a whole: help, version, errors, start-up."""

import subprocess
import sys

import pytest

HEAVY = ("h11", "hypothesis", "vcr", "jinja2", "requests", "httpx", "cryptography", "jsonschema_rs")
COMMANDS = ("conformance", "serve", "sign", "coverage", "cassette", "contract")


def test_help_names_every_command_and_the_exit_codes(call):
    result = call("--help")
    assert result.exit_code == 0
    assert all(f"│ {command} " in result.output for command in COMMANDS)
    assert "0 all is well, 1 something failed or was found, 2 wrong usage" in " ".join(result.output.split())


@pytest.mark.parametrize("command", [*COMMANDS[:4], "cassette show", "cassette check", "contract export"])
def test_every_command_has_help_with_examples(call, command):
    result = call(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"  contractkit {command}" in result.output.partition("Examples")[2]


def test_no_argument_shows_help_as_wrong_usage(call):
    result = call()
    assert result.exit_code == 2
    assert "Commands" in result.output


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--port", "99999"], ["sign"], ["contract", "export"]])
def test_wrong_usage_exits_2_without_a_traceback(call, arguments):
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_expected_error_is_one_line_and_exit_2(call):
    result = call("contract", "export", "--service", "bcc")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no service 'bcc'; known: vpc, eip, dns, privatezone\n"


def test_an_error_shows_nothing_that_a_terminal_would_act_on(call, tmp_path):
    result = call("cassette", "show", str(tmp_path / "\x1b]52;c;eA==\x07.json"))
    assert result.exit_code == 2
    assert r"\x1b]52;c;eA==\x07.json" in result.stderr
    assert "\x1b" not in result.stderr


def test_the_version_is_told(call):
    result = call("--version")
    assert result.exit_code == 0
    assert result.output.startswith("contractkit ")


def test_help_loads_nothing_heavy():
    program = (
        "import sys; from typer.testing import CliRunner; from contractkit.cli import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_reader_that_goes_away_is_no_traceback(start):
    process = start("contract", "export", "--service", "vpc")
    process.stdout.read(1)
    process.stdout.close()
    process.stdout = None
    assert "Traceback" not in process.communicate(timeout=20)[1]
