"""The certificate a port shows, and whether it is trusted: ordinary handshakes, the way visitors make them."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from posture.collect.network.tls.answer import Malformed, leaf_in
from posture.collect.network.tls.certificate import MOST_BYTES, Unreadable, certificate
from posture.collect.network.tls.hello import client_hello
from posture.collect.network.tls.place import Place
from posture.collect.network.tls.starttls import FAREWELLS, NotReached
from posture.collect.network.tls.suites import SSL2, SSL3, TLS12, VERSIONS, every_suite
from posture.facts.tls import Certificate, ChainProblem
from posture.model.text import visible

_LEGACY_SERVER_CONNECT = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746; in ssl from Python 3.12 on

# Verification results of OpenSSL, x509_vfy.h
_PROBLEMS = {
    9: ChainProblem.DATES, 10: ChainProblem.DATES, 18: ChainProblem.SELF_SIGNED, 19: ChainProblem.UNKNOWN_ROOT,
    2: ChainProblem.ISSUER_MISSING, 20: ChainProblem.ISSUER_MISSING, 21: ChainProblem.ISSUER_MISSING,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether a chain to a root of this system could be built; see :class:`Certificate`."""

    trusted: bool | None
    problem: ChainProblem = ChainProblem.NONE
    reason: str = ""


def shown_certificate(place: Place, accepted: tuple[str, ...]) -> tuple[Certificate | None, str]:
    """The certificate of a port that agreed to these versions, or None and why not.

    Raises:
        ScopeError: no permit.
        NotOffered: there is no TLS on this port.
    """
    try:
        der = _leaf(place, accepted)
        trust = _trust(place) if len(der) <= MOST_BYTES else Trust(None)
        return certificate(der, trust.trusted, trust.problem, trust.reason), ""
    except NotReached as error:
        return None, visible(f"asked for its certificate, it {error}")
    except Unreadable as error:
        return None, str(error)


def _leaf(place: Place, accepted: tuple[str, ...]) -> bytes:
    """Raises NotReached."""
    try:
        return _handshake(place, _context(ssl.CERT_NONE), "read the certificate")
    except OSError as error:
        why = _words(error)
    # A library refuses what it thinks unsafe, or a server whoever has no client certificate. Up to TLS 1.2 the server
    # shows its certificate before that, and in clear.
    for name in reversed(accepted):
        if SSL2 < VERSIONS[name] <= TLS12:
            return _leaf_in_clear(place, VERSIONS[name])
    raise NotReached(f"ended the handshake: {why}")


def _leaf_in_clear(place: Place, version: int) -> bytes:
    hello = client_hello(version, every_suite(version), place.name if version > SSL3 else "")
    try:
        with place.open("read the certificate", most=2 * MOST_BYTES) as talk:
            said = talk.ask(hello, _has_leaf, "ClientHello", lambda _: b"")
            der = leaf_in(said)
            ended = talk.ended()
    except Malformed as error:
        raise NotReached(str(error)) from error
    except OSError as error:
        raise NotReached(f"took no connection: {error}") from error
    if der is None:
        raise NotReached(ended)
    return der


def _has_leaf(said: bytes) -> bool:
    try:
        return leaf_in(said) is not None
    except Malformed:
        return True


def _trust(place: Place) -> Trust:
    if not _roots_here():
        return Trust(None, reason="this system has no root certificates (package ca-certificates)")
    context = _context(ssl.CERT_REQUIRED)
    context.load_default_certs()
    try:
        _handshake(place, context, "verify the certificate")
    except ssl.SSLCertVerificationError as error:
        return Trust(False, _PROBLEMS.get(error.verify_code, ChainProblem.OTHER), error.verify_message)
    except NotReached as error:
        return Trust(None, reason=f"asked again to verify it, the server {error}")
    except OSError as error:
        return Trust(None, reason=f"the handshake to verify it ended: {_words(error)}")
    return Trust(True)


def _handshake(place: Place, context: ssl.SSLContext, purpose: str) -> bytes:
    """The server's certificate in DER.

    Raises:
        OSError: the handshake failed.
        NotReached: it never began, or showed no certificate.
    """
    with place.open(purpose) as talk:
        talk.connection.settimeout(max(0.1, talk.end - time.monotonic()))
        with context.wrap_socket(talk.connection, server_hostname=place.name or None) as secured:
            talk.connection = secured
            der = secured.getpeercert(binary_form=True)
            talk.say(FAREWELLS.get(place.starttls, b""))
    if not der:
        raise NotReached("showed no certificate")
    return der


def _context(verify: ssl.VerifyMode) -> ssl.SSLContext:
    """Takes every version and suite that the library still knows: what is wrong with them is told elsewhere."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = verify
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    context.options |= _LEGACY_SERVER_CONNECT
    return context


def _roots_here() -> bool:
    paths = ssl.get_default_verify_paths()  # those that exist; SSL_CERT_FILE and SSL_CERT_DIR count
    folder = paths.capath
    return bool(paths.cafile) or bool(folder and Path(folder).is_dir() and any(Path(folder).iterdir()))


def _words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else ""
    return reason.replace("_", " ").lower() if reason else (error.strerror or str(error))
