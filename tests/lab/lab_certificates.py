"""The certificates of the lab: an authority of its own, that the scanner trusts, and what can be wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, as PEM."""

    certificate: str
    key: str


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


class Authority:
    """A certification authority, made anew for every lab."""

    def __init__(self) -> None:
        self._key = new_key()
        self.name = name("Lab Root CA")
        valid = (timedelta(days=-30), timedelta(days=3650))
        made = _unsigned(self.name, self.name, self._key, valid)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # signs certificates, lists
        made = made.add_extension(usage, critical=True)
        self._certificate = made.sign(self._key, hashes.SHA256())

    @property
    def certificate(self) -> str:
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def issue(
        self,
        *names: str,
        key: Key | None = None,
        days: tuple[int, int] = (-20, 200),
        self_signed: bool = False,
    ) -> Certificate:
        """A server's certificate for these DNS names and addresses; `days` from today it begins and ends."""
        key = key or new_key()
        subject = name(names[0])
        span = (timedelta(days=days[0]), timedelta(days=days[1]))
        made = _unsigned(subject, subject if self_signed else self.name, key, span)
        made = made.add_extension(x509.SubjectAlternativeName([_general(text) for text in names]), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage(_BOTH), critical=False)
        signer = key if self_signed else self._key
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        signed = made.add_extension(identifier, critical=False).sign(signer, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        return Certificate(signed.public_bytes(Encoding.PEM).decode(), private.decode())


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: Key, valid: tuple[timedelta, timedelta]
) -> x509.CertificateBuilder:
    today, public = datetime.now(UTC).replace(microsecond=0), key.public_key()
    begins, ends = (today + distance for distance in valid)
    made = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), begins, ends)
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _general(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def rsa_of_16000_bits() -> rsa.RSAPrivateKey:
    """A key that is slow to use, made of known primes: looking for some takes minutes.

    2^11213 - 1 is a Mersenne prime (OEIS A000043), 2^4786 + 867 the first prime after 2^4786.
    """
    p, q, exponent = 2**11213 - 1, 2**4786 + 867, 65537
    d = pow(exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)
