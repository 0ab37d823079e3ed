"""The portmapper: whether it lists the RPC programs of the host to anyone (RFC 1833, 3.2)."""

from __future__ import annotations

from posture.collect.network.onc_rpc import PORTMAPPER, Call, Outcome, Xdr, XdrError, call
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login

_NAMES = {
    100000: "portmapper", 100003: "nfs", 100004: "ypserv", 100005: "mountd", 100007: "ypbind", 100011: "rquotad",
    100021: "nlockmgr", 100024: "status", 100227: "nfs_acl", 100068: "cmsd", 100083: "ttdbserver",
}  # fmt: skip
MOST_PROGRAMS = 200


def confirm(approach: Approach) -> Confirmed:
    """Ask for the list of programs."""
    with approach.open() as talk:
        reply = call(talk, Call(PORTMAPPER, 2, 4, "DUMP (portmapper 2)", _listed))
        if reply.outcome in {Outcome.NO_RPC, Outcome.NO_PROGRAM}:
            return unclear(talk, "asked for its programs", "RPC")
        if reply.outcome is Outcome.DONE:
            return Confirmed(Login.NOT_NEEDED, "it lists its programs to anyone", tuple(talk.transcript))
        if reply.outcome is Outcome.OTHER_VERSION:
            return Confirmed(Login.UNKNOWN, "it does not speak version 2, which was asked for", tuple(talk.transcript))
        return Confirmed(Login.REFUSED, f"asked for its programs, {reply.outcome.value}", tuple(talk.transcript))


def _listed(results: bytes) -> str:
    """The programs in words: ``nfs 3 tcp 2049``."""
    xdr = Xdr(results)
    lines: list[str] = []
    try:
        while xdr.number() and len(lines) < MOST_PROGRAMS:
            program, version, transport, port = (xdr.number() for _ in range(4))
            way = {6: "tcp", 17: "udp"}.get(transport, str(transport))
            lines.append(f"{_NAMES.get(program, program)} {version} {way} {port}")
    except XdrError:
        lines.append("the list is cut off")
    return "\n".join(lines) or "no programs"


PROTOCOL = Protocol("rpcbind", (111,), "DUMP: the list of its programs", confirm, aliases=("sunrpc", "portmapper"))
