"""nmap's XML report as plain values; what strangers' servers put into it is bounded and made harmless here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from posture.model.customer import IPAddress
from posture.model.text import visible

NAME_LIMIT = 64  # characters of a service name
TEXT_LIMIT = 200  # characters of a product or version


class UnreadableReport(Exception):
    """nmap's report is not XML, or XML that attacks its reader."""


@dataclass(frozen=True, slots=True)
class ReportedPort:
    """A TCP port that nmap reports as open.

    `service` is empty unless the service itself was recognised by an answer: what nmap only looks up by port number is
    no observation, and ``tcpwrapped`` means that the port hung up without a word.
    """

    number: int
    service: str = ""
    product: str = ""
    version: str = ""
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One run of nmap against one address.

    `complete` is whether nmap came to its end, `up` whether it took the host for present. `filtered` counts ports that
    did not answer. `scanner` is program and version.
    """

    complete: bool
    up: bool
    open: tuple[ReportedPort, ...]
    filtered: int
    scanner: str


def parse(document: str) -> Element:
    """Parse what nmap printed.

    Raises:
        UnreadableReport: it is not well-formed, or declares entities.
    """
    try:
        root: Element = fromstring(document.encode())
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableReport(visible(f"nmap's report cannot be read ({type(error).__name__}: {error})")) from error
    return root


def read(root: Element, address: IPAddress) -> Report:
    """What the report says of one address; whatever it says of others is left out."""
    host = next((h for h in root.iter("host") if _is(h, address)), None)
    scanner = visible(f"nmap {root.get('version', '')}".strip(), TEXT_LIMIT)
    finished = root.find("runstats/finished")
    complete = finished is not None and finished.get("exit", "success") == "success"
    if host is None:
        return Report(complete, up=False, open=(), filtered=0, scanner=scanner)
    status = host.find("status")
    up = status is None or status.get("state") != "down"
    return Report(complete, up, tuple(_open(host)), _filtered(host), scanner)


def _is(host: Element, address: IPAddress) -> bool:
    for entry in host.findall("address"):
        try:
            if ip_address(entry.get("addr", "")) == address:
                return True
        except ValueError:
            continue  # a MAC address
    return False


def _open(host: Element) -> Iterator[ReportedPort]:
    seen = set()
    for port in host.iterfind("ports/port"):
        number, state = _number(port.get("portid", "")), port.find("state")
        if port.get("protocol") != "tcp" or state is None or state.get("state") != "open" or number in seen:
            continue
        if 1 <= number <= 65535:
            seen.add(number)
            yield _reported(number, port.find("service"))


def _reported(number: int, service: Element | None) -> ReportedPort:
    if (
        service is None
        or service.get("method") != "probed"
        or service.get("name", "unknown") in {"unknown", "tcpwrapped"}
    ):
        return ReportedPort(number)
    return ReportedPort(
        number,
        visible(service.get("name", ""), NAME_LIMIT),
        visible(service.get("product", ""), TEXT_LIMIT),
        visible(service.get("version", ""), TEXT_LIMIT),
        service.get("tunnel") == "ssl",
    )


def _filtered(host: Element) -> int:
    one_by_one = (s.get("state", "") for s in host.iterfind("ports/port/state"))
    listed = sum(1 for state in one_by_one if "filtered" in state and state != "unfiltered")
    summed = (e for e in host.iterfind("ports/extraports") if e.get("state") == "filtered")
    return listed + sum(max(0, _number(e.get("count", ""))) for e in summed)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
