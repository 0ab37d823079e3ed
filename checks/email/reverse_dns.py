from __future__ import annotations

from checks.wording import count
from posture.sdk import (
    Evidence,
    Iterator,
    SendingHost,
    SendingHosts,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.reverse-dns",
    title="A sending host's address has no name that leads back to it",
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
def reverse_dns(sending: SendingHosts) -> Iterator[Verdict]:
    """Receivers refuse mail from an address without a name, or whose name leads elsewhere (RFC 8601, 2.7.3).

    Looked at are the customer's own addresses that may send for the domain: those that SPF names by themselves, and of
    networks that it names, mail exchangers, hosts of the inventory and addresses that have a name. The name that a host
    greets with (HELO) must lead to it too, where its mail server was asked; many servers send with another name than
    they are reached by, which is not seen. Services that send in the customer's name are not judged.

    It is wrong where SPF names an address that sends nothing: take it out of the record then.
    """
    if not sending.hosts and not sending.left_out:
        yield not_applicable("None of the customer's own addresses may send for the domain, as far as the DNS says")
    for host in sending.hosts:
        yield _judged(sending, host)
    if sending.left_out:
        yield not_assessed(
            f"{count(sending.left_out, 'more address', 'es')} may send than are looked at", subject="rest"
        )


def _judged(sending: SendingHosts, host: SendingHost) -> Verdict:
    if host.unknown and not host.confirmed:
        return not_assessed(f"The names of {host.address} are not known: {host.unknown}", subject=host.address)
    if not host.names:
        return _failure(sending, host, f"{host.address} sends mail and has no name (PTR record)", "no name")
    if not host.confirmed:
        return _failure(
            sending, host, f"{host.address} is named {host.names[0]}, which does not lead to it", "elsewhere"
        )
    if host.greeting and host.address not in host.greeting_at and host.greeting not in host.confirmed:
        if host.unknown:
            return not_assessed(f"Where {host.greeting} leads is not known: {host.unknown}", subject=host.address)
        return _failure(
            sending, host, f"{host.address} greets as {host.greeting}, which does not lead to it", "greeting"
        )
    return passed(f"{host.address} is {host.confirmed[0]}, which leads back to it", subject=host.address)


def _failure(sending: SendingHosts, host: SendingHost, summary: str, problem: str) -> Verdict:
    there = f"{', '.join(host.names[:3]) or 'no PTR record'}; greets as {host.greeting or '(not asked)'}"
    name = (host.confirmed or host.names or (host.greeting or f"mail.{sending.domain}",))[0]
    forward = f"{name}. 3600 IN {'AAAA' if ':' in host.address else 'A'} {host.address}"
    return fail(
        summary,
        subject=host.address,
        evidence=[Evidence(f"PTR of {host.address}", f"{there}; {host.why}", sending.observed)],
        address=host.address,
        problem=problem,
        names=host.names[:3],
        name=name,
        greeting=host.greeting,
        why=host.why,
        pointer_record=f"{host.pointer}. 3600 IN PTR {name}.",
        forward_record=forward,
    )
