"""A subject of another shape is refused when its suite is made, in words that say which shape is wanted."""

import hmac

import pytest

from contractkit.errors import ConfigurationError
from contractkit.passwords import encrypt_password
from contractkit.properties import password_suite, signer_suite
from contractkit.properties.shapes import require_shape
from contractkit.signing import sign


def test_a_signer_of_another_shape_is_refused_with_the_shape_that_is_wanted():
    """Not by eighteen failing laws, none of which is about the signer's law."""
    with pytest.raises(ConfigurationError, match=r"callable as sign\(request, credentials, \*, at, expires_in\)"):
        signer_suite(sign=lambda request, credentials: (request, credentials))
    with pytest.raises(ConfigurationError, match=r"callable as verify\(request, lookup, \*, now\)"):
        signer_suite(sign=sign, verify=lambda request: request)
    with pytest.raises(ConfigurationError, match="callable as sign"):
        signer_suite(sign="sign")


def test_an_encoder_of_another_shape_is_refused():
    with pytest.raises(ConfigurationError, match=r"callable as encrypt\(plaintext, secret_access_key\)"):
        password_suite(encrypt=lambda plaintext: plaintext)
    with pytest.raises(ConfigurationError, match=r"callable as decrypt\(ciphertext, secret_access_key\)"):
        password_suite(encrypt=encrypt_password, decrypt=lambda *, ciphertext: ciphertext)


def signer_of_more(request, credentials, at=None, expires_in=1):
    return request, credentials, at, expires_in


def test_what_takes_anything_or_tells_nothing_is_taken_on_trust():
    require_shape(lambda *_, **__: None, "sign(request, credentials, *, at, expires_in)")
    require_shape(signer_of_more, "sign(request, credentials, *, at)")
    require_shape(hmac.digest, "mac(key, message, digest)")
    require_shape(max, "encrypt(plaintext, secret_access_key)")
