"""Resolvers and zones that mean harm: every question ends, soon, with an answer to it or with a reason."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from posture.collect.dns import lookup as module
from posture.collect.dns.lookup import Lookup, LookupFailed, State
from posture.collect.dns.resolvers import NoResolver, ResolverAddress, named_resolvers
from posture.collect.dns.standing import IN_A_ROW
from posture.collect.scope import NotAuthorized, ScopeGate
from posture.facts.email.zone import Security
from posture.model.action import Action
from posture.model.customer import Authorization, AuthorizationMethod, Customer

NOW = datetime.now(UTC)
NAME = "bakery.example"
Answering = Callable[[dns.message.Message, bool], list[bytes]]
"""A question, and whether it came over TCP -> what is sent back, piece by piece."""


@dataclass
class Log:
    actions: list[Action] = field(default_factory=list)

    def record(self, action: Action) -> None:
        self.actions.append(action)


@dataclass
class Server:
    """A resolver on UDP and TCP that answers as the test says, and remembers what it was asked."""

    answering: Answering
    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    drip: float = 0.0
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def address(self, *, trusted: bool = True) -> ResolverAddress:
        return ResolverAddress("127.0.0.1", self.port, trusted)

    def answers(self, wire: bytes, tcp: bool) -> list[bytes]:
        question = dns.message.from_wire(wire)
        one = question.question[0]
        kind = dns.rdatatype.to_text(one.rdtype)
        self.asked.append((one.name.to_text(omit_final_dot=True), kind, bool(question.flags & dns.flags.CD)))
        return self.answering(question, tcp)

    def udp(self, here: socket.socket) -> None:
        while not self.over.is_set():
            with suppress(OSError):
                wire, who = here.recvfrom(4096)
                for piece in self.answers(wire, False):
                    here.sendto(piece, who)

    def tcp(self, here: socket.socket) -> None:
        while not self.over.is_set():
            with suppress(OSError):
                one, _ = here.accept()
                with one:
                    one.settimeout(5)
                    wire = one.recv(4096)
                    for piece in self.answers(wire[2:], True):
                        one.sendall(piece)
                        self.over.wait(self.drip)


@contextmanager
def serving(answering: Answering, drip: float = 0.0) -> Iterator[Server]:
    server = Server(answering, drip=drip)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        server.port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", server.port))
        for one in (tcp, udp):
            one.settimeout(0.1)
        threads = [threading.Thread(target=serve, args=(at,)) for serve, at in ((server.udp, udp), (server.tcp, tcp))]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            server.over.set()
            for thread in threads:
                thread.join()


def looking(*resolvers: ResolverAddress, seconds: float = 60.0, most: int = 600, log: Log | None = None) -> Lookup:
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW - timedelta(1), NOW + timedelta(1))
    gate = ScopeGate(Customer("bakery", "Bakery", grant), "run-1", lambda: datetime.now(UTC), log or Log())
    end = time.monotonic() + seconds
    permit = gate.permit_service(NAME, "ask the DNS")
    return Lookup(gate, permit, resolvers, lambda: end - time.monotonic(), most)


def reply(question: dns.message.Message, *records: str, **changes: int) -> dns.message.Message:
    """The answer with these records, each ``name type value``."""
    response = dns.message.make_response(question)
    response.flags |= dns.flags.RA
    for text in records:
        name, kind, value = text.split(" ", 2)
        response.answer.append(dns.rrset.from_text(name, 300, "IN", kind, value))
    if "rcode" in changes:
        response.set_rcode(dns.rcode.Rcode(changes["rcode"]))
    return response


def framed(wire: bytes) -> bytes:
    return struct.pack("!H", len(wire)) + wire


def always(make: Callable[[dns.message.Message], bytes]) -> Answering:
    return lambda question, tcp: [framed(make(question)) if tcp else make(question)]


def good(question: dns.message.Message) -> bytes:
    return reply(question, f"{question.question[0].name} A 198.51.100.2").to_wire()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less of it than outside tests."""
    monkeypatch.setattr(module, "SECONDS", 0.4)


