"""Where reports go, and whether who is to have them agrees (RFC 9990, 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from posture.collect.dns.lookup import Lookup, State
from posture.collect.email.dmarc.record import is_dmarc, is_uri, mailbox_host, read_record
from posture.facts.email.dmarc import ReportAddress
from posture.model.text import visible

MOST_ADDRESSES = 10  # of one list
LONGEST_NAME = 253  # characters (RFC 1035, 2.3.4)

Organization = Callable[[str], str]
"""Domain -> its organizational domain; empty where that is not known."""


def addresses(
    uris: Iterable[str], publisher: str, lookup: Lookup, organization: Organization, tag: str
) -> tuple[ReportAddress, ...]:
    """Each address with what receivers find out before they use it.

    Args:
        uris: the addresses.
        publisher: the domain of the record that names them.
        lookup: asks the DNS.
        organization: finds organizational domains.
        tag: of the record, rua or ruf.
    """
    every = list(dict.fromkeys(uris))[:MOST_ADDRESSES]
    return tuple(_address(uri, publisher, lookup, organization, tag) for uri in every)


def _address(uri: str, publisher: str, lookup: Lookup, organization: Organization, tag: str) -> ReportAddress:
    shown = visible(uri, 300)
    host = mailbox_host(uri)
    if not host or not is_uri(uri):
        return ReportAddress(shown, error=_no_mailbox(uri))
    own, theirs = organization(publisher), organization(host)
    mail = lookup.ask(host, "MX")
    gone = f"there is no domain {visible(host)}" if mail.state is State.NO_NAME and not mail.alias else ""
    if host == publisher or (own and own == theirs):
        return ReportAddress(shown, error=gone)
    if not own or not theirs:
        return ReportAddress(shown, external=True, error=gone)
    agreed, error = _agreed(f"{publisher}._report._dmarc.{host}", host, lookup, tag)
    return ReportAddress(shown, external=True, agreed=agreed, error=gone or error)


def _no_mailbox(uri: str) -> str:
    if "@" in uri and ":" not in uri:
        return "mailto: is missing in front of it"
    scheme = uri.partition(":")[0].lower()
    if scheme != "mailto" and ":" in uri:
        return f"receivers need not know {visible(scheme, 20)}: addresses, only mailto: ones"
    return "it is no address of a mailbox"


def _agreed(name: str, host: str, lookup: Lookup, tag: str) -> tuple[bool | None, str]:
    """Whether the other organization takes these reports, and what is wrong with its answer."""
    if len(name) > LONGEST_NAME:
        return False, "the name at which its domain would agree is too long for the DNS"
    answer = lookup.ask(name, "TXT")
    if answer.state is State.FAILED:
        return None, ""
    records = [read_record(text) for text in answer.texts if is_dmarc(text)]
    if not records:
        return False, ""
    others = [uri for record in records for uri in (record.aggregate if tag == "rua" else record.failure)]
    if any(mailbox_host(uri) != host for uri in others):
        return False, f"the record at {visible(name)} sends the reports on to another domain, which is not allowed"
    return True, ""
