"""This recorder beside its peers, in one run: `python tests/benchmarks/recorders.py [--quick]`.

Prints a table of what is lost, what reaches the network and what goes unnoticed, for contractkit, for vcrpy (with the
file names of pytest-recording) and for cassetter where it is installed. Everything happens on loopback.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import requests

HOST = "http://bcc.bj.baidubce.com"
CIDRS = [f"test_x[10.0.0.0{mark}{size}]" for mark in "/:|\\*?<>" for size in (8, 16, 24, 25, 26)]


class Contractkit:
    """This package."""

    name, suffix, base = "contractkit", ".json", HOST
    modes: ClassVar = {"all": "record", "none": "replay", "more": "extend"}

    @contextlib.contextmanager
    def use(self, path: Path, mode: str) -> Iterator[None]:
        """Use a cassette in `all` (record), `none` (replay) or `more` (extend)."""
        from contractkit.recording import open_cassette  # noqa: PLC0415  one recorder for each process

        with open_cassette(path, self.modes[mode], verify=False):
            yield

    def load(self, path: Path) -> int:
        """How many interactions a file has; raises when it is damaged."""
        from contractkit.recording.store import load_cassette  # noqa: PLC0415  as above

        return len(load_cassette(path).entries)

    def file_name(self, test: str) -> str:
        """The file of a test."""
        from contractkit.recording import cassette_name  # noqa: PLC0415  as above

        return cassette_name(f"test_a.py::{test}")


class Vcrpy:
    """vcrpy, and the names that pytest-recording gives."""

    name, suffix, base = "vcrpy + pytest-recording", ".yaml", ""
    modes: ClassVar = {"all": "all", "none": "none", "more": "new_episodes"}

    @contextlib.contextmanager
    def use(self, path: Path, mode: str) -> Iterator[None]:
        """As for this package."""
        import vcr  # noqa: PLC0415  as above

        with vcr.use_cassette(str(path), record_mode=self.modes[mode]):
            yield

    def load(self, path: Path) -> int:
        """As for this package."""
        from vcr.persisters.filesystem import FilesystemPersister  # noqa: PLC0415  as above
        from vcr.serializers import yamlserializer  # noqa: PLC0415  as above

        return len(FilesystemPersister.load_cassette(path, yamlserializer)[0])

    def file_name(self, test: str) -> str:
        """As for this package."""
        from pytest_recording.plugin import get_default_cassette_name  # noqa: PLC0415  as above

        return f"{get_default_cassette_name(None, test)}.yaml"


class Cassetter:
    """cassetter."""

    name, suffix, base = "cassetter", ".yaml", ""
    modes: ClassVar = {"all": "all", "none": "none", "more": "new_episodes"}

    @contextlib.contextmanager
    def use(self, path: Path, mode: str) -> Iterator[None]:
        """As for this package."""
        import cassetter  # noqa: PLC0415  as above

        with cassetter.use_cassette(path, record_mode=self.modes[mode]):
            yield

    def load(self, path: Path) -> int:
        """As for this package."""
        import cassetter  # noqa: PLC0415  as above

        with cassetter.use_cassette(path, record_mode="none") as cassette:
            return len(cassette.interactions)

    def file_name(self, test: str) -> str:
        """As for this package."""
        from cassetter.pytest_plugin.fixtures import _sanitized_file_name  # noqa: PLC0415  as above

        return str(_sanitized_file_name(test))


RECORDERS: dict[str, Any] = {each.name: each() for each in (Contractkit, Vcrpy, Cassetter)}
if importlib.util.find_spec("cassetter") is None:
    del RECORDERS["cassetter"]


def ask(base: str, markers: list[str], told: Callable[[str], None] = lambda _: None) -> None:
    """One GET for each marker, from one session."""
    with requests.Session() as session:
        for marker in markers:
            session.get(f"{base}/v1/vpc?marker={marker}", timeout=10).raise_for_status()
            told(marker)


def crowd(base: str, threads: int, each: int) -> int:
    """Ask from many threads at once; how many requests got no answer."""
    failed = 0
    with ThreadPoolExecutor(threads) as pool:
        started = [pool.submit(ask, base, [f"t{t}n{n}"]) for t in range(threads) for n in range(each)]
        for one in started:
            failed += one.exception() is not None
    return failed


def threads(recorder: Any, server: Any, directory: Path, each: int) -> tuple[str, str]:
    """Sixteen threads: interactions lost while recording, and requests that reached the server in replay."""
    base, total = f"http://127.0.0.1:{server.server_address[1]}", 16 * each
    path = directory / f"threads{recorder.suffix}"
    with recorder.use(path, "all"):
        crowd(base, 16, each)
    lost = total - recorder.load(path)
    path = directory / f"alone{recorder.suffix}"
    with recorder.use(path, "all"):
        ask(base, [f"t{t}n{n}" for t in range(16) for n in range(each)])
    before = server.hits
    with recorder.use(path, "none"):
        crowd(recorder.base or base, 16, each)
    return f"{lost} of {total}", f"{server.hits - before} of {total}"


def truncation(recorder: Any, server: Any, directory: Path) -> str:
    """A file cut at many places: how many of the cuts load as if nothing had happened."""
    path = directory / f"whole{recorder.suffix}"
    with recorder.use(path, "all"):
        ask(f"http://127.0.0.1:{server.server_address[1]}", [str(n) for n in range(5)])
    data, cut = path.read_bytes(), directory / f"cut{recorder.suffix}"
    places = range(0, len(data), max(1, len(data) // 400))
    silent = 0
    for end in places:
        cut.write_bytes(data[:end])
        with (
            contextlib.suppress(BaseException),
            warnings.catch_warnings(action="ignore"),
        ):  # a peer that complains, however, is not silent
            recorder.load(cut)
            silent += 1
    return f"{100 * silent / len(places):.0f} %"


def spawn(recorder: Any, path: Path, base: str, *, mode: str, prefix: str, count: int) -> subprocess.Popen[bytes]:
    """A process of its own that records and tells each answer on its output."""
    script = [
        sys.executable,
        "-W",
        "ignore",
        __file__,
        "--child",
        recorder.name,
        str(path),
        base,
        mode,
        prefix,
        str(count),
    ]
    return subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def child(*arguments: str) -> None:
    """What `spawn` runs."""
    name, path, base, mode, prefix, count = arguments
    with RECORDERS[name].use(Path(path), mode):
        os.write(1, b"ready\n")
        ask(
            base,
            [f"{prefix}{n:03}" for n in range(int(count))],
            lambda marker: os.write(1, f"{marker}\n".encode()) and None,
        )
        os.write(1, b"saving\n")


def kills(recorder: Any, base: str, directory: Path, trials: int) -> tuple[str, str]:
    """Killed recordings over an older cassette: answers that are on disk in no file, and older cassettes destroyed."""
    rng, told_of, lost, destroyed = random.Random(1), 0, 0, 0  # noqa: S311  a repeatable choice, no secret
    for trial in range(trials):
        home = directory / f"kill{trial}"
        home.mkdir()
        path = home / f"c{recorder.suffix}"
        with recorder.use(path, "all"):
            ask(base, ["old"])
        old = path.read_bytes()
        process = spawn(recorder, path, base, mode="all", prefix=f"k{trial}x", count=30)
        assert process.stdout is not None
        wait_for, lines = b"saving" if trial % 2 else f"k{trial}x{rng.randrange(30):03}".encode(), []
        for line in process.stdout:
            lines.append(line.strip())
            if line.strip() == wait_for:
                break
        time.sleep(rng.uniform(0, 0.004))
        process.send_signal(signal.SIGKILL)
        lines += [line.strip() for line in process.stdout]
        process.wait()
        told = [line for line in lines if line.startswith(b"k")]
        on_disk = b"".join(each.read_bytes() for each in home.iterdir())
        told_of += len(told)
        lost += sum(marker not in on_disk for marker in told)
        destroyed += path.read_bytes() != old and not _loads(recorder, path)
    return f"{lost} of {told_of}", f"{destroyed} of {trials}"


def _loads(recorder: Any, path: Path) -> bool:
    try:
        return bool(recorder.load(path) >= 1)
    except Exception:  # noqa: BLE001  whatever it is, the file is gone
        return False


def workers(recorder: Any, base: str, directory: Path, rounds: int) -> str:
    """Four processes that extend one cassette by ten requests each at the same time: what is missing afterwards."""
    lost = 0
    for number in range(rounds):
        path = directory / f"shared{number}{recorder.suffix}"
        started = [spawn(recorder, path, base, mode="more", prefix=f"w{each}x", count=10) for each in range(4)]
        for process in started:
            process.communicate()
        found = path.read_bytes() if path.exists() else b""
        lost += sum(f"w{each}x{n:03}".encode() not in found for each in range(4) for n in range(10))
    return f"{lost} of {40 * rounds}"


def full_disk(recorder: Any, base: str, directory: Path) -> str:
    """A recording over a good cassette with room for 4 KiB only: whether the good one is there afterwards."""
    path = directory / f"good{recorder.suffix}"
    with recorder.use(path, "all"):
        ask(base, [f"g{n}" for n in range(30)])
    before = recorder.load(path)
    code = f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); sys.argv = {[__file__, '--child', recorder.name, str(path), base, 'all', 'f', '30']!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=False)
    return "whole" if _loads(recorder, path) and recorder.load(path) == before else "damaged"


def speed(recorder: Any, base: str, directory: Path, count: int) -> tuple[str, str]:
    """Milliseconds for each replayed request, and lines that change when the same is recorded again."""
    path = directory / f"speed{recorder.suffix}"
    markers = [f"s{n}" for n in range(count)]
    texts = []
    for _ in range(2):
        path.unlink(missing_ok=True)
        with recorder.use(path, "all"):
            ask(base, markers)
        texts.append(path.read_text().splitlines())
        time.sleep(1.1)
    began = time.perf_counter()
    with recorder.use(path, "none"):
        ask(recorder.base or base, markers)
    each = 1000 * (time.perf_counter() - began) / count
    changed = sum(one != other for one, other in zip(*texts, strict=False)) + abs(len(texts[0]) - len(texts[1]))
    return f"{each:.1f} ms", f"{changed} of {len(texts[1])}"


def collisions(recorder: Any) -> str:
    """Tests named by address ranges that share a file with another one."""
    files = [recorder.file_name(test).lower() for test in CIDRS]
    return f"{len(files) - len(set(files))} of {len(files)}"


def measure(recorder: Any, server: Any, *, quick: bool) -> dict[str, str]:
    """All figures of one recorder."""
    base = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        lost, live = threads(recorder, server, directory, 5 if quick else 25)
        answers, destroyed = kills(recorder, base, directory, 4 if quick else 20)
        pace, changed = speed(recorder, base, directory, 50 if quick else 500)
        return {
            "16 threads: interactions lost in recording": lost,
            "16 threads: requests live in replay": live,
            "SIGKILL: answers on disk nowhere": answers,
            "SIGKILL: older cassettes destroyed": destroyed,
            "file-size limit of 4 KiB: the older cassette": full_disk(recorder, base, directory),
            "cut file loads without an error": truncation(recorder, server, directory),
            "4 processes, one cassette: interactions lost": workers(recorder, base, directory, 1 if quick else 5),
            "names of CIDR parameters that collide": collisions(recorder),
            "same behaviour recorded again: lines changed": changed,
            f"replay of {50 if quick else 500} requests, each": pace,
        }


def main() -> None:
    """Print the table."""
    spec = importlib.util.spec_from_file_location("crowd", Path(__file__).parents[1] / "recording" / "crowd.py")
    assert spec is not None
    assert spec.loader is not None
    serving = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serving)
    quick = "--quick" in sys.argv
    with serving.serving() as server:
        figures = {name: measure(recorder, server, quick=quick) for name, recorder in RECORDERS.items()}
    print("| " + " | ".join(["", *figures]) + " |")  # noqa: T201  its output is what it is for
    print("|---" * (len(figures) + 1) + "|")  # noqa: T201  as above
    rows = next(iter(figures.values()))
    for row in rows:
        print("| " + " | ".join([row, *(each[row] for each in figures.values())]) + " |")  # noqa: T201  as above


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
