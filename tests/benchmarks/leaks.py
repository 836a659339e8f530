"""How many of the seeded secrets each recorder lets through to its file, over the same corpus in the same run.

    python tests/benchmarks/leaks.py [SEEDS] [SEED]

vcrpy is measured as it comes, filtered by the names that its users filter by, and with compressed answers opened;
pytest-recording passes its settings through unchanged. What each would write is serialized by its own code.
contractkit knows the credentials of the run and, of some kinds, the value, as a conftest would tell it. A refusal
leaks nothing, and is shown.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vcr import VCR
from vcr.request import Request as VcrRequest
from vcr.serialize import serialize
from vcr.serializers import yamlserializer

from contractkit.errors import LeakError, SanitizerError
from contractkit.recording import open_cassette

ROOT = Path(__file__).parent.parent
NAMES = ["authorization", "x-bce-security-token", "cookie"]
FIELDS = ["password", "adminPass", "secretKey", "accessToken", "authorization", "x-bce-security-token", "pwd"]


def load_corpus() -> Any:
    """The corpus of the tests."""
    place = ROOT / "recording" / "leaks" / "corpus.py"
    spec = importlib.util.spec_from_file_location("leak_corpus", place)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["leak_corpus"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_vcrpy(seed: Any, **settings: Any) -> bytes:
    """What vcrpy writes of the exchanges of a seed under the settings."""
    with tempfile.TemporaryDirectory() as directory:
        config = VCR(record_mode="all").get_merged_config(path=f"{directory}/c.yaml", **settings)
        ask, tell = config["before_record_request"], config["before_record_response"]
        asked, told = [], []
        for exchange in seed.exchanges:
            sent, answer = exchange.request, exchange.response
            request = ask(VcrRequest(sent.method, sent.url, sent.body, dict(sent.headers)))
            fields: dict[str, list[str]] = {}
            for name, value in answer.headers:
                fields.setdefault(name, []).append(value)
            response = {
                "status": {"code": answer.status, "message": "x"},
                "headers": fields,
                "body": {"string": answer.body},
            }
            asked.append(request)
            told.append(tell(response) if tell else response)
        return str(serialize({"requests": asked, "responses": told}, yamlserializer)).encode()


def by_contractkit(seed: Any, now: Any) -> bytes:
    """What this package leaves on disk. Raises SanitizerError or LeakError where it refuses."""
    with tempfile.TemporaryDirectory() as directory:
        with open_cassette(
            f"{directory}/c.json",
            "record",
            foreign=False,
            credentials=seed.credentials,
            secrets=seed.known,
            clock=lambda: now,
        ) as cassette:
            for exchange in seed.exchanges:
                cassette.transport(lambda _, given=exchange.response: given)(exchange.request)
        return b"".join(each.read_bytes() for each in Path(directory).iterdir())


def recorders(now: Any) -> Iterator[tuple[str, Callable[[Any], bytes]]]:
    """Every recorder by the name it has in the table."""
    filters = {"filter_headers": NAMES, "filter_query_parameters": FIELDS, "filter_post_data_parameters": FIELDS}
    yield "vcrpy + pytest-recording, as they come", by_vcrpy
    yield "  with names filtered", lambda seed: by_vcrpy(seed, **filters)
    yield "  and bodies decompressed", lambda seed: by_vcrpy(seed, decode_compressed_response=True, **filters)
    yield "contractkit, as it comes", lambda seed: by_contractkit(seed, now)


def main(count: int, number: int) -> None:
    """Print the table."""
    corpus = load_corpus()
    print(  # noqa: T201  the table is what it is run for
        f"{count} seeded secrets, seed {number}\n\n{'recorder':<42}{'leaks':>8}{'share':>8}{'refused':>9}{'failed':>8}"
    )
    for name, record in recorders(corpus.NOW):
        leaks = refused = failed = 0
        for seed in corpus.make_seeds(count, number):
            try:
                written = record(seed)
            except (SanitizerError, LeakError):
                refused += 1
            except Exception:  # noqa: BLE001  whatever stops a recorder, it writes nothing
                failed += 1
            else:
                leaks += corpus.holds(written, seed.secret)
        print(f"{name:<42}{leaks:>8}{leaks / count:>8.1%}{refused:>9}{failed:>8}")  # noqa: T201  as above


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], *("1000", "1")[len(sys.argv) - 1 :])))
