"""What an open cassette changes around it, and gives back."""

import logging

import pytest
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit import Credentials, ReferenceCloud
from contractkit.cloud.accounts import Account
from contractkit.cloud.server import serve
from contractkit.recording import open_cassette

OWN = Credentials("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "5566778899aabbccddeeff0011223344")


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # the SDK's, from Python 3.12 on
@pytest.mark.parametrize("mode", ["record", "replay"])
def test_the_sdk_logs_no_signing_key_while_a_cassette_is_open(tmp_path, caplog, mode):
    """At DEBUG its signer writes the key behind each signature; the rest of its log stays."""
    caplog.set_level(logging.DEBUG)

    def ask(endpoint):
        keys = BceCredentials(OWN.access_key_id, OWN.secret_access_key)
        VpcClient(BceClientConfiguration(credentials=keys, endpoint=endpoint)).list_vpcs()

    with serve(ReferenceCloud(accounts={OWN: Account("0123456789abcdef" * 2)})) as cloud:
        with open_cassette(tmp_path / "a.json", "record", credentials=OWN):
            ask(cloud.base_url)
        if mode == "replay":
            caplog.clear()
            with open_cassette(tmp_path / "a.json", credentials=OWN):
                ask("https://bcc.bj.baidubce.com")
    assert "sign_key" not in caplog.text
    assert "baidubce.http" in caplog.text


def test_the_log_of_the_sdk_is_whole_again_afterwards(tmp_path):
    signer = logging.getLogger("baidubce.auth.bce_v1_signer")
    before = signer.filters[:]
    with open_cassette(tmp_path / "a.json", "record"):
        assert signer.filters != before
    assert signer.filters == before
