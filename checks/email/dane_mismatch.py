from __future__ import annotations

from dataclasses import replace

from checks.email.mail_servers import details, dialogue, over_servers, unknown
from posture.sdk import (
    Dane,
    Evidence,
    Iterator,
    MailRouting,
    MailServer,
    MailServers,
    Severity,
    TlsaRecord,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

_SHOWN = 64  # digits of a record; longer ones hold a whole key or certificate


@check(
    "email.dane-mismatch",
    title="A mail server's certificate does not match its TLSA records",
    clause="3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.10", "cis@8.1:9.5",
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "nis2-annex@2024:6.7.2.k",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def dane_mismatch(mail: MailServers, routing: MailRouting) -> Iterator[Verdict]:
    """The certificate that an exchanger shows after STARTTLS is none that its TLSA records allow (RFC 7672).

    Senders that validate DANE then do not deliver to it, and the mail comes back after days. The records at
    ``_25._tcp.`` and the exchanger's name count where every answer on the way to them is signed; those with usage 3 are
    held against the server's certificate or key, those with usage 2 against the chain that it sends, its dates and
    names. Usages 0 and 1 are not for mail (3.1.3). It fails too where TLS is not offered or does not work, since the
    records demand it. One handshake is made with each exchanger that may be contacted, also where the inventory has it
    as a host. It can be wrong while a certificate is being replaced and resolvers still have the old records.
    """

    def judged(server: MailServer) -> Verdict:
        said = dialogue(server, "STARTTLS", "TLS")
        if server.dane is Dane.DIFFERS:
            reason = server.dane_reason or "no record allows its certificate"
            seen = f"SHA-256 {server.certificate or 'not seen'}, records {'; '.join(map(_text, server.tlsa)) or 'none'}"
            return fail(
                f"{server.where}: senders that validate DANE do not deliver: {reason}",
                subject=server.subject,
                evidence=[Evidence("TLSA records and certificate", seen, routing.observed), *said],
                reason=reason,
                records=tuple(map(_text, server.tlsa)),
                key=server.certificate_key,
                **details(server),
            )
        if server.dane is Dane.MATCHES:
            says = f"{server.where}: the certificate is the one of its TLSA records"
            return passed(says, subject=server.subject, evidence=said)
        if server.dane is Dane.UNKNOWN:
            return unknown(server, "Whether the certificate matches its TLSA records", server.dane_reason)
        why = server.dane_reason or "senders overlook its TLSA records"
        return not_applicable(f"{server.where}: {why}", subject=server.subject)

    without = [server for server in mail.servers if not server.tlsa]
    unknown_of = {one.name: one.unknown for one in routing.exchangers}
    for server in without:
        if reason := unknown_of.get(server.name):
            yield not_assessed(
                f"Whether {server.where} has TLSA records is not known: {reason}", subject=server.subject
            )
            continue
        yield not_applicable(f"{server.where} has no TLSA records", subject=server.subject)
    if len(without) < len(mail.servers) or not mail.servers:
        others = tuple(server for server in mail.servers if server.tlsa)
        yield from over_servers(replace(mail, servers=others), judged, by_domain=True)


def _text(record: TlsaRecord) -> str:
    data = record.data if len(record.data) <= _SHOWN else f"{record.data[:_SHOWN]}..."
    return f"{record.usage} {record.selector} {record.matching} {data}"
