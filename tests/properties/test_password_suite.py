"""The password suite: ours passes it, and its failures show no key."""

import pytest

from contractkit.passwords import decrypt_password, encrypt_password
from contractkit.properties import LawBrokenError, password_suite
from contractkit.properties.wrongs import planted

TestOurs = password_suite(encrypt=encrypt_password, decrypt=decrypt_password)


@pytest.mark.parametrize("wrong", planted(("encoders", "decoders")), ids=lambda wrong: wrong.about)
def test_no_failure_shows_a_key(wrong, without_shrinking):
    """What a broken law says of an encoder or decoder holds neither keys nor passwords."""
    with pytest.raises(LawBrokenError) as broken:
        getattr(wrong.make_suite()(), wrong.law)()
    text = str(broken.value) + "".join(getattr(broken.value, "__notes__", ()))
    assert not any(known in str(broken.value) for known in ("0123456789", "0dec0ded", "b" * 16))
    assert "secret_access_key='0" not in text
