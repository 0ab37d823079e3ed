from __future__ import annotations

from posture.sdk import (
    Evidence,
    Iterator,
    Severity,
    SshHostTrust,
    Trust,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

BELIEVED = {
    Trust.INVENTORY: "it is one that the inventory gives",
    Trust.PINNED: "it is the one that was confirmed",
    Trust.CERTIFICATE: "a host authority of the inventory has signed it",
    Trust.SSHFP: "it is in the signed DNS zone of the host",
}


@check(
    "keys.ssh-host-key-changed",
    title="The server shows another SSH key than the one that is known",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def ssh_host_key_changed(trust: SshHostTrust) -> Iterator[Verdict]:
    """None of the host keys that the server proves to have is one it is known by.

    The key exchange is done once for each type of host key, and what is shown is compared with the fingerprints of the
    inventory, with SSHFP records of a signed zone (where the inventory allows them) or with the key that somebody
    confirmed (`posture access pin`). Nothing is proved to such a host and nobody logs in: it could be another machine
    in the middle, which would read what is sent. It passes when one of the keys is known, or is signed by a host
    authority that the inventory names. A host that nobody has vouched for yet is not assessed.

    High, since most changed keys are servers set up anew. It is wrong when the server was set up anew and nobody
    noted its new key: the finding ends when somebody has compared the keys on the server's console.
    """
    if trust.trust is Trust.LOCAL:
        yield not_applicable("This machine is read without SSH")
    elif trust.trust is Trust.UNKNOWN:
        yield not_assessed(trust.detail or "Nobody has said which SSH key the host has")
    elif trust.trust is Trust.CHANGED:
        yield _failure(trust)
    else:
        why = BELIEVED[trust.trust]
        yield passed(f"The SSH key shown is believed: {why}", evidence=(_seen(trust),))


def _seen(trust: SshHostTrust) -> Evidence:
    return Evidence("SSH key exchange", f"{trust.type} {trust.found}: {trust.detail}", trust.observed)


def _failure(trust: SshHostTrust) -> Verdict:
    expected = ", ".join(trust.expected)
    since = f", known since {trust.known_since:%Y-%m-%d}" if trust.known_since else ""
    return fail(
        f"The server shows the SSH key {trust.found}, expected {expected}{since}",
        evidence=(_seen(trust),),
        type=trust.type,
        found=trust.found,
        expected=expected,
    )
