"""What the checks of mail servers share: which of them can be judged here, and what their texts are rendered with."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TypedDict

from posture.sdk import Evidence, Iterator, MailServer, MailServers, Verdict, not_applicable, not_assessed

Judge = Callable[[MailServer], Verdict]

# The program, its package or its greeting begins so -> whose settings the fix is written for.
_ENGINES = (
    ("postfix", "postfix"), ("exim", "exim"), ("opensmtpd", "opensmtpd"), ("sendmail", "sendmail"),
    ("microsoft", "exchange"),
)  # fmt: skip
_CONTAINERS = ("docker", "containerd", "libpod-", "podman")  # units of container engines and of their containers
MOST_EXCHANGES = 40  # of a dialogue, in the evidence


class ServerDetails(TypedDict):
    """What the texts are rendered with; empty strings where something was not seen.

    `where` names the server in a sentence, `public_address` is the one to try from another machine. `engine` is the
    program whose settings are to be changed, `service` its systemd service, `container` says that a container engine
    publishes the port. `domain` is set where the server was asked as the exchanger of a domain.
    """

    where: str
    address: str
    public_address: str
    port: int
    name: str
    domain: str
    engine: str
    package: str
    service: str
    container: bool


def over_servers(mail: MailServers, judge: Judge, *, by_domain: bool = False) -> Iterator[Verdict]:
    """Judge every server that was spoken to; say of the others why not.

    Args:
        mail: those of a host, or the exchangers of a domain.
        judge: gives the verdict on one that was spoken to.
        by_domain: the question depends on the domain, so that it is asked of what the inventory covers as a host too.
    """
    for server in mail.servers:
        yield _unasked(server, by_domain=by_domain) or judge(server)
    if mail.unseen:
        yield not_assessed(mail.unseen)
    if mail.null_mx:
        yield not_applicable(f"{mail.domain} says that it takes no mail (null MX)")
    elif not mail.servers and not mail.unseen:
        where = f"{mail.domain} has no mail exchanger" if mail.domain else "No mail server was found on this host"
        yield not_applicable(where)


def _unasked(server: MailServer, *, by_domain: bool) -> Verdict | None:
    if server.shared:
        return not_applicable(f"{server.where}: {server.not_asked}", subject=server.subject)
    if server.elsewhere:
        return not_applicable(
            f"{server.where} is none of the customer's servers: {server.not_asked}", subject=server.subject
        )
    if server.covered_by and not by_domain:
        return not_applicable(f"{server.where} is looked at as host {server.covered_by}", subject=server.subject)
    if server.not_asked:
        return not_assessed(f"{server.where} was not spoken to: {server.not_asked}", subject=server.subject)
    return None


def unknown(server: MailServer, what: str, why: str = "") -> Verdict:
    """`what` begins a sentence: "Whether it relays mail"."""
    reason = why or server.ended or "it gave no clear answer"
    says = f"{what} is not known of {server.where}: {reason}"
    return not_assessed(says, subject=server.subject, evidence=dialogue(server))


def dialogue(server: MailServer, *verbs: str) -> list[Evidence]:
    """What was said, in its order; of the commands named only, where some are named."""
    source = f"SMTP on {server.address} port {server.port}"
    entries = [one for one in server.transcript if not verbs or one.sent.startswith(verbs)][:MOST_EXCHANGES]
    return [
        Evidence(source, f"{one.sent.strip() or '(greeting)'} -> {one.received.strip()}", one.at) for one in entries
    ]


def details(server: MailServer) -> ServerDetails:
    """What was seen of a server, for the remediation texts."""
    process = server.process
    unit = process.unit if process else ""
    container = unit.startswith(_CONTAINERS)
    return {
        "where": server.where,
        "address": server.address,
        "public_address": "" if _local(server.address) else server.address,
        "port": server.port,
        "name": server.name,
        "domain": server.domain,
        "engine": _engine(server),
        "package": process.package if process else "",
        "service": unit if unit.endswith(".service") and not container else "",
        "container": container,
    }


def _engine(server: MailServer) -> str:
    told = (server.process.package, server.process.name) if server.process else ()
    for word in (*told, server.product):
        for start, engine in _ENGINES:
            if word.lower().startswith(start):
                return engine
    return ""


def _local(address: str) -> bool:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    return parsed.is_loopback or parsed.is_unspecified
