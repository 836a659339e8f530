"""The idempotency suite: the ledger alone and the reference cloud pass it, in good and bad weather and over HTTP."""

import pytest

from contractkit.adapters.requests import RequestsTransport
from contractkit.cloud import Account, ReferenceCloud, Weather, cutting, failing, throttling
from contractkit.cloud.server import serve
from contractkit.errors import ConfigurationError
from contractkit.idempotency import Ledger, LedgerPolicy, Scope
from contractkit.properties import Target, idempotency_suite
from contractkit.properties.ledgers import ledger_target
from contractkit.signing import EXAMPLE, Credentials

OTHER = Credentials("e" * 32, "f" * 32)
ACCOUNTS = {EXAMPLE: Account("a0" * 16), OTHER: Account("e0" * 16)}

TestReferenceCloud = idempotency_suite(
    make_target=lambda clock: ReferenceCloud(clock=clock, accounts=ACCOUNTS).handle, accounts=(EXAMPLE, OTHER), scale=1
)


def in_bad_weather(clock):
    plan = (
        cutting("*", chance=0.15),
        cutting("*", chance=0.15, after_commit=True),
        failing("*", chance=0.1),
        failing("*", chance=0.1, status=500, after_commit=True),
        throttling("*", chance=0.05),
    )
    return ReferenceCloud(clock=clock, accounts=ACCOUNTS, weather=Weather(plan, seed=7)).handle


TestReferenceCloudInBadWeather = pytest.mark.slow(
    idempotency_suite(make_target=in_bad_weather, accounts=(EXAMPLE, OTHER), scale=1)
)

OTHER_CORNERS = LedgerPolicy(
    mismatch_extends_window=False, remembers_failures=True, scope=Scope.ACCOUNT, in_flight_answer=(503, "Busy")
)

TestOtherReadings = pytest.mark.slow(
    idempotency_suite(
        make_target=lambda clock: ReferenceCloud(clock=clock, accounts=ACCOUNTS, tokens=OTHER_CORNERS).handle,
        accounts=(EXAMPLE, OTHER),
        scale=1,
    )
)


class Street:
    """One served address behind which the cloud is exchanged: starting a server takes longer than a history."""

    cloud = served = transport = None

    def move_in(self, clock):
        self.cloud = ReferenceCloud(clock=clock)
        return Target(self.transport, base_url=self.served.base_url)

    def __getattr__(self, name):
        return getattr(self.cloud, name)


STREET = Street()


@pytest.fixture(scope="module")
def _street():
    with serve(STREET) as served, RequestsTransport() as transport:
        STREET.served, STREET.transport = served, transport
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("_street")
class TestReferenceCloudOverHttp(idempotency_suite(make_target=STREET.move_in, scale=1, steps=20)):
    """The same laws with sockets in between."""


TestTheLedgerAlone = idempotency_suite(make_target=ledger_target(), accounts=(EXAMPLE, OTHER), scale=1)

TestTheLedgerInOtherCorners = idempotency_suite(
    make_target=ledger_target(lambda: Ledger(OTHER_CORNERS)), accounts=(EXAMPLE, OTHER), scale=1
)


@pytest.mark.slow
def test_what_is_sent_is_of_every_service(without_shrinking):
    """Histories hold creations, changes and deletions of four services, lost answers, races, crowds, and the border."""
    suite = idempotency_suite(make_target=in_bad_weather, accounts=(EXAMPLE, OTHER), scale=1)
    suite().test_any_history_follows_the_model()
    seen = suite.examined["test_any_history_follows_the_model"].classes
    assert {name.partition(".")[0] for name in seen if "." in name} == {"vpc", "eip", "dns", "privatezone"}
    assert sum("." in name for name in seen) >= 20
    for name in ("answer lost", "sent at once", "crowd of tokens", "token of another place", "time: beyond the window"):
        assert seen[name] >= 5, name


def test_a_service_of_one_kind_is_examined_alone():
    """Who serves less says so, and an unknown kind is refused with the known ones."""
    suite = idempotency_suite(make_target=ledger_target(), kinds=("eip",), scale=0.2)
    suite().test_any_history_follows_the_model()
    seen = suite.examined["test_any_history_follows_the_model"].classes
    assert {name for name in seen if "." in name} == {"eip.apply_eip", "eip.resize_eip", "eip.release_eip"}
    with pytest.raises(ConfigurationError, match=r"ghost.*vpc"):
        idempotency_suite(make_target=ledger_target(), kinds=("ghost",))
