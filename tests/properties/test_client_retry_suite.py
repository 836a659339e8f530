from contractkit.client import Client
from contractkit.properties import client_retry_suite

TestOurClient = client_retry_suite(
    make_client=lambda transport, keys: Client(keys, transport=transport, sleep=lambda _: None).call, patience=3
)
