"""Ways to become administrator, as a typical host has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from typical_pam import DEBIAN, stack

from posture.facts.accounts import Account, Accounts, Password
from posture.facts.ssh_log import SshLog
from posture.facts.sudo import SudoRule, SudoRules
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
LOG = SshLog((), (), 18_211, 940, datetime(2026, 10, 20, 3, 4, tzinfo=UTC), AT, "journal", whole=True, observed=AT)
ROOT = Account("root", 0, "/bin/bash", "/root", can_login=True, admin=True, password=Password.SET)
TOOR = replace(ROOT, name="toor")
CLOUD = replace(ROOT, name="deploy", uid=1000, home="/home/deploy", password=Password.LOCKED)
RULE = SudoRule("deploy", ("deploy",), "root", ("ALL",), password=False, path="/etc/sudoers.d/90-deploy", line=1)
RULES = SudoRules((RULE,), installed=True, unreadable=(), unknown=(), observed=AT)


def with_rule(**changes: Any) -> SudoRules:
    return replace(RULES, rules=(replace(RULE, **changes),))


def failures(server: Any, accounts: Accounts) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """Check -> the facts of hosts on which it fails, given a server and accounts that a password opens."""
    everybody = with_rule(who="ALL", accounts=(), path="")
    editor = with_rule(who="%web", accounts=("alex", "bob"), commands=("/usr/bin/vim", "/usr/bin/id"))
    doas = with_rule(path="/etc/doas.conf", line=0)
    return {
        "keys.ssh-guessing": (
            (server, accounts, LOG, stack(DEBIAN)),
            (server, accounts, replace(LOG, failures=0), Unavailable("not read")),
        ),
        "keys.second-root": ((Accounts((ROOT, TOOR), shadow_read=True, observed=AT),),),
        "keys.sudo-without-password": (
            *((one, accounts) for one in (RULES, everybody, editor, doas)),
            (RULES, Accounts((ROOT, CLOUD), shadow_read=True, observed=AT)),
        ),
    }
