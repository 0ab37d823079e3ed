"""The list of shares by the server service (MS-SRVS, 3.1.4.8) over DCE/RPC (C706, chapter 12)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

from posture.collect.network.smb.session import BUFFER_OVERFLOW, SUCCESS, Session

_SRVSVC = UUID("4b324fc8-1670-01d3-1278-5a47bf6ee188").bytes_le + struct.pack("<HH", 3, 0)
_NDR = UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<HH", 2, 0)
_REQUEST, _RESPONSE, _BIND, _BIND_ACK = 0, 2, 11, 12
_SHARE_ENUM = 15
_RESPONSE_HEADER = 24
MOST_SHARES = 200
DISK = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its kind (0 a disk, 1 a printer, 3 for programs)."""

    name: str
    kind: int


def listed(session: Session) -> tuple[tuple[Share, ...], bool] | None:
    """The shares and whether these are all; None when an anonymous client is not told. IPC$ must be connected."""
    status, pipe = session.open_pipe("srvsvc")
    if status != SUCCESS:
        return None
    bind = struct.pack("<HHIBBHHBB", 4280, 4280, 0, 1, 0, 0, 0, 1, 0) + _SRVSVC + _NDR
    status, answer = session.transceive(pipe, _packet(_BIND, bind), "bind to the server service")
    if status != SUCCESS or answer[2:3] != bytes([_BIND_ACK]):
        return None
    request = struct.pack("<IHH", 0, 0, _SHARE_ENUM) + _arguments()
    status, answer = session.transceive(pipe, _packet(_REQUEST, request), "list the shares")
    if status not in {SUCCESS, BUFFER_OVERFLOW} or answer[2:3] != bytes([_RESPONSE]):
        return None
    whole = status == SUCCESS and bool(answer[3] & 2)  # the last fragment
    return _parsed(answer[_RESPONSE_HEADER:], whole)


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, 1) + body


def _arguments() -> bytes:
    """NetrShareEnum: any server name, level 1, an empty list to fill, no limit, no place to go on from."""
    name = "\\\\*\0".encode("utf-16-le")
    text = struct.pack("<IIII", 0x20000, len(name) // 2, 0, len(name) // 2) + name
    return text + bytes(-len(text) % 4) + struct.pack("<IIIIIII", 1, 1, 0x20004, 0, 0, 0xFFFF_FFFF, 0)


def _parsed(stub: bytes, whole: bool) -> tuple[tuple[Share, ...], bool] | None:
    """The entries, then their names and remarks (NDR: what a pointer stands for comes after the list)."""
    try:
        count, _, most = struct.unpack_from("<III", stub, 12)
        if count == 0:
            return (), whole
        if count > MOST_SHARES or most != count:
            return None
        kinds = [struct.unpack_from("<III", stub, 24 + 12 * number)[1] for number in range(count)]
    except struct.error:
        return None
    shares, at = [], 24 + 12 * count
    for kind in kinds:
        try:
            name, at = _text(stub, at)
            shares.append(Share(name, kind & 0x0FFF_FFFF))
            _, at = _text(stub, at)
        except (struct.error, ValueError):
            return tuple(shares), False
    return tuple(shares), whole


def _text(stub: bytes, at: int) -> tuple[str, int]:
    """A string with its three counts, and where the next one begins.

    Raises:
        ValueError: its length is out of bounds.
    """
    _, _, length = struct.unpack_from("<III", stub, at)
    end = at + 12 + 2 * length
    if length > 1024 or end > len(stub):
        raise ValueError
    return stub[at + 12 : end].decode("utf-16-le", "replace").rstrip("\0"), end + -end % 4
