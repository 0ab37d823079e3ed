"""What a customer installs on a host for the audit, and the script that a customer runs alone: both as sh programs."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from posture.collect.host.certificate import COLLECTOR, PRINCIPAL
from posture.collect.host.program import framed, installed

ACCOUNT = PRINCIPAL
WRAPPER = "/usr/local/sbin/posture-collect-root"
SUDO_LINE = f'{ACCOUNT} ALL=(root) NOPASSWD: {WRAPPER} ""'

_PLACE = re.compile(r"@([A-Z]+)@")
_SETTINGS = f"""Match User {ACCOUNT}
  AuthenticationMethods publickey
  DisableForwarding yes
  PermitTTY no
  PermitUserRC no
  ForceCommand {COLLECTOR}
  """


class Tier(StrEnum):
    """With whose rights the collector looks."""

    USER = "user"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Login:
    """How the audit logs in: with a key, or with certificates of an authority; `public` is that one's public line.

    `sources` are the networks that a key may be used from; a certificate names them itself.
    """

    public: str
    certificates: bool
    sources: Sequence[str] = ()

    @property
    def settings(self) -> str:
        """The lines for the account in sshd's configuration: this login, and no other."""
        if self.certificates:
            own: tuple[str, ...] = (
                "AuthorizedKeysFile none",
                "TrustedUserCAKeys /etc/ssh/posture-audit.ca",
                "AuthorizedPrincipalsFile /etc/ssh/posture-audit.principals",
            )
        else:
            own = ("AuthorizedKeysFile /etc/ssh/posture-audit.keys", "TrustedUserCAKeys none")
        return _SETTINGS + "\n  ".join((*own, "AuthorizedKeysCommand none"))

    @property
    def line(self) -> str:
        """The key's line of authorized_keys."""
        only = f'from="{",".join(self.sources)}",' if self.sources else ""
        return f'restrict,{only}command="{COLLECTOR}" {self.public}'

    @property
    def commands(self) -> str:
        """What puts it on the host."""
        if self.certificates:
            return (
                f"  put \"$trusted\" 644 <<'AUTHORITY'\n{self.public}\nAUTHORITY\n"
                f'  echo {PRINCIPAL} | put "$principals" 644\n'
                '  rm -f "$keys"'
            )
        return f'  put "$keys" 644 <<\'KEY\'\n{self.line}\nKEY\n  rm -f "$trusted" "$principals"'

    @property
    def words(self) -> str:
        """For the reader of the script."""
        if self.certificates:
            return (
                "#   /etc/ssh/posture-audit.ca             whose certificates open the account, each for 15 minutes\n"
                "#   /etc/ssh/posture-audit.principals     the one name that they must be for"
            )
        return "#   /etc/ssh/posture-audit.keys           the one key that opens the account"


_AS_ROOT = f"""  command -v visudo >/dev/null || fail 'sudo is missing: install it, or take the script without root'
  put "$wrapper" 755 <<'WRAPPER'
#!/bin/sh
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin {COLLECTOR}
WRAPPER
  mkdir -p "${{sudoers%/*}}"
  cat >"$kept/sudoers" <<'SUDOERS'
{SUDO_LINE}
SUDOERS
  visudo -cqf "$kept/sudoers" || fail 'this sudo does not understand the line for it'
  put "$sudoers" 440 <"$kept/sudoers"
"""
_ROOT_WORDS = f"""
#   {WRAPPER}  starts the collector as root
#   /etc/sudoers.d/posture-audit          one line, for that one program: {SUDO_LINE}"""
_NOT_AS_ROOT = '  rm -f "$sudoers" "$wrapper"\n'


def digest() -> str:
    """SHA-256 of the collector as it is installed."""
    return hashlib.sha256(installed().encode()).hexdigest()


def setup_script(customer: str, login: Login, tier: Tier) -> str:
    """The script that a customer runs as root, once on each host."""
    root = tier is Tier.ROOT
    told = {
        "CUSTOMER": customer,
        "DIGEST": digest(),
        "WHAT": login.words + (_ROOT_WORDS if root else ""),
        "SETTINGS": login.settings,
        "SOURCES": shlex.join(login.sources),
        "COLLECTOR": installed().removesuffix("\n"),
        "ADD": (_AS_ROOT if root else _NOT_AS_ROOT) + login.commands,
    }
    return _filled("setup.sh", told)


def bundle_script(customer: str, key: str) -> str:
    """The script that a customer runs alone; it writes a bundle (bundle_file.py).

    Args:
        customer: its id.
        key: the customer's, 64 hexadecimal digits.
    """
    hello = f"key={key}\nkind=offline"
    return "#!/bin/sh\n" + framed(hello, _filled("bundle.sh", {"CUSTOMER": customer}))


def _filled(name: str, told: Mapping[str, str]) -> str:
    text = (resources.files(__package__) / "scripts" / name).read_text("utf-8")
    return _PLACE.sub(lambda place: told[place[1]], text)
