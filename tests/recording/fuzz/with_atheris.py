"""Coverage-guided fuzzing of loader, sanitizer, canonicalizer and matcher.

    python tests/recording/fuzz/with_atheris.py -max_total_time=600

needs atheris; it prints how many inputs were tried, and ends with an error at the first crash or hang.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent))
with atheris.instrument_imports(include=["contractkit"]):
    import targets

if __name__ == "__main__":
    directory = Path(tempfile.mkdtemp(prefix="contractkit-fuzz-"))
    (directory / "corpus").mkdir()
    for number, seed in enumerate(targets.seeds()):
        (directory / "corpus" / str(number)).write_bytes(seed)
    (directory / "words").write_text(targets.dictionary(), encoding="ascii")
    options = [f"-dict={directory / 'words'}", "-timeout=5", "-max_len=8192", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:], str(directory / "corpus")], targets.run_all)
    atheris.Fuzz()