def chain(length: int, *, loop: bool = False) -> Callable[[dns.message.Message], bytes]:
    def make(question: dns.message.Message) -> bytes:
        names = [str(question.question[0].name), *(f"n{number}.{NAME}." for number in range(length))]
        if loop:
            names.append(names[0])
        links = [f"{name} CNAME {target}" for name, target in pairwise(names)]
        return reply(question, *links, *(() if loop else (f"{names[-1]} A 198.51.100.2",))).to_wire()

    return make


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (chain(3, loop=True), "cannot be followed"),
        (chain(40), "cannot be followed"),
        (lambda q: reply(q, f"{NAME}. A 198.51.100.2", rcode=dns.rcode.NXDOMAIN).to_wire(), "cannot be followed"),
        (lambda q: reply(q, rcode=dns.rcode.REFUSED).to_wire(), "REFUSED"),
        (lambda q: reply(q, rcode=dns.rcode.YXDOMAIN).to_wire(), "YXDOMAIN"),
        (lambda q: b"\xff" * 500, "no answer"),
        (lambda q: b"", "no answer"),
        (lambda q: reply(q).to_wire()[:-3], "no answer"),
        (lambda q: struct.pack("!H", q.id ^ 1) + good(q)[2:], "no answer"),
        (lambda q: good(dns.message.make_query("other.example", "A", id=q.id)), "no answer"),
        (lambda q: good(dns.message.make_query(NAME, "MX", id=q.id)), "no answer"),
        (lambda q: good(dns.message.make_query(NAME, "A", rdclass="CH", id=q.id)), "no answer"),
        (lambda q: q.to_wire(), "no answer"),
    ],
    ids=["loop", "long chain", "yes and no", "refused", "odd code", "rubbish", "nothing", "cut", "another id",
         "another name", "another type", "another class", "no response"],
)  # fmt: skip
@pytest.mark.usefixtures("patience")
def test_what_is_no_answer_is_a_failure_with_its_reason(make: Callable[[dns.message.Message], bytes], says: str):
    """Never "there is no such record"."""
    with serving(always(make)) as server:
        asking = looking(server.address())
        answer = asking.ask(NAME, "A")
    assert (answer.state, answer.records) == (State.FAILED, ())
    assert says in answer.failed
    with pytest.raises(LookupFailed, match=NAME):
        asking.found(NAME, "A")


def test_records_of_other_names_types_and_classes_are_left_alone():
    """Only what stands at the name asked for, or where its CNAMEs lead, is the answer."""

    def make(question: dns.message.Message) -> bytes:
        response = reply(question, "other.example. A 10.0.0.1", f"{NAME}. TXT poison", f"www.{NAME}. A 10.0.0.2")
        response.answer.append(dns.rrset.from_text(f"{NAME}.", 300, "CH", "TXT", "poison"))
        response.additional.append(dns.rrset.from_text(f"{NAME}.", 300, "IN", "A", "10.0.0.3"))
        return response.to_wire()

    with serving(always(make)) as server:
        assert looking(server.address()).ask(NAME, "A").state is State.NO_DATA


def test_a_true_answer_is_heard_behind_forged_ones():
    """Wrong ids, other questions and rubbish before it are what somebody else sent."""

    def answering(question: dns.message.Message, tcp: bool) -> list[bytes]:
        forged = reply(question, f"{NAME}. A 10.0.0.1").to_wire()
        guesses = [struct.pack("!H", question.id ^ (number + 1)) + forged[2:] for number in range(20)]
        return [*guesses, b"\0", good(dns.message.make_query("o.example", "A", id=question.id)), good(question)]

    with serving(answering) as server:
        (record,) = looking(server.address()).ask(NAME, "A").records
    assert record.address == "198.51.100.2"


