from __future__ import annotations

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import Evidence, Iterator, MailServer, MailServers, Severity, Verdict, check, fail, passed


@check(
    "email.smtp-vrfy",
    title="A mail server tells strangers which mailboxes exist",
    clause="3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:4.8",
        "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.PS-01",
        "nist-800-53@5:CM-7",
        "nis2@2022:21(2)(e)",
        "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.8",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A6",
    ),
)  # fmt: skip
def smtp_vrfy(mail: MailServers) -> Iterator[Verdict]:
    """VRFY answers a made-up name otherwise than postmaster, or EXPN looks names up (RFC 5321, 3.5 and 7.3).

    Whoever guesses passwords or sends fraud first collects the names that exist. What is asked: VRFY of a made-up name
    and of postmaster, EXPN of a made-up list; no other name. It passes when both tell nothing. It can be wrong where
    VRFY knows postmaster only. RCPT tells the same to whoever is patient, so this closes the cheap way, not every one.
    Where no mailbox can be refused at all, there is nothing to tell: see email.backscatter.
    """

    def judged(server: MailServer) -> Verdict:
        said = dialogue(server, "VRFY", "EXPN")
        commands = [name for name, tells in (("VRFY", server.verifies), ("EXPN", server.expands)) if tells]
        if commands:
            named = " and ".join(commands)
            return fail(
                f"{server.where} tells by {named} which names exist",
                subject=server.subject,
                evidence=[Evidence(named, "a made-up name is told from a real one", mail.observed), *said],
                commands=named,
                **details(server),
            )
        if server.verifies is None or server.expands is None:
            return unknown(server, "Whether VRFY and EXPN tell which names exist")
        return passed(f"{server.where} tells nobody which names exist", subject=server.subject, evidence=said)

    return over_servers(mail, judged)
