from __future__ import annotations

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import Evidence, Iterator, MailServer, MailServers, Severity, Verdict, check, fail, passed


@check(
    "email.smtp-without-starttls",
    title="A mail server does not offer TLS",
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
def smtp_without_starttls(mail: MailServers) -> Iterator[Verdict]:
    """A mail server that can be reached does not offer STARTTLS (RFC 3207), so mail to it crosses the network in clear.

    What is asked: EHLO, as any sender says it. It passes when STARTTLS is offered, or TLS is spoken at once. Whether
    TLS then works is email.smtp-starttls-broken, how good it is the checks of TLS judge, and whether passwords are
    taken without it exposure.plain-login. It is wrong where the server offers STARTTLS to others than the auditor only,
    or something on the way removes the offer (some firewalls do: asked from its own machine, the server shows it).
    """

    def judged(server: MailServer) -> Verdict:
        said = dialogue(server, "EHLO", "HELO")
        if server.tls or server.starttls:
            how = "speaks TLS from the first byte" if server.tls else "offers STARTTLS"
            return passed(f"{server.where} {how}", subject=server.subject, evidence=said)
        if server.starttls is None:
            return unknown(server, "Whether TLS is offered")
        return fail(
            f"{server.where} does not offer TLS: mail to it can be read on the way",
            subject=server.subject,
            evidence=[Evidence("EHLO", "STARTTLS is not among the extensions", mail.observed), *said],
            **details(server),
        )

    return over_servers(mail, judged)
