from __future__ import annotations

from checks.keys.authorized import evidence_of, file_owner, repeated, subject_of, unseen
from posture.sdk import (
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    Iterator,
    Severity,
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


@check(
    "keys.authorized-key-weak",
    title="A weak or broken key is authorized for login",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "CIS-8.1/3.10",
        "ISO-27001:2022/A.8.24",
        "NIST-CSF-2.0/PR.AA-01",
        "PCI-DSS-4.0.1/2.2.7", "PCI-DSS-4.0.1/8.3.2",
    ),
)  # fmt: skip
def authorized_key_weak(keys: AuthorizedKeys, accounts: Accounts) -> Iterator[Verdict]:
    """A key in an authorized_keys file is too weak to protect the account, or its line does not do what it seems to.

    High: DSA keys (1024 bits by definition; OpenSSH 10 removed them) and RSA keys below 2048 bits. Low: a line that
    sshd ignores whole, e.g. because of a misspelt option or an expiry date in the past (sshd(8), AUTHORIZED_KEYS FILE
    FORMAT): whoever wrote it believes in a login or a restriction that is not there. A key of a type unknown here is
    not assessed rather than called good or bad.

    Whether a key has leaked or was made by a faulty generator is not judged. Keys that sshd fetches with a command
    (AuthorizedKeysCommand) and those of accounts from a directory (LDAP, SSSD) are not seen.
    """
    verdicts = [_judged(key, keys) for key in keys.keys]
    # Of two failures on one key the engine keeps the first: a weak key before a dead line that repeats it.
    yield from (verdict for verdict in verdicts if verdict and verdict.severity is not Severity.LOW)
    yield from (verdict for verdict in verdicts if verdict and verdict.severity is Severity.LOW)
    gap = unseen(keys, accounts)
    if gap:
        yield gap
    elif not keys.keys:
        yield not_applicable("No account has an authorized key")
    elif good := sum(verdict is None for verdict in verdicts):
        yield passed(f"{good} authorized {'key is' if good == 1 else 'keys are'} strong enough")


def _judged(key: AuthorizedKey, keys: AuthorizedKeys) -> Verdict | None:
    """The verdict on one line, None when its key is strong enough."""
    kind = key.type.lower().removesuffix("-cert-v01@openssh.com")
    if key.dead:
        return _failure(key, keys, "dead", f"sshd ignores line {key.line} of {key.path}: {key.dead}")
    if kind in {"ssh-dss", "dsa"}:
        return _failure(key, keys, "dsa", f"{key.account} accepts a DSA key, which is no longer safe")
    if kind in STRONG:
        return None
    subject = subject_of(key)
    if kind not in {"ssh-rsa", "rsa"}:
        named = key.type or "unnamed"
        return not_assessed(f"{key.path}:{key.line} holds a key of a type not known here ({named})", subject=subject)
    if not key.bits:
        return not_assessed(f"The length of the RSA key in {key.path}:{key.line} is not known", subject=subject)
    if key.bits < LEAST_RSA_BITS:
        text = f"{key.account} accepts an RSA key of {key.bits} bits; {LEAST_RSA_BITS} are the least that is safe"
        return _failure(key, keys, "short", text)
    return None


def _failure(key: AuthorizedKey, keys: AuthorizedKeys, problem: str, summary: str) -> Verdict:
    return fail(
        summary,
        subject=subject_of(key),
        severity=Severity.LOW if problem == "dead" else None,
        evidence=(evidence_of(key, keys),),
        problem=problem,
        reason=key.dead,
        account=key.account,
        owner=file_owner(key),
        path=key.path,
        line=key.line,
        repeated=problem == "dead" and repeated(key, keys),
        fingerprint=key.fingerprint,
        comment=key.comment,
    )
