from __future__ import annotations

from checks.keys.authorized import evidence_of, place_of, subject_of, unseen
from posture.sdk import (
    Accounts,
    AuthorizedKeys,
    Iterator,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "keys.authorized-key-dead",
    title="A line of an authorized_keys file counts for nothing",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.3",
        "iso27001@2022:A.5.18",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-2", "nist-800-53@5:IA-5",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "soc2@2017:CC6.2",
        "bsi-c5@2020:IDM-05",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_key_dead(keys: AuthorizedKeys, accounts: Accounts) -> Iterator[Verdict]:
    """Sshd ignores a whole line of an authorized_keys file.

    One mistake is enough (sshd(8), AUTHORIZED_KEYS FILE FORMAT; auth-options.c): an unknown or misspelt option, a
    second ``from=``, ``command=`` or ``principals=``, a value without quotes, an expiry date in the past,
    ``principals=`` on a line that is no certificate authority's, a key that is no valid base64 or shorter than the
    server allows. Whoever wrote the line believes in a login, or in a restriction, that is not there; and a line that
    is repaired by somebody else later opens the account again.

    It is wrong where the server is about to be replaced by a version that knows the option.
    """
    dead = [key for key in keys.keys if key.dead]
    for key in dead:
        yield fail(
            f"sshd ignores line {key.line} of {key.path}: {key.dead}",
            subject=subject_of(key),
            severity=Severity.LOW,
            evidence=(evidence_of(key, keys),),
            reason=key.dead,
            **place_of(key, keys),
        )
    if gap := unseen(keys, accounts, program=False):
        yield gap
    elif not keys.keys:
        yield not_applicable("No account has an authorized key")
    elif not dead:
        lines = "The line" if len(keys.keys) == 1 else f"All {len(keys.keys)} lines"
        yield passed(f"{lines} of authorized_keys files can be read by sshd")
