"""The weakness (CWE) that a check's finding is an instance of, where one fits without doubt."""

from __future__ import annotations

_CHECKS = {
    284: "exposure.aws-bucket-public exposure.aws-queue-public exposure.aws-snapshot-public exposure.aws-image-public",
    295: "exposure.tls-certificate email.dane-mismatch",
    306: "exposure.redis-no-auth exposure.memcached-open exposure.container-api-open exposure.cluster-state-open "
    "exposure.message-broker-open exposure.file-share-open exposure.ftp-anonymous exposure.ldap-anonymous "
    "exposure.web-admin-open",
    307: "keys.ssh-guessing",
    308: "mfa.accounts-admin-without-mfa mfa.accounts-without-mfa mfa.accounts-not-enforced mfa.aws-root-mfa "
    "mfa.aws-console-user-mfa mfa.aws-identity-center mfa.ssh-second-factor mfa.ssh-password-login",
    319: "exposure.telnet exposure.plain-login exposure.plain-http-login exposure.remote-shell "
    "exposure.http-without-redirect email.smtp-auth-in-clear email.smtp-without-starttls exposure.aws-cache-plain",
    326: "exposure.tls-protocol-old email.dkim-key-weak keys.authorized-key-weak",
    327: "exposure.tls-cipher-weak exposure.ssh-algorithms-weak",
    521: "mfa.aws-password-policy",
    258: "mfa.empty-password",
    538: "exposure.web-files-exposed",
    540: "keys.secret-in-repository",
    732: "keys.private-key-readable keys.credential-file-readable keys.secret-in-file keys.authorized-keys-writable",
    916: "keys.password-hash-weak",
    1104: "packages.unsupported-packages packages.release-end-of-life",
    1395: "packages.security-updates packages.language-packages packages.web-application-outdated "
    "packages.server-version-outdated",
    1392: "exposure.snmp-public",
}
_BY_CHECK = {check: number for number, checks in _CHECKS.items() for check in checks.split()}


def weakness(check: str) -> int | None:
    """The CWE's number; None where several would do, or none."""
    return _BY_CHECK.get(check)
