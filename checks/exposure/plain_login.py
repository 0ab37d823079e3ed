from __future__ import annotations

from checks.exposure.access import absent, details, doubtful, side, turned_away, unreachable, untried
from posture.sdk import Iterator, Login, Reach, Service, Services, Severity, Verdict, check, fail, not_assessed, passed

# Protocol in nmap's words -> (engine, its name for people).
LOGINS = {
    "imap": ("imap", "IMAP"),
    "pop3": ("pop3", "POP3"),
    "smtp": ("smtp", "SMTP"),
    "submission": ("smtp", "SMTP submission"),
    "ftp": ("ftp", "FTP"),
    "nntp": ("nntp", "NNTP"),
}
_TRUST_THEIR_OWN = frozenset({"imap", "pop3"})  # Dovecot: connections from its own address


@check(
    "exposure.plain-login",
    title="Passwords are accepted in clear",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10", "cis@8.1:4.6",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:AC-17(2)", "nist-800-53@5:CM-7", "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.5", "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
        "bsi-grundschutz@2023:SYS.1.3.A8",
    ),
)  # fmt: skip
def plain_login(services: Services) -> Iterator[Verdict]:
    """A mail, news or file server that can be reached takes passwords on a connection without TLS.

    Whoever listens in between reads the name and the password, and a mail program set up wrongly sends them without a
    warning, even where STARTTLS is offered beside. What is asked: IMAP's CAPABILITY (LOGINDISABLED is what should be
    there), POP3's CAPA (USER, SASL PLAIN), SMTP's EHLO (AUTH PLAIN or LOGIN), NNTP's CAPABILITIES. FTP fails only where
    it offers no TLS at all. No password is sent. Telnet has a check of its own.

    It passes when the login is offered inside TLS only, or none is offered. It is wrong where the server offers a login
    and then refuses it without TLS. Where it did not tell, it is not assessed; nor are IMAP and POP3 that were seen
    from their own machine only, which they trust.
    """
    found = tuple(s for s in services.named(*LOGINS) if s.protocol == "tcp")
    for service in found:
        yield _judged(service)
    doubts = tuple(doubtful(services, LOGINS, "a server that takes passwords in clear"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "mail, news or FTP service")


def _judged(service: Service) -> Verdict:
    engine, label = LOGINS[service.name]
    where = f"{label} on port {service.port}"
    if not service.reach.exposed:
        return unreachable(service, label)
    if service.tls:
        return passed(f"{where} speaks TLS from the first byte", subject=service.subject, evidence=service.evidence)
    if service.reach is Reach.LISTENS:
        return untried(service, label)
    weak = service.weakness.split()
    if "plain-login" in weak and engine in _TRUST_THEIR_OWN and service.reach is Reach.SAME_MACHINE:
        return not_assessed(
            f"{where} takes passwords without TLS from its own machine, as such servers do; others were not tried",
            subject=service.subject,
            evidence=service.evidence,
        )
    if "plain-login" in weak:
        return fail(
            f"{where} takes passwords without TLS ({side(service)})",
            subject=service.subject,
            evidence=service.evidence,
            engine=engine,
            label=label,
            **details(service),
        )
    if "plain-login?" not in weak and (service.login in {Login.REQUIRED, Login.NOT_NEEDED} or turned_away(service)):
        return passed(f"{where} takes no password without TLS", subject=service.subject, evidence=service.evidence)
    return not_assessed(
        f"Whether {where} takes passwords without TLS is not known: {service.login_reason or 'it did not say'}",
        subject=service.subject,
        evidence=service.evidence,
    )
