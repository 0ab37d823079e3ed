from __future__ import annotations

from checks.keys.authorized import evidence_of, place_of, subject_of, unseen, weight
from checks.keys.opens import Way, reasons, told_by_sshd, values, ways
from checks.mfa.sshd import no_server
from posture.sdk import (
    Account,
    Accounts,
    AuthorizedKey,
    AuthorizedKeys,
    CaKey,
    Detail,
    Evidence,
    Iterator,
    Severity,
    SshAuthorities,
    SshServer,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

LEAST_RSA_BITS = 2048  # NIST SP 800-131A revision 2, table 2
NO_PLACE: dict[str, Detail] = {
    "account": "root", "owner": "", "path": "", "line": 0, "repeated": False, "fingerprint": "", "comment": "",
    "has_options": False,
}  # fmt: skip


@check(
    "keys.certificate-authority-unbounded",
    title="An authority may let anybody into an administrator's account",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-01", "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def certificate_authority_unbounded(
    keys: AuthorizedKeys, accounts: Accounts, server: SshServer, authorities: SshAuthorities
) -> Iterator[Verdict]:
    """An authority whose SSH certificates open accounts has no bounds, no list of revoked keys, or a weak key.

    A ``cert-authority`` line without ``principals=`` takes every certificate that names the account, or, where sshd
    allows it, none at all (sshd(8)): medium for administrators' accounts, low for others. TrustedUserCAKeys without
    AuthorizedPrincipalsFile or AuthorizedPrincipalsCommand lets a certificate that names an account with user id 0 in
    as root, where PermitRootLogin and the other settings allow it: medium. Low: an authority is trusted, and
    RevokedKeys is not set, so that a certificate counts to its end whatever happens, unless all that certificates do
    is run one command (ForceCommand) for names that are listed. High: an authority of
    TrustedUserCAKeys has a DSA key or RSA below 2048 bits. Lines of authorized_keys with a weak key are judged by
    keys.authorized-key-weak.

    It is wrong where the authority signs for some minutes only, which makes a list of revoked keys needless, or refuses
    to sign for root: neither can be seen on the host. What a program says (AuthorizedPrincipalsCommand) is not judged.
    """
    if verdict := no_server(server):
        yield verdict
        return
    lines = [key for key in keys.keys if key.has("cert-authority") and not key.dead]
    trusted = authorities.authorities
    said = [_line(key, keys, accounts, server) for key in lines]
    if trusted:
        said += [
            _root(account, keys, accounts, server, authorities) for account in accounts.accounts if account.uid == 0
        ]
        said += [verdict for key in trusted if (verdict := _weak(key, authorities))]
    if trusted or lines:
        said.append(_revocation(authorities, trusted, lines, server))
    yield from said
    gap = unseen(keys, accounts, server, program=not said)
    if authorities.unreadable:
        named = ", ".join(authorities.unreadable[:3])
        yield not_assessed(f"{named} could not be read: which authorities count is not known whole")
    elif gap:
        yield gap
    elif not said:
        yield not_applicable("No authority may sign certificates for logins")


def _line(key: AuthorizedKey, keys: AuthorizedKeys, accounts: Accounts, server: SshServer) -> Verdict:
    subject, seen = subject_of(key), evidence_of(key, keys)
    if key.has("principals"):
        return passed(f"The authority's names for {key.account} are listed", subject=subject, evidence=(seen,))
    found = ways(key, keys, accounts, server)
    if isinstance(found, str):
        return not_assessed(f"{key.path}:{key.line} trusts an authority, and {found}", subject=subject)
    if not any(way.opens for way in found):
        return _shut(found, key.account, subject, (seen, *told_by_sshd(found, server)))
    return fail(
        f"An authority without principals= opens {key.account}",
        subject=subject,
        severity=weight(key, accounts),
        evidence=(seen, *told_by_sshd(tuple(way for way in found if way.opens), server)),
        problem="line",
        **place_of(key, keys),
    )


def _shut(found: tuple[Way, ...], account: str, subject: str, seen: tuple[Evidence, ...]) -> Verdict:
    """The verdict where no way opens: closed everywhere, or not known."""
    if unclear := [way.unclear for way in found if way.unclear]:
        return not_assessed(unclear[0], subject=subject, evidence=seen)
    return passed(f"No certificate opens {account}: {reasons(found)}", subject=subject, evidence=seen)


def _root(
    account: Account, keys: AuthorizedKeys, accounts: Accounts, server: SshServer, authorities: SshAuthorities
) -> Verdict:
    """The verdict on a certificate that names an account with user id 0."""
    subject = f"TrustedUserCAKeys {account.name}"
    # A certificate is judged like a key of its account; only its own type is not known.
    stand_in = AuthorizedKey(account.name, account.uid, "", 0, "", 0, "", "")
    found = ways(stand_in, keys, accounts, server)
    if isinstance(found, str):
        return not_assessed(f"Certificates are trusted, and {found}", subject=subject)
    told = told_by_sshd(found, server)
    bound = {one.account for one in authorities.principals if one.path}
    open_ways = [way for way in found if way.opens and values(way.context, "trustedusercakeys")]
    loose = [way for way in open_ways if not values(way.context, "authorizedprincipalsfile")]
    programs = [way for way in loose if values(way.context, "authorizedprincipalscommand")]
    if not open_ways:
        if any(way.opens for way in found):
            return passed(f"No authority is trusted for {account.name}", subject=subject, evidence=told)
        return _shut(found, account.name, subject, told)
    if not loose or account.name in bound:
        return passed(f"The names that open {account.name} are listed", subject=subject, evidence=told)
    if len(programs) == len(loose):
        reason = f"a program says which names open {account.name} (AuthorizedPrincipalsCommand)"
        return not_assessed(f"{reason[:1].upper()}{reason[1:]}, and it is not run by the audit", subject=subject)
    return fail(
        f"Every certificate that names {account.name} opens it",
        subject=subject,
        severity=Severity.MEDIUM,
        evidence=told,
        problem="root",
        **NO_PLACE | {"account": account.name},
    )


def _weak(key: CaKey, authorities: SshAuthorities) -> Verdict | None:
    kind = key.type.lower()
    if kind != "ssh-dss" and not (kind == "ssh-rsa" and 0 < key.bits < LEAST_RSA_BITS):
        return None
    what = "DSA" if kind == "ssh-dss" else f"RSA of {key.bits} bits"
    return fail(
        f"An authority that may let people in has a weak key ({what})",
        subject=f"{key.path} {key.fingerprint}",
        severity=Severity.HIGH,
        evidence=(Evidence(f"{key.path}:{key.line}", f"{key.type} {what} {key.fingerprint}", authorities.observed),),
        problem="weak",
        **NO_PLACE | {"path": key.path, "line": key.line, "fingerprint": key.fingerprint, "comment": key.comment},
    )


def _tied(server: SshServer) -> bool:
    """Whether wherever an authority is trusted, certificates only run one command, for names that are listed."""
    trusting = [one for one in server.contexts if one.get("trustedusercakeys") not in {"", "none"}]
    return bool(trusting) and all(
        one.get("forcecommand") not in {"", "none"} and one.get("authorizedprincipalsfile") not in {"", "none"}
        for one in trusting
    )


def _revocation(
    authorities: SshAuthorities, trusted: tuple[CaKey, ...], lines: list[AuthorizedKey], server: SshServer
) -> Verdict:
    if authorities.revoked not in {"", "none"}:
        return passed(f"Revoked keys are listed in {authorities.revoked}", subject="RevokedKeys")
    if not lines and _tied(server):
        said = "Certificates only run one command, for names that are listed: a list of revoked ones is needless"
        return passed(said, subject="RevokedKeys")
    names = [f"{key.path}:{key.line}" for key in trusted] + [f"{key.path}:{key.line}" for key in lines]
    seen = f"revokedkeys none; authorities in {', '.join(names[:5])}"
    return fail(
        "Certificates for logins cannot be revoked: RevokedKeys is not set",
        subject="RevokedKeys",
        severity=Severity.LOW,
        evidence=(Evidence("sshd -T", seen, authorities.observed),),
        problem="revocation",
        **NO_PLACE,
    )
