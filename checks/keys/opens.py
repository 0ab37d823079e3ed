"""What one authorized key opens from where: its line, crossed with sshd's effective settings for each way in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.keys.line import Line, line_of
from checks.ssh_addresses import ANYBODYS as EXAMPLES
from checks.ssh_addresses import matches, named
from checks.ssh_admission import groups_unknown, ignored, kept_out
from checks.ssh_origins import with_origins
from posture.sdk import INTERNET, Account, Accounts, AuthorizedKey, AuthorizedKeys, Evidence, SshdContext, SshServer

_OFF = frozenset({"", "none", "no"})
_CERTIFICATE = "-cert-v01@openssh.com"
_RSA = ("ssh-rsa", "rsa-sha2-256", "rsa-sha2-512")  # an RSA key signs with any of them (RFC 8332)

_SHOWN = (
    "pubkeyauthentication", "authenticationmethods", "permitrootlogin", "allowusers", "denyusers", "allowgroups",
    "denygroups", "forcecommand", "disableforwarding", "allowtcpforwarding", "allowstreamlocalforwarding", "permitopen",
    "permitlisten", "permittunnel", "x11forwarding", "strictmodes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """What a key opens from one origin on one port.

    `closed` says in words why it opens nothing there, `unclear` why that cannot be told; both are empty when it opens.
    `command` is the command that runs instead of a shell, without its arguments, empty for a shell.
    """

    context: SshdContext
    closed: str = ""
    unclear: str = ""
    command: str = ""

    @property
    def opens(self) -> bool:
        """Whether the key lets its owner in."""
        return not (self.closed or self.unclear)

    @property
    def internet(self) -> bool:
        """Whether it stands for every address that no Match line names."""
        return self.context.origin == INTERNET


def ways(key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, server: SshServer) -> tuple[Way, ...] | str:
    """What a key opens, a value for each context of its account; or in words why that is not known."""
    failed = dict(server.failed)
    if key.account in failed:
        return f"sshd did not say what holds for {key.account}: {failed[key.account] or 'no message'}"
    account = next((one for one in accounts.accounts if one.name == key.account), None)
    found = tuple(_way(key, keys, account, context) for context in with_origins(server.of(key.account)))
    return found or f"sshd was not asked what holds for {key.account}"


def reasons(found: tuple[Way, ...]) -> str:
    """Why a key opens nothing, each reason once."""
    return "; ".join(dict.fromkeys(way.closed or way.unclear for way in found if not way.opens))


def told_by_sshd(found: tuple[Way, ...], server: SshServer) -> tuple[Evidence, ...]:
    """What sshd said for these ways, those settings that decide; at most five."""
    return tuple(_shown(way.context, server) for way in found[:5])


def forwards(key: AuthorizedKey, context: SshdContext) -> tuple[str, ...]:
    """Which forwarding is left: ``local``, ``remote``, ``sockets``, ``tunnel``, ``x11`` (sshd_config(5); session.c).

    ``local`` and ``remote`` only where no list of destinations limits them. Agents are left out: their forwarding gives
    the server power over the client, not the client over the server. A setting that sshd did not print is one that it
    does not know yet, and is off.
    """
    if context.get("disableforwarding") == "yes":
        return ()
    return tuple(_forwards(line_of(key), context, root=key.uid == 0))


def _forwards(line: Line, context: SshdContext, *, root: bool) -> Iterator[str]:
    if "port-forwarding" in line.permits:
        tcp = context.get("allowtcpforwarding")
        if tcp in {"yes", "all", "local"} and not line.permitopen and context.get("permitopen") in {"", "any"}:
            yield "local"
        if tcp in {"yes", "all", "remote"} and not line.permitlisten and context.get("permitlisten") in {"", "any"}:
            yield "remote"
        if context.get("allowstreamlocalforwarding") in {"yes", "all", "local"}:
            yield "sockets"
        if root and context.get("permittunnel") not in _OFF:
            yield "tunnel"
    if "x11-forwarding" in line.permits and context.get("x11forwarding") == "yes":
        yield "x11"


def _way(key: AuthorizedKey, keys: AuthorizedKeys, account: Account | None, context: SshdContext) -> Way:
    closed = _closed(key, context) or ignored(key, keys, context) or kept_out(context, account)
    unclear = ""
    if not closed and groups_unknown(context, account):
        unclear = f"{key.account} may log in only as member of some groups, and its own are not known"
    return Way(context, closed, unclear, _command(key, context))


def values(context: SshdContext, keyword: str) -> tuple[str, ...]:
    """All values of a keyword as they stand, those that mean nothing left out."""
    return tuple(value for name, value in context.options if name == keyword and value.lower() not in {"", "none"})


def _command(key: AuthorizedKey, context: SshdContext) -> str:
    """ForceCommand comes before a line's command (session.c, do_exec)."""
    own = [value for name, value in key.options if name == "command"]
    for forced in (*values(context, "forcecommand"), *own):
        return forced.split(maxsplit=1)[0] if forced.split() else "a command"
    return ""


