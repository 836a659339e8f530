"""Every planted wrong is caught by the law named for it, within the ci profile."""

import pytest

from contractkit.properties import LawBrokenError, client_retry_suite, idempotency_suite, signer_suite
from contractkit.properties.wrongs import KINDS, examine, planted
from contractkit.properties.wrongs.clients import PlainClient
from contractkit.properties.wrongs.planted import Wrong
from contractkit.properties.wrongs.services import make_service
from contractkit.properties.wrongs.steps import StepSigner

WRONGS = planted()


@pytest.mark.parametrize("kind", KINDS)
def test_every_planted_wrong_is_caught(kind):
    """The law named for it breaks on each wrong of a kind."""
    outcomes = list(examine(planted((kind,))))
    assert outcomes
    assert not [each.wrong.about for each in outcomes if not each.said]


def test_there_are_wrongs_of_every_divergence():
    """More than 60 are planted, and each of the 20 known divergences of official signers among them."""
    assert len(WRONGS) > 60
    told = {each.about.partition(":")[0] for each in WRONGS if each.kind == "signer"}
    assert {str(number) for number in range(1, 21)} <= told


def test_no_two_wrongs_are_called_the_same():
    """The table names each wrong once."""
    names = [(each.kind, each.about) for each in WRONGS]
    assert len(set(names)) == len(names)


def test_what_is_right_is_not_caught():
    """A wrong that is none is let pass, and said to be."""
    right = Wrong("nothing", "test_lists_what_it_signs", lambda: signer_suite(sign=StepSigner()))
    assert [each.said for each in examine((right,))] == [""]


@pytest.mark.slow
def test_a_wrong_service_is_found_without_being_told_where(without_shrinking):
    """The state machine finds each fault of a token table by itself, and nothing in a table without a fault."""
    machine = "test_any_history_follows_the_model"
    accounts = {"accounts": tuple(_accounts())}
    missed = []
    for wrong in planted(("services",)):
        if wrong.about in ("takes any token", "looks before it locks"):
            continue
        suite = idempotency_suite(make_target=make_service(wrong.about), **accounts)
        try:
            getattr(suite(), machine)()
        except LawBrokenError:
            continue
        missed.append(wrong.about)
    assert not missed
    getattr(idempotency_suite(make_target=make_service("none"), scale=1, **accounts)(), machine)()


def _accounts():
    from contractkit.properties.wrongs.ledgers import OTHER  # noqa: PLC0415 - used here alone
    from contractkit.signing import EXAMPLE  # noqa: PLC0415 - as above

    return EXAMPLE, OTHER


TestTheStepSigner = signer_suite(sign=StepSigner(), sign_listed=StepSigner())
TestThePlainClient = client_retry_suite(make_client=PlainClient, patience=3)
