"""How many of the seeded secrets each recorder lets through to its file, over the same corpus in the same run.

    python tests/benchmarks/leaks.py [SEEDS] [SEED]

vcrpy is measured as it comes, filtered by the names that its users filter by, and with compressed answers opened;
pytest-recording passes its settings through unchanged. cassetter, where it is installed, is measured as it comes and
with the same names added to its own. What each would write is serialized by its own code. contractkit knows the
credentials of the run and, of some kinds, the value, as a conftest would tell it. A refusal leaks nothing, and is
shown.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
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
            response = {
                "status": {"code": answer.status, "message": "x"},
                "headers": group(answer.headers),
                "body": {"string": answer.body},
            }
            asked.append(request)
            told.append(tell(response) if tell else response)
        return str(serialize({"requests": asked, "responses": told}, yamlserializer)).encode()


def by_cassetter(seed: Any, **settings: Any) -> bytes:
    """What cassetter writes of the exchanges of a seed: handed over as its interceptors hand it over."""
    import cassetter  # noqa: PLC0415  only where it is installed

    with tempfile.TemporaryDirectory() as directory:
        cassette = cassetter.Cassetter(record_mode="all", **settings).cassette(f"{directory}/c.yaml")
        cassette.load()
        for exchange in seed.exchanges:
            sent, answer = exchange.request, exchange.response
            cassette.record(
                method=sent.method,
                uri=sent.url,
                request_headers=group((name.lower(), value) for name, value in sent.headers),
                request_body=sent.body or None,
                status=answer.status,
                response_headers=group((name.lower(), value) for name, value in answer.headers),
                response_body=answer.body,
            )
        cassette.save()
        return b"".join(each.read_bytes() for each in Path(directory).iterdir())


def group(fields: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Header fields as the recorders take them: every name with its values."""
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped


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
    yield "contractkit", lambda seed: by_contractkit(seed, now)
    filters = {"filter_headers": NAMES, "filter_query_parameters": FIELDS}
    posted = {**filters, "filter_post_data_parameters": FIELDS}
    yield "vcrpy + pytest-recording", by_vcrpy
    yield "the same, names filtered", lambda seed: by_vcrpy(seed, **posted)
    yield "the same, and answers opened", lambda seed: by_vcrpy(seed, decode_compressed_response=True, **posted)
    if importlib.util.find_spec("cassetter") is not None:
        yield "cassetter", by_cassetter
        yield "the same, names filtered", lambda seed: by_cassetter(seed, body_scrub_patterns=FIELDS, **filters)


def main(count: int, number: int) -> None:
    """Print the table."""
    corpus = load_corpus()
    print(f"| {count} seeded secrets, seed {number} | leaks | share | refused | failed |\n|---|---|---|---|---|")  # noqa: T201  the table is what it is run for
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
        print(f"| {name} | {leaks} | {leaks / count:.1%} | {refused} | {failed} |")  # noqa: T201  as above


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], *("1000", "1")[len(sys.argv) - 1 :])))