def _closed(key: AuthorizedKey, context: SshdContext) -> str:
    """Why sshd lets nobody in by this key alone, in its own order (auth.c, auth2-pubkey.c)."""
    if context.get("pubkeyauthentication") == "no":
        return "PubkeyAuthentication is no"
    if reason := _barred(context):
        return reason
    if key.uid == 0 and (reason := _root_barred(key, context)):
        return reason
    if not _enough(context):
        return f"AuthenticationMethods {context.get('authenticationmethods')} asks for more than a key"
    least = context.get("requiredrsasize")
    if key.type == "ssh-rsa" and least.isdecimal() and len(least) < 8 and 0 < key.bits < int(least):
        return f"RequiredRSASize is {least}"
    if not _accepted(key, context):
        return f"PubkeyAcceptedAlgorithms has none for {key.type} keys"
    return ""


def _barred(context: SshdContext) -> str:
    """What DenyUsers and AllowUsers say of the account from this origin, empty when they let it in."""
    denied, allowed = values(context, "denyusers"), values(context, "allowusers")
    addresses = EXAMPLES if context.origin == INTERNET or not context.address else (context.address,)
    left = [address for address in addresses if not named(context.user, address, denied)]
    if not left:
        return "DenyUsers names it"
    if allowed and not any(named(context.user, address, allowed) for address in left):
        return "AllowUsers does not name it from there"
    return ""


def _root_barred(key: AuthorizedKey, context: SshdContext) -> str:
    """What PermitRootLogin says of this key; ForceCommand is no forced command to it (auth.c, auth_root_allowed)."""
    permit = context.get("permitrootlogin")
    if permit == "no":
        return "PermitRootLogin is no"
    if permit == "forced-commands-only" and not key.has("command"):
        return "PermitRootLogin is forced-commands-only"
    return ""


def _enough(context: SshdContext) -> bool:
    """Whether one key suffices: AuthenticationMethods is an OR (spaces) of ANDs (commas)."""
    methods = context.get("authenticationmethods")
    return methods in {"", "any"} or "publickey" in methods.split()


def _accepted(key: AuthorizedKey, context: SshdContext) -> bool:
    """Whether sshd takes a signature by a key of this type; True where that is not known."""
    accepted = context.get("pubkeyacceptedalgorithms") or context.get("pubkeyacceptedkeytypes")
    if not accepted or not key.type or key.has("cert-authority"):
        return True
    kind = key.type.lower().removesuffix(_CERTIFICATE)
    signs = _RSA if kind == "ssh-rsa" else (kind,)
    return any(matches(name, pattern) for pattern in accepted.split(",") for name in signs)


def _shown(context: SshdContext, server: SshServer) -> Evidence:
    where = f"from {context.origin}" + (f" to port {context.port}" if context.port else "")
    lines = [f"{name} {value}" for name, value in context.options if name in _SHOWN]
    return Evidence(
        f"sshd -T -C user={context.user}, {where}", "\n".join(lines) or "no setting of these", server.observed
    )
