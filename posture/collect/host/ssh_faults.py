"""Why a connection over SSH failed, in words that end with what would change it."""

from __future__ import annotations

import errno

from posture.collect.host.capture import Capture
from posture.model.text import visible

NO_ANSWER = "no answer within the time for it"
_TIMED_OUT = "timed out: let the auditor's address through the firewall, or correct the address in the inventory"
_CUT = (
    "the host cut the connection: let the auditor's address in (firewall, hosts.deny, MaxStartups), or audit it again"
)
_NO_SERVER = "what answers there is not an SSH server: correct the address or the port in the inventory"
_SILENT = (
    "it took the connection and did not answer as an SSH server: let the auditor's address in (firewall, hosts.deny, "
    "MaxStartups), or correct the address or the port in the inventory"
)

# What paramiko says, in lower case (transport.py, packet.py), before its general messages the more particular.
_MEANINGS = (
    ("codec can't decode", _NO_SERVER),
    ("indecipherable protocol version", _NO_SERVER),
    ("protocol banner", _SILENT),
    (NO_ANSWER, _SILENT),
    ("timeout", f"the host {_TIMED_OUT}"),
    ("timed out", f"the host {_TIMED_OUT}"),
    ("no existing session", _CUT),
    ("connection dropped", _CUT),
    ("connection reset", _CUT),
    ("broken pipe", _CUT),
)


def unreachable(error: OSError) -> str:
    """Why there is no TCP connection."""
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return f"the attempt {_TIMED_OUT}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: start the SSH server there, or correct the port in the inventory"
    what = visible(error.strerror or str(error), 200)
    return f"{what}: correct the address in the inventory, or let the auditor reach it"


def said(error: BaseException) -> str:
    """What the error means; what paramiko said where that is not known."""
    if isinstance(error, EOFError):
        return _CUT
    text = str(error)
    known = next((meaning for words, meaning in _MEANINGS if words in text.lower()), "")
    return known or f"{visible(text, 200) or type(error).__name__}: see the SSH server's log on the host"


def why(error: BaseException, capture: Capture, otherwise: str = "") -> str:
    """Why a step of the login failed: the run's own end comes before what that made of the connection."""
    if capture.ended.startswith("the authorization"):
        return f"{capture.ended}: renew it in the inventory"
    if capture.ended:
        return f"{capture.ended}: audit it again with more time, or see whether an SSH server answers there"
    return otherwise or said(error)
