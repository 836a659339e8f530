"""The suites aimed at code of another shape: signer and password encoder of the official Python SDK."""

import warnings

import pytest

from contractkit.properties import LawBrokenError, password_suite, signer_suite, strategies
from contractkit.signing import format_time

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from baidubce import utils
    from baidubce.auth import bce_v1_signer
    from baidubce.auth.bce_credentials import BceCredentials


def official_sign(request, credentials, *, at, expires_in, signed_headers=None):
    """The adapter a project would write: the SDK takes names and values decoded, and the path as text."""
    headers = request.headers.without("authorization")
    if not headers.has("host"):
        headers = headers.set("Host", request.authority)
    headers = headers.set("x-bce-date", format_time(at))
    if credentials.session_token:
        headers = headers.set("x-bce-security-token", credentials.session_token)
    value = bce_v1_signer.sign(
        BceCredentials(credentials.access_key_id, credentials.secret_access_key),
        request.method.encode(),
        request.raw_path.encode(),
        {name.encode(): text.encode() for name, text in headers},
        {name.encode(): (text or "").encode() for name, text in request.query},
        int(at.timestamp()),
        expires_in,
        signed_headers and [name.encode() for name in signed_headers],
    )
    return request.replace(headers=[*headers, ("Authorization", value.decode())])


def official_encrypt(plaintext, secret):
    """The SDK cuts the key of what it is given, and its cipher takes bytes."""
    return utils.aes128_encrypt_16char_key(plaintext, secret.encode())


SIGNER = {
    "test_ignores_the_wire_spelling": "signs the text of the path as given, whatever its spelling",
    "test_leaves_out_the_authorization_query_item": "signs the query item `authorization`",
    "test_puts_no_other_instant_in_place": "takes the instant 0 for now",
    "test_sorts_the_list_by_name": "lists the signed headers in the order they were given",
    "test_ignores_the_spelling_of_the_list": "uses the names of a list as they are spelt",
    "test_leaves_out_what_cannot_be_signed": "signs and lists headers that are absent",
    "test_signs_what_it_is_told": "signs x-bce-* headers beyond the list without listing them",
}
ENCODER = {
    "test_length_follows_the_blocks": "pads by characters, not bytes, and fails for most text beyond ASCII",
    "test_reproduces_the_known_answers": "as above: two of the known answers are not ASCII",
    "test_writes_lower_case_hex": "as above",
    "test_only_the_head_of_the_key_matters": "as above",
    "test_every_character_of_the_head_matters": "as above",
    "test_is_deterministic": "as above",
    "test_refuses_unusable_keys": "takes a secret key whose head is not ASCII, and cuts it by bytes",
}

WITHOUT_THE_ITEM = strategies.requests(
    query=strategies.query_lists(unique=True, authorization=False), fields=strategies.headers(ascii_only=True)
)


def make_signer_suite():
    return signer_suite(
        sign=official_sign,
        sign_listed=official_sign,
        requests=WITHOUT_THE_ITEM,
        unique_names=True,
        ascii_headers=True,
    )


def make_encoder_suite():
    return password_suite(encrypt=official_encrypt)


def laws_of(make_suite):
    suite = make_suite()
    return sorted(name for name in dir(suite) if name.startswith("test_") and getattr(suite, name))


CASES = [
    *(("signer", make_signer_suite, law, SIGNER.get(law, "")) for law in laws_of(make_signer_suite)),
    *(("encoder", make_encoder_suite, law, ENCODER.get(law, "")) for law in laws_of(make_encoder_suite)),
]


@pytest.mark.parametrize(
    ("what", "make_suite", "law", "known"), CASES, ids=lambda each: each if str(each) == each else ""
)
def test_the_sdk_breaks_the_laws_it_is_known_to_break_and_no_others(what, make_suite, law, known, without_shrinking):
    """The suites find the documented divergences of the SDK, and nothing else."""
    test = getattr(make_suite()(), law)
    if not known:
        test()
    else:
        with pytest.raises((LawBrokenError, ValueError, UnicodeError)) as broken:
            test()
        said = str(broken.value).partition("\n")[0]
        print(f"{what:8} {law.removeprefix('test_'):44} {known}  [{said[:80]}]")  # noqa: T201 - the table
