"""The client retry suite: our client passes it, and careless ones leave two of everything."""

import pytest

from contractkit.client import Client, RetryPolicy
from contractkit.errors import ConfigurationError
from contractkit.properties import LawBrokenError, client_retry_suite
from contractkit.properties.families import KINDS, family
from contractkit.properties.retries import SINGLE_KINDS
from contractkit.properties.wrongs import planted


def make_ours(transport, keys):
    return Client(keys, transport=transport, sleep=lambda _: None).call


TestOurClient = client_retry_suite(make_client=make_ours, patience=3, kinds=SINGLE_KINDS)


def test_a_client_without_retries_breaks_the_laws():
    """Our own client, told never to repeat, is caught: the suite asks for survival, not only for caution."""
    suite = client_retry_suite(
        make_client=lambda transport, keys: Client(keys, transport=transport, retry=RetryPolicy(attempts=1)).call
    )
    with pytest.raises(LawBrokenError, match=r"gave up with .* after 1 attempts"):
        suite().test_one_call_has_one_effect()


@pytest.mark.parametrize("about", ["a new token for every attempt", "no token at all", "sends everything twice"])
def test_careless_clients_leave_two_resources(about, without_shrinking):
    """What a lost token costs is seen in the cloud itself: more than one resource after one call."""
    wrong = next(each for each in planted(("clients",)) if each.about == about)
    with pytest.raises(LawBrokenError, match="exist after one successful call"):
        wrong.make_suite()().test_one_call_has_one_effect()


def test_the_kinds_of_one_call_are_those_that_need_nothing():
    """Each kind that can be made alone is among those a client may be tried with, and no other."""
    assert tuple(kind for kind in KINDS if not family(kind).create.needs) == SINGLE_KINDS
    with pytest.raises(ConfigurationError, match="subnet"):
        client_retry_suite(make_client=make_ours, kinds=("subnet",))
