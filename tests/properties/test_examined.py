"""What was examined is told: examples by law, the classes among them, and what was broken; and never a secret."""

from contractkit.properties import idempotency_suite, signer_suite
from contractkit.properties.ledgers import ledger_target
from contractkit.properties.page import examine_suites
from contractkit.properties.wrongs.signers import make_signer
from contractkit.signing import EXAMPLE, sign


def test_examples_and_classes_are_counted(without_shrinking):
    """Each interesting class of request is drawn for the law of acceptance, and a tenth of them have any one."""
    suite = signer_suite(sign=sign)
    suite().test_is_accepted_by_the_reference_verifier()
    tally = suite.examined["test_is_accepted_by_the_reference_verifier"]
    assert tally.examples >= 100
    for name in ("path: beyond ASCII", "query: valueless item", "query: authorization, any case", "header: x-bce-*"):
        assert tally.classes[name] >= 5, name


def test_histories_are_counted_with_their_courses(without_shrinking):
    """The state machine saw fresh uses, repeats, mismatches and races."""
    suite = idempotency_suite(make_target=ledger_target(), scale=0.5)
    suite().test_any_history_follows_the_model()
    tally = suite.examined["test_any_history_follows_the_model"]
    assert tally.examples >= 50
    assert min(tally.classes[name] for name in ("fresh", "repeat", "mismatch", "sent at once")) >= 5


def test_two_suites_count_apart():
    """What one suite saw is not told of another."""
    one, other = signer_suite(sign=sign), signer_suite(sign=sign)
    one().test_shows_no_secret()
    assert one.examined["test_shows_no_secret"].examples > 0
    assert other.examined["test_shows_no_secret"].examples == 0


def test_what_is_broken_is_told_in_words_without_a_key(few_examples):
    """A broken law is told with its words and what it was tried with; keys are not."""
    wrong = make_signer(listed=lambda _, chosen: ";".join(sorted(chosen, reverse=True)))
    found = list(examine_suites({"right": signer_suite(sign=sign), "wrong": signer_suite(sign=wrong)}))
    assert {each.suite for each in found if each.broken} == {"wrong"}
    assert any("path: beyond ASCII" in each.tally.classes for each in found)
    assert any("signedHeaders is not lower-case" in each.broken for each in found)
    assert EXAMPLE.secret_access_key not in str(found)