@pytest.mark.usefixtures("patience")
def test_a_flood_of_forged_answers_ends():
    """However many come, and however fast."""

    def flood(question: dns.message.Message, tcp: bool) -> list[bytes]:
        return [struct.pack("!H", question.id ^ 1) + good(question)[2:]] * 500

    begun = time.monotonic()
    with serving(flood) as server:
        assert looking(server.address()).ask(NAME, "A").state is State.FAILED
    assert time.monotonic() - begun < 5


def test_long_texts_come_whole_over_tcp():
    """60 KB of TXT do not fit a datagram: the cut answer is asked for again."""
    text = '"' + '" "'.join(["x" * 250] * 240) + '"'

    def answering(question: dns.message.Message, tcp: bool) -> list[bytes]:
        response = reply(question, *((f"{NAME}. TXT {text}",) if tcp else ()))
        if not tcp:
            response.flags |= dns.flags.TC
        return [framed(response.to_wire(max_size=65_535))] if tcp else [response.to_wire()]

    with serving(answering) as server:
        (found,) = looking(server.address()).ask(NAME, "TXT").texts
    assert len(found) == 240 * 250


@pytest.mark.parametrize("again", ["drips", "closes", "is cut too"])
@pytest.mark.usefixtures("patience")
def test_a_cut_answer_that_does_not_come_whole_is_none(again: str):
    """A byte a while, a connection that ends in the middle, and a second cut answer are failures, in time."""

    def answering(question: dns.message.Message, tcp: bool) -> list[bytes]:
        response = reply(question, f"{NAME}. TXT half")
        response.flags |= dns.flags.TC
        whole = framed(response.to_wire())
        if not tcp:
            return [response.to_wire()]
        return {"drips": [whole[at : at + 1] for at in range(len(whole))], "closes": [whole[:9]]}.get(again, [whole])

    begun = time.monotonic()
    with serving(answering, drip=0.1 if again == "drips" else 0.0) as server:
        assert looking(server.address()).ask(NAME, "TXT").state is State.FAILED
    assert time.monotonic() - begun < 8


def test_thousands_of_records_are_not_read_in_part():
    """A part of them could lack the one that counts."""

    def answering(question: dns.message.Message, tcp: bool) -> list[bytes]:
        response = reply(question)
        if not tcp:
            response.flags |= dns.flags.TC
            return [response.to_wire()]
        values = [f"10.0.{number >> 8}.{number & 255}" for number in range(3000)]
        response.answer.append(dns.rrset.from_text_list(f"{NAME}.", 300, "IN", "A", values))
        return [framed(response.to_wire(max_size=65_535))]

    with serving(answering) as server:
        answer = looking(server.address()).ask(NAME, "A")
    assert (answer.state, answer.records) == (State.FAILED, ())
    assert "3000 records" in answer.failed


@pytest.mark.parametrize(
    "name", ["bücher.example", "a" * 64 + ".example", "a..example", ".".join(["abcdefgh"] * 40), "\\999.example"]
)
def test_what_is_no_name_is_never_sent(name: str):
    """A name in other letters, too long, or with an empty label."""
    with serving(always(good)) as server:
        assert looking(server.address()).ask(name, "A").state is State.FAILED
    assert server.asked == []


def test_names_with_odd_bytes_stay_words():
    """A NUL, a line break, an escape sequence, a dot inside a label come back as visible escapes, and can be asked."""
    odd = b"\x00\n\x1b[2J.\xff"

    def make(question: dns.message.Message) -> bytes:
        target = dns.name.Name([odd, b"example", b""])
        return reply(question, f"{NAME}. MX 10 {target}").to_wire()

    with serving(always(make)) as server:
        asking = looking(server.address(trusted=False))
        (record,) = asking.ask(NAME, "MX").records
        named = record.exchange.to_text(omit_final_dot=True)
        assert named.isascii()
        assert named.isprintable()
        asking.ask(named, "A")
        asking.ask(f"a\x00b\nc.{NAME}", "A")
    assert [name for name, _, _ in server.asked] == [NAME, named.lower(), f"a\\000b\\010c.{NAME}"]


