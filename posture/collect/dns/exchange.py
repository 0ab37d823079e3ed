"""One question to one resolver and its answer, bounded whatever comes back.

Over UDP what is no answer to the question (other id, other question, another sender) is not heard, as RFC 5452, 9.1
asks; an answer that does not fit comes over TCP, in full or not at all.
"""

from __future__ import annotations

import socket
import time
from typing import cast

import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.query

from posture.collect.dns.resolvers import ResolverAddress

PAYLOAD = 1232  # bytes over UDP (dnsflagday.net/2020)
MOST_STRAYS = 50  # datagrams that are no answer, before the exchange is given up


class NoAnswer(Exception):
    """Nothing that answers the question came, or nothing in time. The message says how it ended."""


def question_of(name: str, kind: str, *, unchecked: bool = False) -> dns.message.QueryMessage:
    """The question, with signatures asked for (DO) and the resolver's word on them (AD: RFC 6840, 5.7).

    Args:
        name: in ASCII, with dnspython's escapes; absolute with or without a dot.
        kind: record type.
        unchecked: the resolver shall not validate (CD: RFC 4035, 3.2.2).

    Raises:
        DNSException, ValueError: there is no such name or type.
    """
    question = dns.message.make_query(name, kind, use_edns=0, want_dnssec=True, payload=PAYLOAD)
    question.flags |= dns.flags.CD if unchecked else dns.flags.AD
    return question


def exchange(question: dns.message.QueryMessage, resolver: ResolverAddress, seconds: float) -> dns.message.QueryMessage:
    """Ask over UDP, then over TCP where the answer was cut.

    Raises:
        NoAnswer: there is none; it took no longer than `seconds`.
    """
    end = time.monotonic() + seconds
    try:
        answer = _over_udp(question, resolver, end)
        if answer is None:
            answer = _over_tcp(question, resolver, end)
    except TimeoutError as error:
        raise NoAnswer(f"nothing within {seconds:.0f} s") from error
    except OSError as error:
        raise NoAnswer(error.strerror or "the connection failed") from error
    except (dns.exception.DNSException, ValueError) as error:
        raise NoAnswer("the answer cannot be read") from error
    return answer


def _over_udp(
    question: dns.message.QueryMessage, resolver: ResolverAddress, end: float
) -> dns.message.QueryMessage | None:
    """The answer; None where it was cut."""
    with dns.query.make_socket(dns.inet.af_for_address(resolver.address), socket.SOCK_DGRAM) as asking:
        asking.settimeout(_left(end))
        asking.connect((resolver.address, resolver.port))  # the system then hears this sender alone
        asking.send(question.to_wire())
        for _ in range(MOST_STRAYS):
            asking.settimeout(_left(end))
            try:
                answer = dns.message.from_wire(asking.recv(65_535), ignore_trailing=True, raise_on_truncation=True)
            except dns.message.Truncated as cut:
                if question.is_response(cut.message()):  # type: ignore[no-untyped-call]  # dnspython's
                    return None
                continue
            except (dns.exception.DNSException, ValueError):
                continue  # anybody may send rubbish: the answer may still come
            if question.is_response(answer):
                return cast("dns.message.QueryMessage", answer)
    raise NoAnswer("only datagrams that are no answer to the question")


def _over_tcp(question: dns.message.QueryMessage, resolver: ResolverAddress, end: float) -> dns.message.QueryMessage:
    wire = question.to_wire()
    with dns.query.make_socket(dns.inet.af_for_address(resolver.address), socket.SOCK_STREAM) as asking:
        asking.settimeout(_left(end))
        asking.connect((resolver.address, resolver.port))
        asking.sendall(len(wire).to_bytes(2) + wire)
        length = int.from_bytes(_read(asking, 2, end))
        answer = dns.message.from_wire(_read(asking, length, end), ignore_trailing=True)
    if not question.is_response(answer):
        raise NoAnswer("an answer to another question")
    if answer.flags & dns.flags.TC:
        raise NoAnswer("an answer that is cut")
    return cast("dns.message.QueryMessage", answer)


def _read(asking: socket.SocketType, count: int, end: float) -> bytes:
    """Exactly so many bytes, however slowly they drip.

    Raises:
        TimeoutError: not in time.
        NoAnswer: the resolver closed the connection before.
    """
    read = bytearray()
    while len(read) < count:
        asking.settimeout(_left(end))
        piece = asking.recv(count - len(read))
        if not piece:
            raise NoAnswer("a connection closed in the middle of the answer")
        read += piece
    return bytes(read)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
