"""The profiles: what each is for, and that nothing happens before they are asked for."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import settings

import contractkit
from contractkit.properties import register_profiles


def test_ci_is_reproducible_and_leaves_no_files():
    """The ci profile draws the same examples every time, keeps no database and prints the blob of a failure."""
    register_profiles()
    ci = settings.get_profile("ci")
    assert (ci.derandomize, ci.database, ci.print_blob, ci.deadline) == (True, None, True, None)


def test_nightly_draws_more_than_ci_and_ci_more_than_dev():
    """Each profile looks further than the one before; the differential law takes ten times as many."""
    register_profiles()
    dev, ci, nightly = (settings.get_profile(name).max_examples for name in ("dev", "ci", "nightly"))
    assert dev < ci < nightly
    assert nightly * 10 == 100_000


def test_on_a_ci_server_a_profile_is_what_it_is_elsewhere():
    """Hypothesis makes its defaults stand still where CI is set; dev and nightly draw anew there as well."""
    code = (
        "from hypothesis import settings; from contractkit.properties import register_profiles;"
        "assert settings().derandomize; register_profiles();"
        "print(*(settings.get_profile(name).derandomize for name in ('dev', 'ci', 'nightly')))"
    )
    environment = os.environ | {"CI": "true"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True False"


def test_importing_registers_nothing():
    """Importing the room changes no profile of whoever imports it."""
    code = (
        "from hypothesis import settings; before = (settings.get_current_profile_name(), repr(settings()));"
        "import contractkit.properties;"
        "assert before == (settings.get_current_profile_name(), repr(settings()));"
        "import sys; print('requests' in sys.modules, 'h11' in sys.modules, 'vcr' in sys.modules)"
    )
    root = Path(contractkit.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False False"