def test_the_next_resolver_is_asked_where_the_first_refuses():
    """The answer is the second's, and what DNSSEC says counts by whose it is."""

    def signed(question: dns.message.Message) -> bytes:
        response = reply(question, f"{question.question[0].name} A 198.51.100.2")
        response.flags |= dns.flags.AD
        return response.to_wire()

    with (
        serving(always(lambda q: reply(q, rcode=dns.rcode.REFUSED).to_wire())) as first,
        serving(always(signed)) as second,
    ):
        assert looking(first.address(), second.address()).ask(NAME, "A").security is Security.SECURE
        assert looking(first.address(), second.address(trusted=False)).ask(NAME, "A").security is Security.UNKNOWN


@pytest.mark.parametrize(("validates", "security"), [(True, Security.INSECURE), (False, Security.UNKNOWN)])
def test_unsigned_is_said_by_who_validates_only(validates: bool, security: Security):
    """A resolver that says of nothing that it is signed, not even of the root, does not look."""

    def make(question: dns.message.Message) -> bytes:
        response = reply(question)
        if validates and str(question.question[0].name) == ".":
            response.flags |= dns.flags.AD
        return response.to_wire()

    with serving(always(make)) as server:
        asking = looking(server.address())
        assert asking.ask(NAME, "A").security is security
        assert asking.ask(NAME, "MX").security is security
    assert [name for name, _, _ in server.asked].count(".") == 1


def failing(question: dns.message.Message, *, root: bool = False, once: bool = False) -> bytes:
    """SERVFAIL unless signatures are not to be checked, with the reason."""
    unchecked = question.flags & dns.flags.CD or (str(question.question[0].name) == "." and not root)
    response = reply(question, rcode=dns.rcode.NOERROR if unchecked else dns.rcode.SERVFAIL)
    if not unchecked:
        response.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.SIGNATURE_EXPIRED, "expired\x1b[2J")])
    return response.to_wire()


def test_signatures_that_do_not_hold_are_told_from_a_fault():
    """With the resolver's own reason (RFC 8914), made harmless; where its word does not count, it is a fault."""
    with serving(always(failing)) as server:
        answer = looking(server.address()).ask(NAME, "A")
        unbelieved = looking(server.address(trusted=False)).ask(NAME, "A")
    assert (answer.state, answer.security) == (State.FAILED, Security.BOGUS)
    assert "Signature Expired" in answer.failed
    assert answer.failed.isprintable()
    assert (unbelieved.state, unbelieved.security) == (State.FAILED, Security.UNKNOWN)


def test_a_resolver_to_which_all_signatures_are_bad_accuses_nobody():
    """Its clock is wrong, or its trust anchor."""
    with serving(always(lambda question: failing(question, root=True))) as server:
        answer = looking(server.address()).ask(NAME, "A")
    assert (answer.state, answer.security) == (State.FAILED, Security.UNKNOWN)
    assert "clock" in answer.failed


def test_what_a_resolver_blocks_is_not_gone():
    """NXDOMAIN by a filter (RFC 8914, 4.16) is no word of the domain's."""

    def make(question: dns.message.Message) -> bytes:
        response = reply(question, rcode=dns.rcode.NXDOMAIN)
        response.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.BLOCKED, "list 7")])
        return response.to_wire()

    with serving(always(make)) as server:
        answer = looking(server.address()).ask(NAME, "A")
    assert answer.state is State.FAILED
    assert "Blocked" in answer.failed


def test_threads_that_ask_the_same_send_it_once():
    """And each has the answer."""
    with serving(always(good)) as server:
        asking = looking(server.address(trusted=False))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda name: asking.ask(name, "A"), [NAME, f"{NAME}.", NAME.upper()] * 8))
    assert {answer.state for answer in answers} == {State.FOUND}
    assert server.asked == [(NAME, "A", False)]


