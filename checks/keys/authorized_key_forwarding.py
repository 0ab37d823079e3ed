from __future__ import annotations

from checks.keys.authorized import evidence_of, line_with, place_of, subject_of, unseen
from checks.keys.opens import Way, forwards, told_by_sshd, ways
from checks.mfa.sshd import no_server
from posture.sdk import (
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Iterator,
    Severity,
    SshServer,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

WORDS = {
    "local": "connections into the server's network",
    "remote": "ports opened on the server",
    "sockets": "sockets of programs on the server",
    "tunnel": "a network tunnel",
    "x11": "X11",
}


@check(
    "keys.authorized-key-forwarding",
    title="A key for one command may also tunnel into the network",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:4.8", "cis@8.1:6.8",
        "iso27001@2022:A.8.3", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-05", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_key_forwarding(keys: AuthorizedKeys, accounts: Accounts, server: SshServer) -> Iterator[Verdict]:
    """A key is tied to a command, and sshd lets it forward connections all the same.

    ``command=`` and ForceCommand replace the shell, and do not stop forwarding (sshd(8)); only ``restrict``,
    ``no-port-forwarding`` or sshd's own settings do. Whoever has such a key comes through the server to whatever the
    server reaches, e.g. its database or the provider's network. Options and settings are crossed for each way in
    (AllowTcpForwarding, AllowStreamLocalForwarding, DisableForwarding, PermitOpen, PermitListen, PermitTunnel,
    X11Forwarding; ``permitopen=``, ``permitlisten=``). Medium when any destination can be reached, or a tunnel device;
    low when only ports on the server can be opened, sockets of local programs reached, or X11 forwarded. A list of
    destinations passes. Tunnel devices behind ``restrict`` are not judged, and need root.

    It is wrong where the key is there for the tunnel: then name its destinations with ``permitopen=``. ``permitopen=``
    does not limit sockets of local programs (AllowStreamLocalForwarding), so these are still told.
    """
    if verdict := no_server(server):
        yield verdict
        return
    live = [key for key in keys.keys if not key.dead and key.can_login and not key.has("cert-authority")]
    judged = [verdict for key in live if (verdict := _judged(key, keys, accounts, server))]
    yield from judged
    if gap := unseen(keys, accounts, server):
        yield gap
    elif not judged:
        yield not_applicable("No authorized key is tied to a command")


def _judged(key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, server: SshServer) -> Verdict | None:
    """The verdict on one key, None when it is tied to no command."""
    found = ways(key, keys, accounts, server)
    if isinstance(found, str):
        if not key.has("command"):
            return None
        reason = f"{key.path}:{key.line} is tied to a command, and {found}"
        return not_assessed(reason, subject=subject_of(key), evidence=(evidence_of(key, keys),))
    tied = [way for way in found if way.command and not way.closed]
    if not tied:
        closed = "is tied to a command and opens nothing: sshd refuses it"
        return passed(f"The key of {key.account} {closed}", subject=subject_of(key)) if key.has("command") else None
    left = [(way, kinds) for way in tied if (kinds := forwards(key, way.context))]
    if not left:
        seen = (evidence_of(key, keys), *told_by_sshd(tuple(tied), server))
        text = f"The key of {key.account} runs {tied[0].command} and forwards nothing else"
        return passed(text, subject=subject_of(key), evidence=seen)
    certain = [(way, kinds) for way, kinds in left if way.opens]
    if not certain:
        return not_assessed(left[0][0].unclear, subject=subject_of(key), evidence=(evidence_of(key, keys),))
    return _failure(key, keys, server, certain)


def _failure(
    key: AuthorizedKey, keys: AuthorizedKeys, server: SshServer, left: list[tuple[Way, tuple[str, ...]]]
) -> Verdict:
    kinds = [kind for kind in WORDS if any(kind in some for _, some in left)]
    open_ways = tuple(way for way, _ in left)
    told = tuple(WORDS[kind] for kind in kinds)
    # An option that switches forwarding on again stands behind a "restrict" put in front of it, and wins.
    again = key.has("port-forwarding") or key.has("x11-forwarding") or key.has("restrict")
    new = "" if again else line_with(key, "restrict")
    return fail(
        f"A key of {key.account} for the command {open_ways[0].command} may also forward: {', '.join(told)}",
        subject=subject_of(key),
        severity=Severity.MEDIUM if {"local", "tunnel"} & set(kinds) else Severity.LOW,
        evidence=(evidence_of(key, keys), *told_by_sshd(open_ways, server)),
        command=open_ways[0].command,
        forced_by_server=not key.has("command"),
        kinds=told,
        local="local" in kinds,
        again=again,
        new_line=new,
        **place_of(key, keys),
    )
