"""The requests of SMB 2 that an anonymous client makes (MS-SMB2, 2.2): nothing is read from a file, nothing written."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from posture.collect.network.conversation import Conversation
from posture.collect.network.smb import ntlmssp
from posture.collect.network.smb.transport import framed, frames, is_framed
from posture.model.customer import IPAddress

NEGOTIATE, SESSION_SETUP, TREE_CONNECT, CREATE, IOCTL = 0, 1, 3, 5, 11
SUCCESS, PENDING, MORE_PROCESSING = 0, 0x103, 0xC000_0016
BUFFER_OVERFLOW = 0x8000_0005
NO_ANSWER = -1
_DIALECTS = (0x0202, 0x0210, 0x0300, 0x0302, 0x0311)
_GUID = b"posture-audit\0\0\0"
_HEADER = 64
_IS_ANSWER = 1  # flag SMB2_FLAGS_SERVER_TO_REDIR (MS-SMB2, 2.2.1.2): who sends our words back does not set it
_PIPE_TRANSCEIVE = 0x0011_C017
_LIST, _READ_ATTRIBUTES, _READ_DATA, _WRITE_DATA = 0x1, 0x80, 0x1, 0x2
_STATUS_NAMES = {
    0: "SUCCESS", 0xC0000016: "MORE_PROCESSING_REQUIRED", 0xC0000022: "ACCESS_DENIED", 0xC000006D: "LOGON_FAILURE",
    0xC0000034: "OBJECT_NAME_NOT_FOUND", 0xC00000CC: "BAD_NETWORK_NAME", 0xC000000D: "INVALID_PARAMETER",
    0xC00000BB: "NOT_SUPPORTED", 0xC0000203: "USER_SESSION_DELETED", 0x80000005: "BUFFER_OVERFLOW",
    0xC000006E: "ACCOUNT_RESTRICTION", 0xC0000072: "ACCOUNT_DISABLED",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What a server chose: `dialect` as in 0x0311, and whether it requires messages to be signed."""

    dialect: int
    signing_required: bool


