from __future__ import annotations

from checks.keys.authorized import evidence_of, repeated, subject_of, unseen
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
    passed,
)

RESTRICTIONS = ("from", "command", "restrict")


@check(
    "keys.authorized-key-unrestricted",
    title="A key opens the administrator account from anywhere",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "CIS-8.1/5.4", "CIS-8.1/6.8",
        "ISO-27001:2022/A.8.2", "ISO-27001:2022/A.8.3", "ISO-27001:2022/A.5.18",
        "NIST-CSF-2.0/PR.AA-05",
        "PCI-DSS-4.0.1/7.2.5",
    ),
)  # fmt: skip
def authorized_key_unrestricted(keys: AuthorizedKeys, accounts: Accounts) -> Iterator[Verdict]:
    """A key of an account with user id 0 has neither ``from=`` nor ``command=`` nor ``restrict``.

    Whoever gets hold of such a key is administrator, from any address and with port forwarding. One of the three
    options (sshd(8), AUTHORIZED_KEYS FILE FORMAT) is enough to pass. Lines that sshd ignores do not count.
    Administrators by sudo are not judged here: only the user id is known of the account that a key belongs to.

    It is wrong where sshd or a firewall already limits the addresses that root may come from, or where root cannot log
    in at all (PermitRootLogin no).
    """
    own = [key for key in keys.keys if key.uid == 0 and not key.dead]
    loose = [key for key in own if not any(key.has(option) for option in RESTRICTIONS)]
    for key in loose:
        yield _failure(key, keys)
    if gap := unseen(keys, accounts):
        yield gap
    elif not own:
        yield not_applicable("No key is authorized for an account with user id 0")
    elif not loose:
        those = "The key of the administrator is" if len(own) == 1 else f"All {len(own)} keys of administrators are"
        yield passed(f"{those} restricted")


def _failure(key: AuthorizedKey, keys: AuthorizedKeys) -> Verdict:
    named = f" ({key.comment})" if key.comment else ""
    return fail(
        f"A key{named} opens {key.account} from any address, without any restriction",
        subject=subject_of(key),
        evidence=(evidence_of(key, keys),),
        account=key.account,
        path=key.path,
        line=key.line,
        repeated=repeated(key, keys),
        fingerprint=key.fingerprint,
        comment=key.comment,
        has_options=bool(key.options),
        authority=key.has("cert-authority"),
    )
