"""The signed client: every described operation as a method, with retries, paging and typed errors.

Knows how to sign and send one call well; never knows cassettes, the reference cloud or pytest.
"""

from contractkit.client.client import Client
from contractkit.client.retry import RetryPolicy

__all__ = ["Client", "RetryPolicy"]
