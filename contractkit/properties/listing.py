"""The laws of a signer that is told which headers to sign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from hypothesis import strategies as st

from contractkit.message import Request
from contractkit.properties.cases import Case
from contractkit.properties.focus import any_case
from contractkit.properties.suite import LawBrokenError, Laws, law
from contractkit.signing import Credentials, verify

__all__ = ["ListingLaws", "SignListed"]


class SignListed(Protocol):
    """A signer that is given the names of the headers to sign."""

    def __call__(
        self,
        request: Request,
        credentials: Credentials,
        *,
        at: datetime,
        expires_in: int,
        signed_headers: Sequence[str],
    ) -> Request: ...


_GIVEN: Final = (("Content-Type", "text/plain"), ("x-bce-a", "1"), ("X-Bce-A-B", "2"), ("x-bce-blank", " "))
_NAMES: Final = ("host", "x-bce-date", "content-type", "x-bce-a", "x-bce-a-b")
_SPELL: Final = {"upper case": str.upper, "title case": str.title, "blanks around": " {} ".format}


class ListingLaws(Laws):
    """What a signer owes a list of headers (BCE authentication, signedHeaders)."""

    sign_listed: SignListed

    @law(case=any_case, names=st.permutations(_NAMES))
    def test_sorts_the_list_by_name(self, case: Case, names: list[str]) -> None:
        """Law: signedHeaders is sorted by name, whatever the order of the list it was given."""
        listed = self._list(case, names)
        _require(listed == sorted(_NAMES), f"given {', '.join(names)}, signedHeaders is {';'.join(listed)}")

    @law(case=any_case, spelling=st.sampled_from(tuple(_SPELL)), which=st.integers(0, len(_NAMES) - 1))
    def test_ignores_the_spelling_of_the_list(self, case: Case, spelling: str, which: int) -> None:
        """Law: letter case and blanks around a name in the list do not count."""
        names = [_SPELL[spelling](name) if place == which else name for place, name in enumerate(_NAMES)]
        listed = self._list(case, names)
        _require(listed == sorted(_NAMES), f"a name in {spelling} gives signedHeaders {';'.join(listed)}")

    @law(case=any_case, stray=st.sampled_from(("content-md5", "x-bce-absent", "x-bce-blank", "authorization")))
    def test_leaves_out_what_cannot_be_signed(self, case: Case, stray: str) -> None:
        """Law: a listed header that is absent or blank, and the signature itself, are neither signed nor listed."""
        listed = self._list(case, [*_NAMES, stray], ("Authorization", "stale"))
        _require(stray not in listed, f"{stray} is listed as signed")

    @law(case=any_case, names=st.sets(st.sampled_from(_NAMES[1:])))
    def test_signs_what_it_is_told(self, case: Case, names: set[str]) -> None:
        """Law: every header of the list that is present is signed and listed; what is signed besides is listed too."""
        wanted = {"host", *names}
        missing = wanted - set(self._list(case, sorted(wanted)))
        _require(not missing, f"{', '.join(sorted(missing))} is not signed")

    def _list(self, case: Case, names: Sequence[str], *more: tuple[str, str]) -> list[str]:
        """The signedHeaders of a request signed so, once it is seen to verify."""
        request = case.request.replace(headers=[*_GIVEN, *more])
        signed = self.sign_listed(
            request, case.credentials, at=case.at, expires_in=case.expires_in, signed_headers=list(names)
        )
        field = signed.headers.get("authorization").split("/")[4]
        verdict = verify(signed, case.lookup, now=case.at)
        _require(verdict.ok, f"signed by the list {', '.join(names)}: {verdict.code}: {case.hide(verdict.reason)}")
        return field.split(";")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise LawBrokenError(otherwise)
