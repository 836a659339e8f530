"""Everything that looks random, drawn from one seed: request ids, resource ids, public addresses."""

from __future__ import annotations

import base64
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import chain
from random import Random
from typing import Final

__all__ = ["Dice"]

_ALPHABET: Final = b"0123456789abcdefghijklmnopqrstuvwxyz"
# One letter or digit for every byte: a whole id is one draw and one look-up.
_LETTERS: Final = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
# Networks set aside for documentation, then the one set aside for carriers: no address is anybody's.
_ADDRESSES: Final = ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "100.64.0.0/10")
_ADDRESSES_V6: Final = "2001:db8:ffff::/48"
_NETWORKS_V6: Final = IPv6Network("2001:db8::/33")


class Dice:
    """Draws that depend on the seed and on what was drawn before; request ids have a stream of their own,
    so that a refused request changes no later resource id.
    """

    def __init__(self, seed: int) -> None:
        self._requests = Random(f"requests:{seed}")  # noqa: S311 - reproducible on purpose, guards nothing
        self._resources = Random(f"resources:{seed}")  # noqa: S311 - as above
        self._addresses = chain.from_iterable(IPv4Network(each).hosts() for each in _ADDRESSES)
        self._addresses_v6 = IPv6Network(_ADDRESSES_V6).hosts()
        self._networks_v6 = _NETWORKS_V6.subnets(new_prefix=56)

    def request_id(self) -> str:
        """32 hex digits in the shape of a UUID, version 4."""
        bits = self._requests.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def debug_id(self) -> str:
        """64 characters of base64, as x-bce-debug-id has."""
        return base64.b64encode(self._requests.randbytes(48)).decode()

    def identifier(self, prefix: str, length: int) -> str:
        """The prefix and so many lower-case letters and digits."""
        return prefix + self._resources.randbytes(length).translate(_LETTERS).decode()

    def decimal(self) -> str:
        """A number of five to nine digits, as text."""
        return str(self._resources.randrange(10_000, 1_000_000_000))

    def address(self, version: str) -> str | None:
        """A public address no one has had before, None when there is none left. `version` is ipv4 or ipv6."""
        drawn = next(self._addresses_v6 if version == "ipv6" else self._addresses, None)
        return None if drawn is None else str(drawn)

    def addresses(self, version: str, count: int, *, continuous: bool = False) -> list[str]:
        """So many public addresses no one has had before, each one more than the one before it if `continuous`;
        fewer when there are no more.
        """
        found: list[IPv4Address | IPv6Address] = []
        for drawn in self._addresses_v6 if version == "ipv6" else self._addresses:
            if continuous and found and int(drawn) != int(found[-1]) + 1:
                found.clear()
            found.append(drawn)
            if len(found) == count:
                break
        return [str(each) for each in found]

    def network_v6(self) -> IPv6Network | None:
        """An IPv6 network of 56 bits no VPC has had before, None when there is none left."""
        return next(self._networks_v6, None)
