from __future__ import annotations

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import Evidence, Iterator, MailServer, MailServers, Severity, Taken, Verdict, check, fail, passed


@check(
    "email.open-relay",
    title="A mail server carries mail from strangers to strangers",
    clause="3",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.8", "cis@8.1:9.5",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:SI-8",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.7.2.k",
        "pci-dss@4.0.1:2.2.4",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
        "bsi-grundschutz@2023:APP.5.3.A9",
    ),
)  # fmt: skip
def open_relay(mail: MailServers) -> Iterator[Verdict]:
    """A mail server takes a recipient at a domain of the auditor's, which it has no business with: an open relay.

    Whoever finds it sends advertising and fraud through it, in the customer's name, and its address ends on block lists
    within hours. Each mail server of a host, and each exchanger of a domain that the customer has agreed to, is asked
    in one dialogue: MAIL FROM a stranger, a sender of the customer's domain, one at the server's address and the empty
    one; RCPT TO one mailbox at the domain of the provider's contact, plain and in the old forms (percent hack, quoted,
    source route, two at signs, bang path). It ends with RSET at the first that is accepted. DATA is never said, so no
    message is ever sent. Submission ports are asked as well, before any login.

    It fails when one recipient is accepted, and passes when each is refused. It can be wrong both ways: some servers
    take every recipient and refuse the message after DATA, and those say no here that would carry mail only for a
    sender or a network that was not tried. Where the audit runs inside a network that the server trusts (Postfix'
    mynetworks), it carries mail for the auditor and perhaps for nobody else; the address that asked is told. It is
    also wrong where the server carries mail for the provider by agreement. Not assessed: the provider's contact has no
    domain, the server put us off (greylisting), or it refuses our address whatever is asked.
    """

    def judged(server: MailServer) -> Verdict:
        said = dialogue(server, "MAIL", "RCPT")
        taken = next((one for one in server.attempts if one.taken is Taken.ACCEPTED), None)
        if server.relay is Taken.ACCEPTED:
            way = taken.way if taken else "a stranger to a stranger"
            how = f"{way}: {taken.answer}" if taken else "a recipient at a domain of the auditor's was accepted"
            return fail(
                f"{server.where} takes mail from strangers for strangers ({way})",
                subject=server.subject,
                evidence=[Evidence(f"asked from {server.asked_from or 'the auditor'}", how, mail.observed), *said],
                way=way,
                asked_from=server.asked_from,
                tls=server.tls,
                **details(server),
            )
        if server.relay is Taken.REFUSED:
            says = f"{server.where} refused all {len(server.attempts)} ways to send through it"
            return passed(says, subject=server.subject, evidence=said)
        later = "it puts strangers off: " if server.relay is Taken.LATER else ""
        return unknown(server, "Whether it relays mail", later + (server.relay_reason or server.ended))

    return over_servers(mail, judged)
