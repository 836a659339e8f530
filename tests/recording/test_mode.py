"""Mode: four names, and a clear word about any other."""

import pytest

from contractkit.errors import ConfigurationError
from contractkit.recording import Mode


def test_every_mode_is_parsed_from_its_name_in_any_case():
    assert [Mode.parse(f" {mode.value.upper()} ") for mode in Mode] == list(Mode)


def test_an_unknown_mode_is_refused_with_the_four_names():
    with pytest.raises(ConfigurationError, match=r"'once' is not a mode: use one of replay, record, extend, direct"):
        Mode.parse("once")


def test_only_replay_stays_at_home_and_only_record_and_extend_write():
    assert [mode for mode in Mode if not mode.goes_live] == [Mode.REPLAY]
    assert [mode for mode in Mode if mode.writes] == [Mode.RECORD, Mode.EXTEND]
