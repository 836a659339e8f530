"""What stands before every request of a run against the reference cloud: nothing leaves for the real one."""

from __future__ import annotations

from contractkit.contract import NoRoute, load_contract
from contractkit.errors import RecordingError
from contractkit.message import Request, Response
from contractkit.recording.hosts import is_local

__all__ = ["HomeGate", "StrayRequestError"]


class StrayRequestError(RecordingError):
    """A run against the reference cloud was to ask something else; nothing was sent."""


class HomeGate:
    """Lets through what goes to the reference cloud at `base_url`, or to one that the test serves by itself.

    Code that has the address of the real cloud built in would order there what the test asks for.
    """

    def __init__(self, base_url: str) -> None:
        self._home = base_url.partition("://")[2]

    def permit(self, request: Request) -> None:
        """Raises StrayRequestError for a host that is not on this machine, and for a server that is no cloud."""
        place = request.authority
        if place == self._home:
            return
        if not is_local(place):
            raise StrayRequestError(
                f"not sent: {place} is the real cloud, and this run is against the reference cloud. Give the client "
                "the address that bce_cloud.endpoint(...) tells, or aim the run at the real cloud with "
                "--contract-target=live"
            )
        if isinstance(load_contract().route(request.replace(headers=request.headers.without("host"))), NoRoute):
            raise StrayRequestError(
                f"not sent: {place} is not the reference cloud, and no operation has this path. Is it a server of the "
                f"test's own? Let it through with allow_hosts=[{place!r}] in the contract mark, or with "
                f"bce_cassette.allow({place!r}) once its port is known"
            )

    def note(self, request: Request, response: Response) -> None:
        """Nothing is owed for what was made at home."""
