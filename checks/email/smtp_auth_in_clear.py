from __future__ import annotations

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import (
    Evidence,
    Iterator,
    MailRouting,
    MailServer,
    MailServers,
    Severity,
    Verdict,
    check,
    fail,
    passed,
)


@check(
    "email.smtp-auth-in-clear",
    title="A mail exchanger takes passwords in clear",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k",
        "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def smtp_auth_in_clear(mail: MailServers, routing: MailRouting) -> Iterator[Verdict]:
    """An exchanger of the domain offers AUTH PLAIN or LOGIN (RFC 4954) before TLS, so that passwords can be read.

    A mail program that is set up wrongly sends the password without a warning. What is asked: EHLO; no password is
    sent. It passes when no such login is offered before TLS. Exchangers that the inventory has as hosts are judged
    there, by exposure.plain-login. It is wrong where the server offers the login and then refuses it without TLS.
    """

    def judged(server: MailServer) -> Verdict:
        said = dialogue(server, "EHLO", "HELO")
        if server.auth_in_clear:
            ways = " and ".join(server.auth_in_clear)
            return fail(
                f"{server.where} takes passwords without TLS (AUTH {ways})",
                subject=server.subject,
                evidence=[Evidence("EHLO", f"AUTH {ways} before TLS", routing.observed), *said],
                **details(server),
            )
        if server.starttls is None and not server.tls:
            return unknown(server, "Whether passwords are taken without TLS")
        return passed(f"{server.where} takes no password without TLS", subject=server.subject, evidence=said)

    return over_servers(mail, judged)
