"""A certificate authority for one run, and a server certificate under it.

`cryptography` lives in passwords.py otherwise; certificates are made here because nothing below the cloud
needs one. The server imports this file only when TLS is asked for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["write_certificates"]

_DAYS: Final = 7
_LOCAL_NAMES: Final = ("localhost",)
_LOCAL_ADDRESSES: Final = ("127.0.0.1", "::1")


def write_certificates(folder: Path, hosts: Iterable[str]) -> tuple[Path, Path, Path]:
    """Make a CA and a certificate for this machine and `hosts`, good for a week.

    Gives the PEM files of certificate, key (readable by its owner alone) and CA, in `folder`.
    """
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _issue("contractkit reference cloud CA", authority, authority, None, ())
    certificate = _issue("contractkit reference cloud", key, authority, ca, hosts)
    files = (folder / "server.pem", folder / "server.key", folder / "ca.pem")
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].touch(mode=0o600)
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files[2].write_bytes(ca.public_bytes(Encoding.PEM))
    return files


def _issue(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    authority: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate | None,
    hosts: Iterable[str],
) -> x509.Certificate:
    """A certificate for `key`, signed by `authority`; with `ca` None it is the authority's own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if ca is None else ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=0 if ca is None else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .add_extension(_usage(is_ca=ca is None), critical=True)
    )
    if ca is not None:
        names = [x509.DNSName(each) for each in (*_LOCAL_NAMES, *sorted(set(hosts)))]
        addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in _LOCAL_ADDRESSES]
        builder = builder.add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(authority, hashes.SHA256())


def _usage(*, is_ca: bool) -> x509.KeyUsage:

    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
