"""NFS: to whom its folders are exported (RFC 1813, and the MOUNT protocol in its appendix I; RFC 7530)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from posture.collect.network import nfs4
from posture.collect.network.conversation import Conversation
from posture.collect.network.onc_rpc import MOUNT, NFS, PORTMAPPER, Call, Outcome, Reply, Xdr, XdrError, call
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.facts.network import Login, Transcript

PORTMAPPER_PORT = 111
MOST = 65_536  # bytes of a list of exports
MOST_EXPORTS, MOST_CLIENTS, MOST_NAMED = 200, 200, 5
_NULL = Call(NFS, 4, 0, "NULL (NFS 4)")
_TCP = 6
_WIDE = {4: 8, 6: 16}  # networks at least as large as this are not a list of hosts


@dataclass(frozen=True, slots=True)
class Export:
    """A folder and the clients that may mount it, in the server's words; none means everyone."""

    folder: str
    clients: tuple[str, ...]

    @property
    def to_everyone(self) -> bool:
        """Whether any address on the internet is among the clients."""
        return not self.clients or any(_is_everyone(client) for client in self.clients)


def confirm(approach: Approach) -> Confirmed:
    """Ask for NFS 4, for the list of exports as `showmount -e` does, and look exports up as user nobody.

    Nothing is mounted: a mount would be written down by the server.
    """
    with replace(approach, most=MOST).open() as talk:
        null = call(talk, _NULL)
        if null.outcome in {Outcome.NO_RPC, Outcome.NO_PROGRAM}:
            return unclear(talk, "asked for NFS", "NFS")
        told, before = _exports(approach)
        login, reason = _judged(talk, null.outcome is Outcome.DONE, told)
        return Confirmed(login, reason, (*talk.transcript[:1], *before, *talk.transcript[1:]))


def _judged(talk: Conversation, version_4: bool, exports: tuple[Export, ...] | None) -> tuple[Login, str]:
    if exports is None:
        return _by_version_4(talk) if version_4 else (Login.UNKNOWN, "it did not tell to whom it exports folders")
    if not exports:
        return Login.REFUSED, "it exports no folder to our address"
    open_to_all = [export.folder for export in exports if export.to_everyone]
    if not open_to_all:
        return Login.REQUIRED, f"exported to listed hosts only: {_named([e.folder for e in exports])}"
    if not version_4:
        return Login.NOT_NEEDED, f"exported to everyone: {_named(open_to_all)}"
    found = {folder: nfs4.status_of(talk, _path(folder)) for folder in open_to_all[:MOST_NAMED]}
    by_kerberos = [folder for folder, status in found.items() if status == nfs4.WRONGSEC]
    if len(by_kerberos) == len(open_to_all):
        return Login.REQUIRED, f"exported to everyone who logs in by Kerberos: {_named(by_kerberos)}"
    return Login.NOT_NEEDED, f"exported to everyone: {_named([f for f in open_to_all if f not in by_kerberos])}"


def _by_version_4(talk: Conversation) -> tuple[Login, str]:
    seen = nfs4.explored(talk)
    if seen.opens:
        return Login.NOT_NEEDED, f"exported to us, whom nobody listed: {seen.opens}"
    if seen.root in {nfs4.PERM, nfs4.ACCES, nfs4.NOENT}:
        return Login.REFUSED, "it exports no folder to our address"
    if seen.root == nfs4.WRONGSEC or seen.kerberos:
        return Login.REQUIRED, "it asks for a login by Kerberos"
    if seen.root == nfs4.OK:
        return Login.UNKNOWN, "it shows its root folder to anyone, and no export was found in it"
    return Login.UNKNOWN, "it did not tell to whom it exports folders"


def _exports(approach: Approach) -> tuple[tuple[Export, ...] | None, tuple[Transcript, ...]]:
    """The list of exports by the portmapper and the mount daemon; None where one of them cannot be asked."""
    transcript: tuple[Transcript, ...] = ()
    try:
        with replace(approach, port=PORTMAPPER_PORT).open() as talk:
            arguments = struct.pack(">IIII", MOUNT, 3, _TCP, 0)
            port = _number(call(talk, Call(PORTMAPPER, 2, 3, "GETPORT mountd 3 tcp", _port_shown), arguments))
            transcript = tuple(talk.transcript)
        if not 0 < port < 65_536:
            return None, transcript
        with replace(approach, port=port, most=MOST).open() as talk:
            reply = call(talk, Call(MOUNT, 3, 5, f"EXPORT (mountd on port {port})", _list_shown))
            transcript += tuple(talk.transcript)
    except OSError:
        return None, transcript
    return (_parsed(reply.results) if reply.outcome is Outcome.DONE else None), transcript


def _number(reply: Reply) -> int:
    return int.from_bytes(reply.results[:4], "big") if reply.outcome is Outcome.DONE else 0


def _parsed(results: bytes) -> tuple[Export, ...] | None:
    """The list; None where it is cut off, as an export that was not read may be open."""
    xdr, exports = Xdr(results), []
    try:
        while xdr.number():
            folder, clients = _text(xdr.opaque()), []
            while xdr.number():
                clients.append(_text(xdr.opaque(255)))
                if len(clients) > MOST_CLIENTS:
                    return None
            exports.append(Export(folder, tuple(clients)))
            if len(exports) > MOST_EXPORTS:
                return None
    except XdrError:
        return None
    return tuple(exports)


def _is_everyone(client: str) -> bool:
    if client in {"*", "(everyone)", "everyone"}:
        return True
    try:
        network = ip_network(client, strict=False)
    except ValueError:
        return False
    return network.prefixlen <= _WIDE[network.version] and not network.is_private


def _path(folder: str) -> nfs4.Path:
    return tuple(part.encode() for part in folder.split("/") if part)[:32]


def _named(folders: Sequence[str]) -> str:
    more = f" and {len(folders) - MOST_NAMED} more" if len(folders) > MOST_NAMED else ""
    return ", ".join(folders[:MOST_NAMED]) + more


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _port_shown(results: bytes) -> str:
    return f"port {int.from_bytes(results[:4], 'big')}"


def _list_shown(results: bytes) -> str:
    exports = _parsed(results)
    if exports is None:
        return "a list that is cut off"
    return "\n".join(f"{e.folder} {' '.join(e.clients[:20]) or '(everyone)'}" for e in exports) or "no exports"


PROTOCOL = Protocol(
    "nfs",
    (2049,),
    "NULL, the portmapper's GETPORT, the mount daemon's EXPORT, and look-ups of NFS 4 as user nobody",
    confirm,
    seconds=10.0,
)
