"""nmap's XML report as plain values; what strangers' servers put into it is bounded and made harmless here.

The report is read while nmap writes it, so that memory follows the hosts asked for, not what was said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from posture.collect.network.sweep.notation import LAST_PORT, numbers, written
from posture.model.customer import IPAddress
from posture.model.text import visible

NAME_LIMIT = 64  # characters of a service name
TEXT_LIMIT = 200  # characters of a product or version
TOKEN_LIMIT = 4 * 1024 * 1024  # bytes of one element's start: the parser keeps them until it ends
_UNKNOWN, _CLOSED, _SILENT, _REFUSED = range(4)
_NOTATION_LIMIT = 6 * LAST_PORT  # characters


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
    """What one run of nmap says of one address.

    `complete` is whether nmap came to its end, `up` whether it took the host for present. `filtered` counts ports that
    did not answer, or that something answered for. `scanner` is program and version. In nmap's notation: `closed` are
    the ports that refused a connection, `silent` those that no packet came back from, `rejected` those that something
    answered for by ICMP.
    """

    complete: bool
    up: bool
    open: tuple[ReportedPort, ...]
    filtered: int
    scanner: str
    closed: str = ""
    silent: str = ""
    rejected: str = ""


class ReportReader:
    """Reads one report piece by piece and keeps what it says of some addresses."""

    def __init__(self, addresses: Iterable[IPAddress]) -> None:
        self._said = _Said(frozenset(addresses))
        self._parser = XMLParser(target=self._said)
        self._since_element = 0
        self._elements = 0

    def feed(self, piece: bytes) -> None:
        """Read on.

        Raises:
            UnreadableReport: it is not well-formed, or declares entities.
        """
        try:
            self._parser.feed(piece)
        except (ParseError, DefusedXmlException, ValueError) as error:
            raise _unreadable(error) from error
        moved = self._said.elements != self._elements
        self._elements = self._said.elements
        self._since_element = 0 if moved else self._since_element + len(piece)
        if self._since_element > TOKEN_LIMIT:
            raise UnreadableReport(f"nmap's report cannot be read: an element of it is longer than {TOKEN_LIMIT} bytes")

    def close(self) -> Mapping[IPAddress, Report]:
        """What was said of each address; those that were not mentioned are not up.

        Raises:
            UnreadableReport: the report ends in the middle.
        """
        try:
            self._parser.close()
        except (ParseError, DefusedXmlException, ValueError) as error:
            raise _unreadable(error) from error
        return self._said.reports()


def _unreadable(error: Exception) -> UnreadableReport:
    return UnreadableReport(visible(f"nmap's report cannot be read ({type(error).__name__}: {error})"))


@dataclass(slots=True)
class _Host:
    """The host element that is being read."""

    address: IPAddress | None = None
    up: bool = True
    filtered: int = 0
    open: dict[int, ReportedPort] = field(default_factory=dict)
    states: bytearray = field(default_factory=lambda: bytearray(LAST_PORT + 1))
    port: int = 0
    state: str = ""
    reason: str = ""
    service: ReportedPort | None = None
    summed: str = ""

    def take_port(self) -> None:
        """Keep the port element that has just ended."""
        number, self.port = self.port, 0
        if not number or number in self.open:
            return
        if self.state == "open":
            self.open[number] = self.service or ReportedPort(number)
        elif self.state == "closed":
            self.states[number] = _CLOSED
        elif "filtered" in self.state and self.state != "unfiltered":
            self.filtered += 1
            self.states[number] = _filtered(self.reason)

    def take_summary(self, reason: str, ports: str) -> None:
        """Keep the ports that are told of in one element together."""
        if self.summed not in {"closed", "filtered"} or len(ports) > _NOTATION_LIMIT:
            return
        try:
            told = numbers(ports)
        except ValueError:
            return
        state = _CLOSED if self.summed == "closed" else _filtered(reason)
        for number in told:
            self.states[number] = state

    def with_state(self, state: int) -> str:
        return written(number for number, is_in in enumerate(self.states) if is_in == state)


def _filtered(reason: str) -> int:
    return _SILENT if reason.startswith("no-response") else _REFUSED


class _Said:
    """Told of each element by the parser. nmap gives a host's addresses before its ports."""

    def __init__(self, wanted: frozenset[IPAddress]) -> None:
        self.elements = 0
        self._wanted = wanted
        self._found: dict[IPAddress, Report] = {}
        self._host: _Host | None = None
        self._scanner = "nmap"
        self._complete = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.elements += 1
        if tag == "nmaprun":
            self._scanner = visible(f"nmap {attributes.get('version', '')}".strip(), TEXT_LIMIT)
        elif tag == "finished":
            self._complete = attributes.get("exit", "success") == "success"
        elif tag == "host":
            self._host = _Host()
        elif self._host is not None:
            _note(self._host, tag, attributes, self._wanted)

    def end(self, tag: str) -> None:
        """An element ends."""
        host = self._host
        if tag == "host" and host is not None:
            self._host = None
            if host.address is not None:
                self._found.setdefault(host.address, self._report(host))
        elif tag == "port" and host is not None:
            host.take_port()

    def close(self) -> None:
        """The report ends."""

    def reports(self) -> dict[IPAddress, Report]:
        """Of every address that was asked for."""
        nothing = Report(self._complete, up=False, open=(), filtered=0, scanner=self._scanner)
        return {
            address: _ended(self._found[address], complete=self._complete) if address in self._found else nothing
            for address in self._wanted
        }

    def _report(self, host: _Host) -> Report:
        return Report(
            complete=False,
            up=host.up,
            open=tuple(host.open.values()),
            filtered=host.filtered,
            scanner=self._scanner,
            closed=host.with_state(_CLOSED),
            silent=host.with_state(_SILENT),
            rejected=host.with_state(_REFUSED),
        )


def _ended(report: Report, *, complete: bool) -> Report:
    """The report, now that nmap's own end has been read."""
    return replace(report, complete=complete)


def _note(host: _Host, tag: str, attributes: Mapping[str, str], wanted: frozenset[IPAddress]) -> None:
    if tag == "address":
        host.address = host.address or _among(wanted, attributes.get("addr", ""))
    elif tag == "status":
        host.up = attributes.get("state") != "down"
    elif host.address is None:
        return  # nobody asked about it
    elif tag == "port":
        number = _number(attributes.get("portid", ""))
        host.port = number if attributes.get("protocol") == "tcp" and 1 <= number <= LAST_PORT else 0
        host.state, host.reason, host.service = "", "", None
    elif tag == "state" and host.port:
        host.state, host.reason = attributes.get("state", ""), attributes.get("reason", "")
    elif tag == "service" and host.port:
        host.service = _reported(host.port, attributes)
    elif tag == "extraports":
        host.summed = attributes.get("state", "")
        if host.summed == "filtered":
            host.filtered += _number(attributes.get("count", ""))
    elif tag == "extrareasons" and attributes.get("proto", "tcp") == "tcp":
        host.take_summary(attributes.get("reason", ""), attributes.get("ports", ""))


def _among(wanted: frozenset[IPAddress], text: str) -> IPAddress | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None  # a MAC address
    return address if address in wanted else None


def _reported(number: int, service: Mapping[str, str]) -> ReportedPort:
    if service.get("method") != "probed" or service.get("name", "unknown") in {"unknown", "tcpwrapped"}:
        return ReportedPort(number)
    return ReportedPort(
        number,
        visible(service.get("name", ""), NAME_LIMIT),
        visible(service.get("product", ""), TEXT_LIMIT),
        visible(service.get("version", ""), TEXT_LIMIT),
        service.get("tunnel") == "ssl",
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
