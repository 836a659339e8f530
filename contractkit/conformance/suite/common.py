"""What several families send alike: terms, tags, a resource group; and how they reach another region."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import cycle, pairwise
from typing import Any, Final

from contractkit.client import Client
from contractkit.errors import ServiceError
from contractkit.message import Request, Response
from contractkit.signing import Credentials

__all__ = [
    "CAPACITIES",
    "LENGTHS",
    "RESOURCE_GROUP",
    "TAGS",
    "TIMINGS",
    "Eventually",
    "Refusal",
    "is_rising",
    "open_elsewhere",
    "reservations",
]

Refusal = Callable[..., ServiceError]
"""What the fixture `refusal` gives: calls something that must be refused, and returns the error."""

Eventually = Callable[[Callable[[], bool]], None]
"""What the fixture `eventually` gives: waits until a condition holds."""

LENGTHS: Final[tuple[Any, ...]] = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36)
"""For how many months things are sold ahead."""

TIMINGS: Final[tuple[Any, ...]] = ("Prepaid", "Postpaid")
"""What a renewal may say of the payment beside its reservation, which alone counts."""

TAGS: Final[list[Any]] = [{"tagKey": "made by", "tagValue": "contractkit"}, {"tagKey": "kept", "tagValue": ""}]
"""Tags of a thing, one of them without a value."""

CAPACITIES: Final[dict[Any, tuple[Any, ...]]] = {
    1: ("10G", "50G", "100G", "500G", "1T", "5T", "10T", "50T"),
    6: ("60G", "300G", "600G", "3T", "6T", "30T", "60T", "300T"),
    12: ("100T", "500T", "1P"),
}
"""What traffic packages hold, by the months they last; each capacity where it is sold for the shortest time."""

RESOURCE_GROUP: Final = "RESG-ck00000001"
"""A resource group; no answer tells which one a thing is in, and a live run has none."""


def reservations(*units: str) -> list[Any]:
    """A reservation of every length there is; the spellings of the unit take turns."""
    lengths = zip(LENGTHS, cycle(units), strict=False)
    return [{"reservationLength": length, "reservationTimeUnit": unit} for length, unit in lengths]


def is_rising(times: Iterable[str | None]) -> bool:
    """Whether each of these times, as bodies tell them, is later than the one before. How much, cassettes do not keep."""
    told = [each or "" for each in times]
    return all(one < two for one, two in pairwise(told))


def open_elsewhere(cassette: Any, cloud: Any, credentials: Credentials, region: str) -> Client:
    """A client of another region or account, recorded into the cassette of the test."""
    send = cassette.transport(cloud.reference.handle if cloud.reference else None)

    def at_home(request: Request) -> Response:
        """What makes it another region is the Host header; where it is sent, the address."""
        answer: Response = send(request.replace(url=f"{cloud.base_url}{request.target}") if cloud.base_url else request)
        return answer

    return Client(credentials, region, transport=at_home)