@dataclass(slots=True)
class Session:
    """A conversation in SMB 2 with a server, with its counters and what the server gave so far."""

    talk: Conversation
    server: IPAddress
    message: int = 0
    session: int = 0
    tree: int = 0

    def negotiate(self) -> Negotiated | None:
        """Ask for one of all dialects; None when the other side does not speak SMB 2."""
        dialects = struct.pack(f"<{len(_DIALECTS)}H", *_DIALECTS)
        padding = bytes(-(36 + len(dialects)) % 8)
        context = struct.pack("<HHIHHH", 1, 38, 0, 1, 32, 1) + _GUID * 2  # preauthentication integrity: SHA-512
        at = _HEADER + 36 + len(dialects) + len(padding)
        head = struct.pack("<HHHHI16sIHH", 36, len(_DIALECTS), 1, 0, 0, _GUID, at, 1, 0)
        status, body = self.request(NEGOTIATE, head + dialects + padding + context, "SMB 2 negotiate")
        if status != SUCCESS or len(body) < 6:
            return None
        return Negotiated(int.from_bytes(body[4:6], "little"), bool(body[2] & 2))

    def anonymous(self) -> int:
        """Set up the null session; the status of its last step."""
        status, body = self._authenticated(ntlmssp.NEGOTIATE, "anonymous session, first message")
        if status != MORE_PROCESSING or not ntlmssp.challenged(body):
            return status
        status, _ = self._authenticated(ntlmssp.AUTHENTICATE, "anonymous session, empty name and no password")
        return status

    def connect(self, share: str) -> int:
        """Connect to a share; the status."""
        words = f"\\\\{_unc_host(self.server)}\\{share}".encode("utf-16-le", "replace")
        self.tree = 0
        body = struct.pack("<HHHH", 9, 0, _HEADER + 8, len(words)) + words
        status, _ = self.request(TREE_CONNECT, body, f"connect to the share {share}")
        return status

    def open_root(self, share: str) -> int:
        """Open the share's top folder for listing, and list nothing; the status."""
        status, _ = self._created("", _LIST | _READ_ATTRIBUTES, 1, f"open the top folder of {share}, list nothing")
        return status

    def open_pipe(self, name: str) -> tuple[int, bytes]:
        """Open a named pipe; the status and the file's id."""
        status, body = self._created(name, _READ_DATA | _WRITE_DATA, 0, f"open the pipe {name}")
        return (status, body[64:80]) if status == SUCCESS and len(body) >= 80 else (status or NO_ANSWER, b"")

    def transceive(self, file: bytes, words: bytes, shown: str) -> tuple[int, bytes]:
        """Write to a pipe and read its answer in one; status and answer, which BUFFER_OVERFLOW cuts off."""
        head = struct.pack(
            "<HHI16sIIIIIIII", 57, 0, _PIPE_TRANSCEIVE, file, _HEADER + 56, len(words), 0, 0, 0, 32_768, 1, 0
        )
        status, body = self.request(IOCTL, head + words, shown)
        if status not in {SUCCESS, BUFFER_OVERFLOW} or len(body) < 48:
            return status or NO_ANSWER, b""
        offset, count = struct.unpack_from("<II", body, 32)
        return status, body[max(0, offset - _HEADER) :][:count]

    def request(self, command: int, body: bytes, shown: str) -> tuple[int, bytes]:
        """Make one request; the status of its answer and what follows the header, or NO_ANSWER.

        The session and tree that the answer names are kept for the next request.
        """
        charge = 0 if command == NEGOTIATE else 1
        header = struct.pack(
            "<4sHHIHHIIQIIQ16s", b"\xfeSMB", _HEADER, charge, 0, command, 31, 0, 0, self.message, 0, self.tree,
            self.session, bytes(16),
        )  # fmt: skip
        self.message += 1
        answer = self.talk.ask(framed(header + body), _answered, shown, _told)
        found = _last(answer)
        if found is None or int.from_bytes(found[12:14], "little") != command or not found[16] & _IS_ANSWER:
            return NO_ANSWER, b""
        status = int.from_bytes(found[8:12], "little")
        if command in {SESSION_SETUP, TREE_CONNECT}:
            self.tree, self.session = struct.unpack_from("<IQ", found, 36)
        return status, found[_HEADER:]

    def _authenticated(self, blob: bytes, shown: str) -> tuple[int, bytes]:
        body = struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, _HEADER + 24, len(blob), 0) + blob
        return self.request(SESSION_SETUP, body, shown)

    def _created(self, name: str, access: int, options: int, shown: str) -> tuple[int, bytes]:
        words = name.encode("utf-16-le")
        body = struct.pack(
            "<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, access, 0, 7, 1, options, _HEADER + 56, len(words), 0, 0
        ) + (words or b"\0")
        return self.request(CREATE, body, shown)


def _unc_host(address: IPAddress) -> str:
    """The address as it stands in a UNC path, where colons may not (MS-DTYP, 2.2.57)."""
    return str(address) if address.version == 4 else f"{str(address).replace(':', '-')}.ipv6-literal.net"


def _last(answer: bytes) -> bytes | None:
    """The answer among the frames: an asynchronous one is announced by a frame of its own (MS-SMB2, 3.3.4.2)."""
    whole = [frame for frame in frames(answer) if len(frame) >= _HEADER and frame.startswith(b"\xfeSMB")]
    settled = [frame for frame in whole if int.from_bytes(frame[8:12], "little") != PENDING]
    return settled[0] if settled else None


def _answered(said: bytes) -> bool:
    return not is_framed(said) or any(frame[:4] == b"\xffSMB" for frame in frames(said)) or _last(said) is not None


def _told(answer: bytes) -> bytes:
    """The status in words: the rest of an answer is binary."""
    found = _last(answer)
    if found is None:
        return answer[:64]
    status = int.from_bytes(found[8:12], "little")
    return f"SMB 2, status {_STATUS_NAMES.get(status, hex(status))}".encode()
