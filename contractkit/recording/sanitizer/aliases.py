"""Stand-ins numbered by first sight, so that equal stays equal and different stays different."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from contractkit.recording.cassette import EPOCH

__all__ = [
    "Aliases",
    "Instants",
    "ResourceIds",
    "account_aliases",
    "request_id_aliases",
    "secret_aliases",
    "token_aliases",
]


class Aliases:
    """Maps raw values to numbered stand-ins.

    A value that already has the form of a stand-in stands for itself while that number is free, which
    makes sanitizing what is sanitized a no-op.
    """

    def __init__(self, make: Callable[[int], str], form: str) -> None:
        self._make = make
        self._form = re.compile(form)
        self._known: dict[str, str] = {}
        self._taken: set[int] = set()
        self._next = 1

    def of(self, raw: str) -> str:
        """The stand-in of a raw value, a new one at first sight."""
        if raw not in self._known:
            self._known[raw] = self._make(self._claim(raw))
        return self._known[raw]

    def fits(self, raw: str) -> bool:
        """Whether a raw value has the form of a stand-in and stands, or may stand, for itself."""
        found = self._form.fullmatch(raw)
        return found is not None and (self._known.get(raw) == raw or int(found[1]) not in self._taken)

    def learn(self, raw: str, alias: str) -> None:
        """Make `raw` stand for an alias that exists already (a recorded clientToken bound to this run's)."""
        self.of(alias)
        self._known.setdefault(raw, alias)

    def _claim(self, raw: str) -> int:
        found = self._form.fullmatch(raw)
        number = int(found[1]) if found else 0
        if number in self._taken or not found:
            while self._next in self._taken:
                self._next += 1
            number = self._next
        self._taken.add(number)
        return number


def token_aliases() -> Aliases:
    """`token-1`, `token-2`: for clientTokens."""
    return Aliases("token-{}".format, r"token-([1-9][0-9]{0,8})")


def request_id_aliases() -> Aliases:
    """UUIDs that count: for request ids."""
    return Aliases("00000000-0000-4000-8000-{:012d}".format, r"00000000-0000-4000-8000-([0-9]{12})")


def account_aliases() -> Aliases:
    """32 digits that count: for account and user ids."""
    return Aliases("{:032d}".format, r"0{20}([0-9]{12})")


def secret_aliases() -> Aliases:
    """`!Example_Pass1`: passwords that every documented password rule accepts, and that no secret scanner takes for one."""
    return Aliases("!Example_Pass{}".format, r"!Example_Pass([1-9][0-9]{0,3})")


class Instants:
    """Times that the cloud minted. Those within ten minutes of the answer count as the instant of the exchange;
    others become whole days before or after it, numbered by first sight, neighbours within ten minutes alike.

    This makes a repeated recording byte for byte equal, and keeps past past and future future.
    """

    _NEAR: Final = timedelta(minutes=10)

    def __init__(self) -> None:
        self._known: dict[datetime, datetime] = {}
        self._anchors: list[datetime] = []
        self._days = {-1: Aliases(str, r"([0-9]{1,6})"), 1: Aliases(str, r"([0-9]{1,6})")}

    def of(self, raw: datetime, received: datetime) -> datetime:
        """The stand-in of an instant that came in an answer received at `received`."""
        if raw not in self._known:
            self._known[raw] = self._place(raw, received)
        return self._known[raw]

    def _place(self, raw: datetime, received: datetime) -> datetime:
        if abs(raw - received) < self._NEAR:
            return EPOCH
        side = 1 if raw > received else -1
        own = _whole_days(raw)
        if own is None or own[0] != side:
            neighbour = self._neighbour(raw)
            if neighbour is not None:
                return self._known[neighbour]
        self._anchors.insert(bisect_left(self._anchors, raw), raw)
        days = int(self._days[side].of(str(own[1]) if own and own[0] == side else f"@{raw.isoformat()}"))
        return EPOCH + side * timedelta(days=days)

    def _neighbour(self, raw: datetime) -> datetime | None:
        spot = bisect_left(self._anchors, raw)
        near = [each for each in self._anchors[max(spot - 1, 0) : spot + 1] if abs(each - raw) < self._NEAR]
        return near[0] if near else None


def _whole_days(instant: datetime) -> tuple[int, int] | None:
    """Side and number of days when the instant is a stand-in, else None."""
    distance = instant - EPOCH
    if distance % timedelta(days=1) or not distance or abs(distance.days) > 365 * 30:
        return None
    return (1 if distance.days > 0 else -1), abs(distance.days)


class ResourceIds:
    """Resource ids that the cloud minted: `vpc-IyWRtII7` becomes `vpc-00000001`, prefix and length kept.

    An id first seen in a request was given by the test, so it stays.
    """

    _PREFIXES: Final = (
        "vpc sbn nat vpn vpnconn sslvpn eni esg esgr g r rt rr peerconn dcgw dcphy dedicatedconn havip ips ipg zone "
        "rule ip eg endpoint lb bw tp rc acl ar snic eip"
    )
    PATTERN: Final = re.compile(
        r"(?<![A-Za-z0-9-])("
        + "|".join(sorted(_PREFIXES.split(), key=len, reverse=True))
        + r")-([A-Za-z0-9]{6,16})(?![A-Za-z0-9-])"
    )

    def __init__(self) -> None:
        self.given: set[str] = set()
        self._minted: dict[tuple[str, int], Aliases] = {}

    def of(self, found: re.Match[str]) -> str:
        """The stand-in of a matched id."""
        prefix, rest = found[1], found[2]
        if found[0] in self.given:
            return found[0]
        kind = (prefix, len(rest))
        if kind not in self._minted:
            self._minted[kind] = Aliases(f"{{:0{len(rest)}d}}".format, rf"([0-9]{{{len(rest)}}})")
        return f"{prefix}-{self._minted[kind].of(rest)}"


_INSTANT: Final = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:]{8}Z| [0-9:]{8}(?![0-9]))")


def find_instants(text: str) -> list[tuple[str, datetime, str]]:
    """The instants written in a text: spelling, value (without a zone read as UTC), and format."""
    found = []
    for spelling in _INSTANT.findall(text):
        layout = "%Y-%m-%dT%H:%M:%SZ" if spelling.endswith("Z") else "%Y-%m-%d %H:%M:%S"
        try:
            found.append((spelling, datetime.strptime(spelling, layout).replace(tzinfo=UTC), layout))
        except ValueError:
            continue
    return found
