"""`contractkit properties`: the table of planted wrongs and the page of what was examined."""

import pytest
from typer.testing import CliRunner

from contractkit.cli import app


def test_the_table_names_each_wrong_and_the_law_that_caught_it():
    """One line for each wrong, a sum at the end, exit code 0."""
    done = CliRunner().invoke(app, ["properties", "wrongs", "--kind", "decoders"])
    assert done.exit_code == 0
    assert "the last byte is trusted" in done.output
    assert "refuses_wrong_padding" in done.output
    assert "7 wrongs planted, 7 caught, 0 not" in done.output


def test_an_unknown_kind_is_refused_with_the_known_ones():
    """A misspelt kind is a usage error that names the kinds."""
    done = CliRunner().invoke(app, ["properties", "wrongs", "--kind", "ghosts"])
    assert done.exit_code == 2
    assert "signers" in done.output


@pytest.mark.parametrize(("name", "told"), [("notes.txt/x.html", "cannot be written"), ("x.json", "end in .html")])
def test_a_page_that_cannot_be_written_is_told_before_anything_is_examined(tmp_path, name, told):
    """Minutes of examination are not spent on a page that has no place."""
    (tmp_path / "notes.txt").write_text("mine")
    done = CliRunner().invoke(app, ["properties", "examine", "--page", str(tmp_path / name)])
    assert done.exit_code == 2
    assert told in done.output
    assert "examples" not in done.output
