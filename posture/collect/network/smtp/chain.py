"""The certificates that a server sent in a handshake."""

from __future__ import annotations

import hashlib
import ssl
from typing import Any

from posture.collect.network.smtp.dane import BROKEN, public_key
from posture.collect.network.tls.certificate import Unreadable, certificate
from posture.collect.scope import Connection
from posture.facts.tls import ChainProblem

_DER = 2  # _ssl.ENCODING_DER


def chain_of(connection: Connection) -> tuple[bytes, ...]:
    """In DER, the server's own first; that one alone where this Python does not tell the rest."""
    if not isinstance(connection, ssl.SSLSocket):
        return ()
    asked: Any = getattr(connection, "get_unverified_chain", None)  # from Python 3.13 on
    if asked is None:
        asked = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    told = (asked() if asked is not None else None) or ()
    chain = tuple(one if isinstance(one, bytes) else bytes(one.public_bytes(_DER)) for one in told)
    own = connection.getpeercert(binary_form=True)
    return chain or ((own,) if own else ())


def described(der: bytes) -> tuple[str, str, tuple[str, ...]]:
    """The SHA-256 of a certificate, that of its public key, and whom it is for: empty where it cannot be read."""
    digest = hashlib.sha256(der).hexdigest()
    try:
        names = certificate(der, None, ChainProblem.NONE, "").names
        return digest, hashlib.sha256(public_key(der)).hexdigest(), names
    except (Unreadable, *BROKEN):
        return digest, "", ()