@pytest.mark.usefixtures("patience")
def test_a_silent_resolver_is_given_up():
    """300 questions to nobody end in seconds: after some without an answer, and none for the root, it is left alone."""
    with serving(lambda question, tcp: []) as server:
        asking = looking(server.address())
        begun = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: asking.ask(f"n{number}.{NAME}", "A"), range(300)))
    assert {answer.state for answer in answers} == {State.FAILED}
    assert time.monotonic() - begun < 10
    assert len(server.asked) < 8 * IN_A_ROW
    assert "not asked any more" in answers[-1].failed


@pytest.mark.usefixtures("patience")
def test_a_resolver_that_waits_for_a_dead_zone_is_not_given_up():
    """It answers for the root and for other names; the dead names are failures of their own."""

    def answering(question: dns.message.Message, tcp: bool) -> list[bytes]:
        return [] if "dead" in str(question.question[0].name) else [good(question)]

    with serving(answering) as server:
        asking = looking(server.address(trusted=False))
        for number in range(IN_A_ROW):
            assert asking.ask(f"dead{number}.example", "A").state is State.FAILED
        assert asking.ask(NAME, "A").state is State.FOUND


@pytest.mark.usefixtures("patience")
def test_the_time_of_the_look_ends_all_questions():
    """Whatever is still open."""
    with serving(lambda question, tcp: []) as server:
        asking = looking(server.address(), seconds=0.5)
        begun = time.monotonic()
        answers = [asking.ask(f"n{number}.{NAME}", "A") for number in range(5)]
    assert time.monotonic() - begun < 2
    assert answers[-1].failed == "the time was over"


def test_a_look_asks_so_many_questions_and_no_more():
    """A zone cannot make us ask without end."""
    with serving(always(good)) as server:
        asking = looking(server.address(trusted=False), most=3)
        answers = [asking.ask(f"n{number}.{NAME}", "A") for number in range(5)]
    assert [answer.state for answer in answers] == [State.FOUND] * 3 + [State.FAILED] * 2
    assert len(server.asked) == 3


def test_nothing_is_asked_once_the_authorization_has_ended():
    """Each exchange is under the permit."""
    with serving(always(good)) as server:
        asking = looking(server.address())
        asking.ask(NAME, "A")
        before = len(server.asked)
        asking.gate.clock = lambda: NOW + timedelta(2)
        for _ in range(2):
            with pytest.raises(NotAuthorized):
                asking.ask(f"www.{NAME}", "A")
    assert len(server.asked) == before


def test_the_log_tells_what_was_asked_of_whom():
    """In one line, with how many had no answer."""
    log = Log()
    with serving(always(good)) as server:
        asking = looking(server.address(), log=log)
        asking.ask(NAME, "A")
        asking.ask("a..b", "A")
        asking.close()
    (action,) = log.actions
    assert f"127.0.0.1#{server.port}" in action.what
    assert action.result == "1 answered, 1 without an answer"


@pytest.mark.parametrize(
    "named",
    ["ns.example", "127.0.0.1#", "127.0.0.1#0", "127.0.0.1#65536", "127.0.0.1#5_3", "127.0.0.1,", ",", "\x1b[2J"],
)
def test_a_resolver_that_is_no_address_is_refused(named: str):
    """With what to write instead."""
    with pytest.raises(NoResolver, match="write an address") as refusal:
        named_resolvers(named)
    assert str(refusal.value).isprintable()


def test_resolvers_are_named_by_address_and_port():
    """Each once, in their order."""
    named = named_resolvers("127.0.0.1#5353, ::1,127.0.0.1#5353")
    assert list(map(str, named)) == ["127.0.0.1#5353", "::1"]
    assert all(one.trusted for one in named)
