"""An account of the live cloud's own: a reference cloud behind the gate, with a clock the test turns."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contractkit.client import Client, RetryPolicy
from contractkit.cloud import Account, ReferenceCloud, Weather
from contractkit.conformance.live import LiveGate, Logbook, gated, sweep, sweep_file
from contractkit.conformance.live.logbook import account_mark
from contractkit.contract import load_contract
from contractkit.message import Request, Response
from contractkit.signing import Credentials

OWNER = Credentials("1f" * 16, "2e" * 16)
ACCOUNT = "ac" * 16


@dataclass
class Clock:
    now: datetime = datetime(2024, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class LiveAccount:
    """Everything one live run has: cloud, gate, logbook, and what really reached the cloud."""

    path: Path
    clock: Clock = field(default_factory=Clock)
    allow_create: bool = True
    weather: Weather = field(default_factory=Weather)
    settle: timedelta = timedelta(0)
    arrived: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cloud = ReferenceCloud(
            clock=self.clock,
            accounts={OWNER: Account(ACCOUNT)},
            weather=self.weather,
            settle=self.settle,
            sleep=self.clock.sleep,
        )
        self.start()

    def start(self) -> None:
        self.logbook = Logbook(self.path, clock=self.clock, region="bj", account=account_mark(OWNER.access_key_id))
        self.gate = LiveGate(
            load_contract(),
            self.logbook,
            allow_create=self.allow_create,
            regions=("bj",),
            secrets={"secret access key": OWNER.secret_access_key, "access key id": OWNER.access_key_id},
        )
        self.client = self.connect(gated(self.gate, self.send), attempts=1)
        self.stranger = self.connect(self.cloud.handle)

    def connect(self, transport, *, attempts: int = 4, region: str = "bj") -> Client:
        retry = RetryPolicy(attempts=attempts)
        return Client(
            OWNER, region, transport=transport, clock=self.clock, sleep=self.clock.sleep, retry=retry, chance=lambda: 0
        )

    def send(self, request: Request) -> Response:
        self.arrived.append(f"{request.method} {request.raw_path}")
        self.tokens.append(request.query_value("clientToken"))
        return self.cloud.handle(request)

    def sweep(self):
        client = self.connect(gated(self.gate, self.send))
        return sweep(self.logbook, self.gate, client, clock=self.clock, sleep=self.clock.sleep)

    def die(self) -> None:
        """As after SIGKILL: the file stays, the lock goes."""
        self.logbook._file.close(discard=False)

    def sweep_file(self, credentials: Credentials = OWNER, **options):
        options = {"transport": self.send, "clock": self.clock, "sleep": self.clock.sleep, **options}
        return sweep_file(self.path, credentials, **options)

    def count(self, kind: str) -> int:
        return len(self.cloud.resources(ACCOUNT, kind))

    @property
    def holdings(self) -> dict[str, int]:
        return self.cloud.snapshot().get(ACCOUNT, {})


@pytest.fixture
def make(tmp_path):
    made = []

    def make_account(**options) -> LiveAccount:
        made.append(LiveAccount(tmp_path / "run.jsonl", **options))
        return made[-1]

    yield make_account
    for each in made:
        assert each.cloud.failures == ()
        each.logbook.close(keep=True)


@pytest.fixture
def account(make) -> LiveAccount:
    return make()
