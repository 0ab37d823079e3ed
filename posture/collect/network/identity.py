"""How the scanner names itself, so that who runs a network can tell it from an attack and knows whom to ask."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from posture import __version__

MOST_WORDS = 100  # characters of the provider's name and of the contact, each
MOST_DOMAIN = 200  # characters, so that the name below it stays a name (RFC 1035, 2.3.4)
_HOST_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_HOST_LABEL}\.)+{_HOST_LABEL}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who looks: every protocol that lets a client name itself gets the name from here.

    All names are one line of printable ASCII without anything that could end a header, a comment or a command, whatever
    the policy file holds.
    """

    provider: str = ""
    contact: str = ""
    version: str = __version__

    @property
    def user_agent(self) -> str:
        """``Posture/0.1.0 (security audit for Coma Cloud; security@comacloud.example)`` (RFC 9110, 10.1.5)."""
        provider, contact = _words(self.provider), _words(self.contact)
        comment = "; ".join(part for part in (f"security audit for {provider}" if provider else "", contact) if part)
        return f"Posture/{_token(self.version)} ({comment or 'security audit'})"

    @property
    def ssh(self) -> str:
        """``SSH-2.0-Posture_0.1.0``, without line end: neither space nor minus may stand in it (RFC 4253, 4.2)."""
        return f"SSH-2.0-Posture_{_token(self.version).replace('-', '_')}"

    @property
    def ehlo(self) -> str:
        """The name to greet mail servers with: below the domain of the contact, else one that never resolves.

        RFC 5321, 4.1.1.1; RFC 6761, 6.4.
        """
        return f"posture-audit.{self.domain or 'invalid'}"

    @property
    def domain(self) -> str:
        """The domain of the contact, in small letters; empty where the contact is no e-mail address."""
        domain = self.contact.rpartition("@")[2].strip().lower().rstrip(".")
        known = "@" in self.contact and len(domain) <= MOST_DOMAIN and _DOMAIN.fullmatch(domain) is not None
        return domain if known else ""

    @property
    def client(self) -> str:
        """For protocols with a client name; short, as not every server takes more than 23 (MQTT 3.1.1, 3.1.3.1)."""
        return "posture-audit"


NAMELESS = Identity()
"""For who looks without a policy."""


def _words(text: str) -> str:
    """Text for an HTTP comment: ASCII, and nothing that begins or ends one or escapes (RFC 9110, 5.6.5)."""
    plain = unicodedata.normalize("NFKD", text[: MOST_WORDS * 4]).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^A-Za-z0-9 .,:/@&'+_-]", " ", plain).split())[:MOST_WORDS].strip()


def _token(version: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]", "_", version)[:40] or "0"
