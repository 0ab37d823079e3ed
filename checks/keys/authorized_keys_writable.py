from __future__ import annotations

from checks.keys.authorized import unseen
from checks.rights import NEEDS_ROOT
from posture.sdk import (
    Accounts,
    AuthorizedKeys,
    Evidence,
    Iterator,
    LoosePath,
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


@check(
    "keys.authorized-keys-writable",
    title="Others can change who may log in",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:6.8",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.3",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_keys_writable(
    keys: AuthorizedKeys, accounts: Accounts, server: SshServer | Unavailable
) -> Iterator[Verdict]:
    """A file or folder on the way to an account's authorized_keys can be changed by others than the account and root.

    Judged as sshd does itself (misc.c, safe_path): the file and every folder above it, to the home folder or the root,
    belong to the account or root and are not writable for group or others. High without StrictModes: whoever may write
    there adds a key and is in. Medium with it (the default): sshd ignores all keys behind the path, so the owner may be
    locked out, and whoever may write to the folder can put another one in its place.

    It is wrong where the group that may write has no member but the account itself; sshd ignores the keys all the same.
    Access control lists (setfacl) are not looked at, neither here nor by sshd.
    """
    strict = _strict(server)
    for path in keys.loose:
        yield _failure(path, strict, keys)
    gap = unseen(keys, accounts, program=False)
    if not keys.paths_checked:
        yield not_assessed(f"Who may change the authorized_keys files was not looked at ({NEEDS_ROOT})")
    elif gap:
        yield gap
    elif not keys.loose:
        text = "Only their owners and root can change the authorized_keys files"
        yield passed(text) if keys.keys else not_applicable("No account has an authorized key")


def _strict(server: SshServer | Unavailable) -> str:
    """``yes``, ``no``, or empty where it is not known; StrictModes cannot stand in a Match block."""
    if isinstance(server, Unavailable):
        return ""
    return next((value for context in server.contexts if (value := context.get("strictmodes"))), "")


def _failure(path: LoosePath, strict: str, keys: AuthorizedKeys) -> Verdict:
    result = {
        "yes": "so sshd ignores its keys (StrictModes)",
        "no": "and sshd does not mind (StrictModes no)",
    }.get(strict, "so sshd ignores its keys, unless StrictModes is off")
    seen = f"{path.mode:04o} {path.owner}, can be changed by {path.by}; StrictModes {strict or 'not known'}"
    return fail(
        f"{path.path}, on the way to the keys of {path.account}, can be changed by {path.by}, {result}",
        subject=f"{path.account} {path.path}",
        severity=Severity.HIGH if strict == "no" else Severity.MEDIUM,
        evidence=(Evidence(f"permissions of {path.path}", seen, keys.observed),),
        account=path.account,
        path=path.path,
        owner=path.owner,
        keys_file=path.keys_file,
        file=path.path == path.keys_file,
        by=path.by,
        foreign=path.by != "everyone" and not path.by.startswith("group "),
        strict=strict != "no",
        mode=f"{path.mode:04o}",
    )
