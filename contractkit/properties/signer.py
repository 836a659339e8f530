"""The laws of a signer: any implementation of `bce-auth-v1` can be held against them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from contractkit.message import Request
from contractkit.properties.borders import BorderLaws, Sign
from contractkit.properties.cases import Case, cases
from contractkit.properties.changes import CHANGES, with_header, with_query
from contractkit.properties.display import explain_refusal
from contractkit.properties.focus import ODD_PATHS, any_case, odd_queries, order_sensitive
from contractkit.properties.known_answers import SIGNATURES, KnownSignature
from contractkit.properties.listing import ListingLaws, SignListed
from contractkit.properties.shapes import require_shape
from contractkit.properties.strategies import messages
from contractkit.properties.suite import LawBrokenError, build_suite, law
from contractkit.properties.verifier import VerifierLaws, Verify
from contractkit.signing import EXAMPLE, Credentials, ParsedAuthorization, format_time, parse_authorization, verify
from contractkit.signing.authorization import keyed_hex
from contractkit.signing.canonical import BLANKS, in_default_set
from contractkit.signing.signer import TOKEN_HEADER

__all__ = ["Sign", "SignerLaws", "signer_suite"]


def signer_suite(
    *,
    sign: Sign,
    verify: Verify | None = None,
    against: Sign | None = None,
    sign_listed: SignListed | None = None,
    canonical: Callable[[Request, Credentials], str] | None = None,
    requests: SearchStrategy[Request] | None = None,
    unique_names: bool = False,
    ascii_headers: bool = False,
) -> type:
    """A class of pytest tests that holds `sign` to the laws of BCE authentication.

    `sign(request, credentials, *, at, expires_in)` returns the signed request. To aim the suite at a signer of
    another shape wrap it: take `request.method`, `request.path` and `request.query` (decoded pairs, the value None
    where a name has none) or `request.url` (as on the wire) and `request.headers`, add the Host and x-bce-date headers if the signer does not, and
    return `request.replace(headers=[*request.headers, ("Authorization", value)])`. A signer of dates only, or
    of host only, passes as well: any admissible choice of headers does.

    `verify(request, lookup, *, now)` adds the laws of the other side; its answer has `.ok` and `.code`.
    `against` is a second signer: the two must agree on every request (10 times the examples of the profile).
    `sign_listed`, the same with `signed_headers`, adds the laws of a signer that is told what to sign.
    `canonical(request, credentials)` gives the canonical request the signer made, for failure output; without it
    the known divergences are searched. `unique_names` leaves repeated query names out, for signers that take a
    mapping; `ascii_headers` leaves non-ASCII header values out, for clients that cannot send them; `requests`
    narrows further what the laws that look at whole requests draw.

    Use it in one line, `TestMySigner = signer_suite(sign=my_sign)`, or as a base class. Raises ConfigurationError
    for a function of another shape.
    """
    require_shape(sign, "sign(request, credentials, *, at, expires_in)")
    if against is not None:
        require_shape(against, "against(request, credentials, *, at, expires_in)")
    if verify is not None:
        require_shape(verify, "verify(request, lookup, *, now)")
    if sign_listed is not None:
        require_shape(sign_listed, "sign_listed(request, credentials, *, at, expires_in, signed_headers)")
    drawn = messages.requests(
        query=messages.query_lists(unique=unique_names), fields=messages.headers(ascii_only=ascii_headers)
    )
    subject = {
        "sign": staticmethod(sign),
        "verify": None if verify is None else staticmethod(verify),
        "against": None if against is None else staticmethod(against),
        "sign_listed": None if sign_listed is None else staticmethod(sign_listed),
        "canonical": None if canonical is None else staticmethod(canonical),
        "requests": drawn if requests is None else requests,
        "unique_names": unique_names,
        "edges": ("",) if ascii_headers else ("", "\xa0", "\u3000"),
    }
    left_out = () if against is not None else ("test_agrees_with_the_second_signer",)
    bases = (SignerLaws, *((VerifierLaws,) if verify else ()), *((ListingLaws,) if sign_listed else ()))
    laws = type("SignerLaws", bases, {"__doc__": SignerLaws.__doc__, "__module__": SignerLaws.__module__})
    return build_suite(laws, "SignerSuite", subject, leave_out=left_out)


class SignerLaws(BorderLaws):
    """What every signer must keep (BCE authentication, steps 1 to 5)."""

    sign: Sign
    against: Sign
    canonical: Callable[[Request, Credentials], str] | None
    unique_names: bool
    edges: tuple[str, ...]

    def test_reproduces_the_documented_known_answers(self) -> None:
        """Law: the published requests get the published signatures."""
        for known in SIGNATURES:
            self._check_known(known)

    def _check_known(self, known: KnownSignature) -> None:
        case = Case(known.request, EXAMPLE, known.at, known.expires_in)
        signed, parsed = self._sign(case)
        if frozenset(parsed.signed_headers or known.signed_headers) != frozenset(known.signed_headers):
            self._require_accepted(case)  # another choice of headers is admissible; its figure was not published
        elif parsed.signature != known.signature:
            self._refuse(case, signed, f"the known answer {known.name} gets another signature")

    @law(case=any_case)
    def test_is_accepted_by_the_reference_verifier(self, case: Case) -> None:
        """Law: what is signed verifies."""
        self._require_accepted(case)

    @law(case=ODD_PATHS)
    def test_encodes_the_path_once(self, case: Case) -> None:
        """Law: the decoded path is encoded exactly once, nothing in it collapsed, resolved or dropped."""
        self._require_accepted(case)

    @law(case=odd_queries)
    def test_encodes_query_names_and_values_once(self, case: Case) -> None:
        """Law: names and values are encoded alike and exactly once; `/` and `+` too; a valueless name is `name=`."""
        self._require_accepted(case)

    @law(case=order_sensitive)
    def test_orders_the_query_by_encoded_strings(self, case: Case) -> None:
        """Law: the finished `name=value` strings are sorted by bytes, so text10 comes before text."""
        self._require_accepted(case)

    @law(case=odd_queries, name=st.sampled_from(("authorization", "Authorization", "AUTHORIZATION", "authorizatioN")))
    def test_leaves_out_the_authorization_query_item(self, case: Case, name: str) -> None:
        """Law: a query item `authorization`, in any letter case, does not take part."""
        _, without = self._sign(case)
        more = with_query(case.request, (*case.request.query, (name, "x")))
        signed, parsed = self._sign(case.replace(request=more))
        if parsed.signature != without.signature:
            self._refuse(case, signed, f"the query item {name!r} changed the signature")

    @law(case=any_case, blank=st.text(" \t", max_size=3))
    def test_skips_blank_headers(self, case: Case, blank: str) -> None:
        """Law: a header of blanks alone is neither signed nor listed."""
        signed, _ = self._require_accepted(case.replace(request=with_header(case.request, "x-bce-blank", blank)))
        if "x-bce-blank" in _field(signed).split(";"):
            self._refuse(case, signed, "a blank header is listed as signed")

    @law(
        case=any_case,
        blanks=st.tuples(st.text(" \t", max_size=2), st.text(" \t", max_size=2)),
        inner=st.text(" \t", min_size=1, max_size=3),
        edge=lambda suite: st.sampled_from(suite.edges),
    )
    def test_trims_ascii_blanks_around_header_values(
        self, case: Case, blanks: tuple[str, str], inner: str, edge: str
    ) -> None:
        """Law: ASCII blanks around a value do not count; those inside do, and so do blanks beyond ASCII anywhere."""
        value = f"{edge}a{inner}b{edge}"
        _, plain = self._sign(case.replace(request=with_header(case.request, "x-bce-padded", value)))
        padded = case.replace(request=with_header(case.request, "x-bce-padded", value.join(blanks)))
        signed, parsed = self._require_accepted(padded)
        if parsed.signature != plain.signature:
            self._refuse(padded, signed, "blanks around a header value changed the signature")

    @law(case=any_case, names=st.permutations(("x-bce-a", "X-Bce-A-B", "x-bce-ab", "x-bce-a1", "x-bce-request-id")))
    def test_orders_headers_by_whole_lines(self, case: Case, names: list[str]) -> None:
        """Law: x-bce-* headers are signed; lines `name:value` are sorted whole, whatever their order in the request."""
        request = case.request.replace(headers=[(name, "v") for name in names])
        self._require_accepted(case.replace(request=request))

    @law(case=any_case)
    def test_lists_what_it_signs(self, case: Case) -> None:
        """Law: signedHeaders names, lower-case, sorted, once, exactly headers that were sent and are not blank.

        An empty field stands for the default set.
        """
        signed, _ = self._sign(case)
        field = _field(signed)
        listed = field.split(";") if field else []
        sent = {name.lower() for name, value in signed.headers if value.strip(BLANKS)} | {"host"}
        if listed != sorted({name.lower() for name in listed}):
            self._refuse(case, signed, f"signedHeaders is not lower-case, sorted and free of repeats: {field}")
        if strays := set(listed) - sent:
            self._refuse(case, signed, f"signedHeaders lists what was not sent: {', '.join(sorted(strays))}")
        self._require_accepted(case)

    @law(case=any_case, host=messages.hosts())
    def test_signs_the_host_as_sent(self, case: Case, host: str) -> None:
        """Law: host is signed, and exactly as the Host header says it: letter case and port included."""
        self._require_accepted(case.replace(request=with_header(case.request, "Host", host)))

    @law(case=lambda suite: cases(suite.requests, zoned=True))
    def test_signs_the_instant_and_the_expiry_it_was_given(self, case: Case) -> None:
        """Law: timestamp and x-bce-date are the given instant in UTC, in whole seconds; the expiry is as given."""
        signed, parsed = self._require_accepted(case)
        moment = case.at.astimezone(UTC).replace(microsecond=0)
        sent = signed.headers.get("x-bce-date")
        if parsed.timestamp != moment or parsed.expires_in != case.expires_in or sent not in ("", format_time(moment)):
            self._refuse(case, signed, f"not signed for {format_time(moment)} and {case.expires_in} seconds")

    @law(case=lambda suite: cases(suite.requests, expiry=st.integers(1, 1800)))
    def test_expires_when_it_says(self, case: Case) -> None:
        """Law: good to the last second of its expiry, refused in the next."""
        signed, parsed = self._sign(case)
        last = parsed.timestamp + timedelta(seconds=case.expires_in)
        if not verify(signed, case.lookup, now=last).ok:
            self._refuse(case, signed, "refused within its expiry", now=last)
        if verify(signed, case.lookup, now=last + timedelta(seconds=1)).code != "RequestExpired":
            self._refuse(case, signed, "accepted after its expiry")

    @law(case=any_case, data=st.data())
    def test_ignores_the_wire_spelling(self, case: Case, data: DataObject) -> None:
        """Law: letter case of escapes, needless escapes, item order, `bind` or `bind=` do not count."""
        _, plain = self._sign(case)
        respelled = case.replace(request=data.draw(messages.spellings(case.request)))
        signed, parsed = self._require_accepted(respelled)
        if parsed.signature != plain.signature:
            self._refuse(respelled, signed, "another spelling of the same request has another signature")

    @law(
        case=any_case,
        part=st.sampled_from(
            ("method", "path", "query name", "query value", "x-bce header", "instant", "expiry", "key")
        ),
    )
    def test_depends_on_every_signed_part(self, case: Case, part: str) -> None:
        """Law: a change in any signed part, however small, changes the signature."""
        case = case.replace(
            request=with_header(with_query(case.request, (*case.request.query, ("q", "1"))), "x-bce-part", "1")
        )
        signed, parsed = self._sign(case)
        listed = parsed.signed_headers
        assume(part != "x-bce header" or not listed or "x-bce-part" in listed)
        if self._sign(CHANGES[part](case))[1].signature == parsed.signature:
            self._refuse(case, signed, f"a change of the {part} left the signature as it was")

    @law(case=lambda suite: cases(suite.requests, session=True))
    def test_sends_and_signs_the_session_token(self, case: Case) -> None:
        """Law: temporary keys travel with their token, and the token is signed."""
        signed, parsed = self._require_accepted(case)
        in_query = signed.query_value(TOKEN_HEADER) == case.credentials.session_token
        if not in_query and parsed.signed_headers and TOKEN_HEADER not in parsed.signed_headers:
            self._refuse(case, signed, "the session token is sent and not signed")

    @law(case=lambda suite: cases(suite.requests, session=None))
    def test_shows_no_secret(self, case: Case) -> None:
        """Law: neither the secret access key nor the derived signing key is anywhere in the signed request."""
        signed, parsed = self._sign(case)
        secret = case.credentials.secret_access_key
        shown = "\n".join((signed.url, *(f"{name}: {value}" for name, value in signed.headers), repr(signed)))
        for what, value in (("secret access key", secret), ("signing key", keyed_hex(secret.encode(), parsed.prefix))):
            if value in shown:
                raise LawBrokenError(f"the signed request shows the {what}\n{case!r}")

    @law(case=any_case)
    def test_leaves_the_request_alone(self, case: Case) -> None:
        """Law: method, path, query, body and the given headers stay; signing again gives the same."""
        signed, parsed = self._sign(case)
        before, after = case.request, signed
        same = (before.method, before.path, before.body) == (after.method, after.path, after.body)
        if not same or sorted(_values(before)) != sorted(_values(after)) or set(before.headers) - set(after.headers):
            self._refuse(case, signed, "signing changed the request itself")
        again, reparsed = self._sign(case.replace(request=signed))
        if reparsed != parsed or len(again.headers.get_all("authorization")) != 1:
            self._refuse(case, signed, "signing a signed request anew gives another Authorization")

    @law(scale=10, case=any_case)
    def test_agrees_with_the_second_signer(self, case: Case) -> None:
        """Law: two signers that sign the same headers make the same signature."""
        signed, parsed = self._require_accepted(case)
        other = self.against(case.request, case.credentials, at=case.at, expires_in=case.expires_in)
        second = parse_authorization(other.headers.get("authorization"))
        if _chosen(signed, parsed) == _chosen(other, second) and parsed.signature != second.signature:
            self._refuse(case, signed, "the second signer makes another signature")
        if not verify(other, case.lookup, now=case.at).ok:
            self._refuse(case, other, "the second signer is refused")

    def _sign(self, case: Case) -> tuple[Request, ParsedAuthorization]:
        signed = self.sign(case.request, case.credentials, at=case.at, expires_in=case.expires_in)
        return signed, parse_authorization(signed.headers.get("authorization"))

    def _require_accepted(self, case: Case) -> tuple[Request, ParsedAuthorization]:
        signed, parsed = self._sign(case)
        if not verify(signed, case.lookup, now=case.at).ok:
            self._refuse(case, signed, "the reference verifier refuses the signed request")
        return signed, parsed

    def _refuse(self, case: Case, signed: Request, why: str, *, now: datetime | None = None) -> None:
        verdict = verify(signed, case.lookup, now=now or case.at)
        theirs = self.canonical(case.request, case.credentials) if self.canonical else ""
        raise LawBrokenError(f"{why}\n  {explain_refusal(case, signed, verdict, theirs)}")


def _field(signed: Request) -> str:
    return signed.headers.get("authorization").split("/")[4]


def _values(request: Request) -> list[tuple[str, str]]:
    return [(name, value or "") for name, value in request.query]


def _chosen(signed: Request, parsed: ParsedAuthorization) -> frozenset[str]:
    if parsed.signed_headers:
        return frozenset(parsed.signed_headers)
    present = {name.lower() for name, value in signed.headers if value.strip(BLANKS)} | {"host"}
    return frozenset(name for name in present if in_default_set(name))
