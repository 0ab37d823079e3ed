from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from checks.keys.authorized import evidence_of, place_of, subject_of, unseen
from checks.keys.opens import reasons, told_by_sshd, ways
from posture.sdk import (
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Evidence,
    Iterator,
    Severity,
    SshServer,
    Unavailable,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

LEAST_RSA_BITS = 2048  # NIST SP 800-131A revision 2, table 2: shorter RSA keys are disallowed
STRONG = frozenset({
    "ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ssh-mldsa44-ed25519@openssh.com",
    "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facts:
    keys: AuthorizedKeys
    accounts: Accounts
    server: SshServer | Unavailable


@check(
    "keys.authorized-key-weak",
    title="A weak key is authorized for login",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5(2)", "nist-800-53@5:SC-12", "nist-800-53@5:SC-13",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def authorized_key_weak(keys: AuthorizedKeys, accounts: Accounts, server: SshServer | Unavailable) -> Iterator[Verdict]:
    """A key in an authorized_keys file is too weak to protect the account.

    High: DSA keys (1024 bits by definition; OpenSSH 10 removed them) and RSA keys below 2048 bits. Low: such a key that
    sshd's effective settings refuse from everywhere (PubkeyAcceptedAlgorithms, RequiredRSASize, PermitRootLogin...), so
    that it opens nothing today; and a hardware key that needs no touch (``no-touch-required``), unless sshd asks for
    one all the same (PubkeyAuthOptions). A key of a type unknown here is not assessed rather than called good or bad.
    Lines that sshd ignores are judged by keys.authorized-key-dead.

    Whether a key has leaked or was made by a faulty generator is not judged. Keys that sshd fetches with a command
    (AuthorizedKeysCommand) and those of accounts from a directory (LDAP, SSSD) are not seen.
    """
    live = [key for key in keys.keys if not key.dead]
    verdicts = [_judged(key, keys, accounts, server) for key in live]
    yield from (verdict for verdict in verdicts if verdict)
    if gap := unseen(keys, accounts):
        yield gap
    elif not live:
        yield not_applicable("No account has an authorized key")
    elif good := sum(verdict is None for verdict in verdicts):
        yield passed(f"{good} authorized {'key is' if good == 1 else 'keys are'} strong enough")


def _judged(
    key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, server: SshServer | Unavailable
) -> Verdict | None:
    """The verdict on one line, None when its key is strong enough."""
    kind = key.type.lower().removesuffix("-cert-v01@openssh.com")
    failure = partial(_failure, key, _Facts(keys, accounts, server))
    subject = subject_of(key)
    if kind in {"ssh-dss", "dsa"}:
        return failure("dsa", f"{key.account} accepts a DSA key, which is no longer safe")
    if kind.startswith("sk-") and key.has("no-touch-required") and not _touched(key, server):
        return failure("touch", f"{key.account} accepts a hardware key that nobody has to touch")
    if kind in STRONG:
        return None
    if kind not in {"ssh-rsa", "rsa"}:
        named = key.type or "unnamed"
        return not_assessed(f"{key.path}:{key.line} holds a key of a type not known here ({named})", subject=subject)
    if not key.bits:
        return not_assessed(f"The length of the RSA key in {key.path}:{key.line} is not known", subject=subject)
    if key.bits < LEAST_RSA_BITS:
        text = f"{key.account} accepts an RSA key of {key.bits} bits; {LEAST_RSA_BITS} are the least that is safe"
        return failure("short", text)
    return None


def _touched(key: AuthorizedKey, server: SshServer | Unavailable) -> bool:
    """Whether sshd asks for a touch whatever the line says, from everywhere."""
    found = () if isinstance(server, Unavailable) else tuple(server.of(key.account))
    return bool(found) and all("touch-required" in context.get("pubkeyauthoptions") for context in found)


def _refused(key: AuthorizedKey, facts: _Facts) -> tuple[str, tuple[Evidence, ...]]:
    """Why sshd lets nobody in by the key from anywhere, with what it said; empty when it may."""
    server = facts.server
    if isinstance(server, Unavailable):
        return "", ()
    found = ways(key, facts.keys, facts.accounts, server)
    if isinstance(found, str) or not all(way.closed for way in found):
        return "", ()
    return reasons(found), told_by_sshd(found, server)


def _failure(key: AuthorizedKey, facts: _Facts, problem: str, summary: str) -> Verdict:
    refused, said = _refused(key, facts)
    return fail(
        f"{summary}; today sshd refuses it: {refused}" if refused else summary,
        subject=subject_of(key),
        severity=Severity.LOW if refused or problem == "touch" else None,
        evidence=(evidence_of(key, facts.keys), *said),
        problem=problem,
        refused=refused,
        **place_of(key, facts.keys),
    )
