from __future__ import annotations

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import (
    Evidence,
    Iterator,
    MailServer,
    MailServers,
    Severity,
    Taken,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)


@check(
    "email.backscatter",
    title="A mail server takes mail for mailboxes that do not exist",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:9.5",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.PS-01",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def backscatter(mail: MailServers) -> Iterator[Verdict]:
    """A mail server accepts a recipient that nobody can have made: 12 random digits at a domain it serves.

    What it cannot deliver afterwards it returns to whoever is named as the sender. With forged senders the bounces
    reach strangers (backscatter, RFC 3834, 2; block lists exist for it), and the queue fills. An exchanger is asked in
    its domain, a server of a host in the domain of its own name; postmaster, who must exist (RFC 5321, 4.5.1), is asked
    for too, to see that mail for the domain is taken at all. The dialogue ends with RSET: DATA is never said.

    It passes when the mailbox is refused and postmaster is not. It is wrong where the domain has a catch-all mailbox by
    intention (then nothing bounces: accept the risk with that reason), where the server refuses unknown recipients
    after DATA only, or drops mail to them without a bounce.
    """

    def judged(server: MailServer) -> Verdict:
        said = dialogue(server, "MAIL", "RCPT")
        if server.unknown_recipients is Taken.ACCEPTED:
            at = server.recipients_domain or server.domain or "its domain"
            return fail(
                f"{server.where} takes mail for a mailbox that does not exist at {at}",
                subject=server.subject,
                evidence=[Evidence("RCPT TO a made-up mailbox", f"accepted at {at}", mail.observed), *said],
                recipients_domain=at,
                tls=server.tls,
                **details(server),
            )
        if server.unknown_recipients is Taken.REFUSED and server.recipients_domain:
            says = f"{server.where} refuses a mailbox that does not exist at {server.recipients_domain}"
            return passed(says, subject=server.subject, evidence=said)
        if server.unknown_recipients is Taken.REFUSED:
            reason = server.recipients_reason or "it takes mail for no domain that is known"
            return not_applicable(f"{server.where}: {reason}", subject=server.subject)
        return unknown(server, "Whether it takes mail for mailboxes that do not exist", server.recipients_reason)

    return over_servers(mail, judged, by_domain=True)
