from __future__ import annotations

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import (
    Evidence,
    Iterator,
    MailServer,
    MailServers,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "email.smtp-starttls-broken",
    title="A mail server offers TLS that does not work",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k",
        "pci-dss@4.0.1:4.2.1",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def smtp_starttls_broken(mail: MailServers) -> Iterator[Verdict]:
    """A mail server offers STARTTLS, and then refuses it or the handshake fails.

    Senders that insist on TLS (MTA-STS, DANE, many large ones) cannot deliver; the others deliver in clear. What is
    done: EHLO, STARTTLS, a handshake that takes every version and cipher and any certificate, EHLO again inside. It
    fails too where the server says more in clear after it has agreed to TLS: an attacker may have put it there
    (CVE-2011-0411 and its kin, RFC 3207, 4.2). It is wrong where the server was busy just then: look again.
    """

    def judged(server: MailServer) -> Verdict:
        if server.tls or server.starttls is False:
            how = "speaks TLS from the first byte" if server.tls else "does not offer STARTTLS"
            return not_applicable(f"{server.where} {how}", subject=server.subject)
        said = dialogue(server, "EHLO", "STARTTLS", "TLS")
        if server.starttls_works:
            return passed(f"{server.where}: STARTTLS works", subject=server.subject, evidence=said)
        if server.starttls is None or server.starttls_works is None:
            return unknown(server, "Whether STARTTLS works")
        problem = server.tls_problem or "it did not come to TLS"
        return fail(
            f"{server.where} offers STARTTLS, and it does not work: {problem}",
            subject=server.subject,
            evidence=[Evidence("STARTTLS", problem, mail.observed), *said],
            problem=problem,
            **details(server),
        )

    return over_servers(mail, judged)
