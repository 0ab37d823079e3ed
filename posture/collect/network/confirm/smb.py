"""SMB: what a client without name and password may do (MS-SMB2, MS-NLMP, MS-SRVS), and whether SMB 1 is on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from posture.collect.network.conversation import Conversation
from posture.collect.network.protocol import Approach, Confirmed, Protocol, unclear
from posture.collect.network.smb import srvsvc, version1
from posture.collect.network.smb.session import NO_ANSWER, SUCCESS, Session
from posture.collect.network.smb.transport import NETBIOS_PORT, netbios_opened
from posture.facts.network import Login, Transcript

MOST = 131_072  # bytes of an exchange
MOST_SHARES = 10
_DENIED = {0xC0000022, 0xC000006D, 0xC000006E, 0xC0000072, 0xC000015B}  # MS-ERREF: for a session that is not given


@dataclass(frozen=True, slots=True)
class _Anonymous:
    """What came of SMB 2: the dialect, empty where it is not spoken, and what strangers may do."""

    dialect: str
    login: Login
    reason: str


def confirm(approach: Approach) -> Confirmed:
    """Negotiate, ask for the null session, list the shares and open the first ones' top folders; then ask for SMB 1."""
    with _opened(approach) as talk:
        if talk is None:
            return Confirmed(Login.UNKNOWN, "it turned the NetBIOS session down", speaks=False)
        seen = _asked(Session(talk, approach.permit.address))
        newer, heard = unclear(talk, "asked for SMB 2", "SMB"), tuple(talk.transcript)
    old, heard_of_old = _version_1(approach)
    transcript, weakness = heard + heard_of_old, "smb1" if old else ""
    if seen is None and old is None:
        return newer
    if seen is None:
        reason = "it speaks SMB 1 only, in which its login was not tried"
        return Confirmed(Login.UNKNOWN, reason, transcript, version="1", weakness=weakness)
    reason = f"{seen.reason}; it accepts SMB 1 as well" if old else seen.reason
    return Confirmed(seen.login, reason, transcript, version=seen.dialect, weakness=weakness)


@contextmanager
def _opened(approach: Approach) -> Iterator[Conversation | None]:
    with replace(approach, most=MOST).open() as talk:
        yield talk if approach.port != NETBIOS_PORT or netbios_opened(talk) else None


def _version_1(approach: Approach) -> tuple[bool | None, tuple[Transcript, ...]]:
    try:
        with _opened(approach) as talk:
            return (version1.accepted(talk), tuple(talk.transcript)) if talk else (None, ())
    except OSError:
        return None, ()


def _asked(session: Session) -> _Anonymous | None:
    chosen = session.negotiate()
    if chosen is None:
        return None
    dialect = f"{chosen.dialect >> 8:x}.{chosen.dialect >> 4 & 15:x}.{chosen.dialect & 15:x}".removesuffix(".0")
    login, reason = _judged(session)
    signing = "signing is required" if chosen.signing_required else "signing is not required"
    return _Anonymous(dialect, login, f"{reason} ({signing})")


def _judged(session: Session) -> tuple[Login, str]:
    """A login is needed where there is no anonymous session: in one, a share that is not listed may open as well."""
    status = session.anonymous()
    if status in _DENIED:
        return Login.REQUIRED, "it gives no anonymous session"
    if status != SUCCESS:
        return Login.UNKNOWN, f"asked for an anonymous session, it {_became(session.talk, status)}"
    if session.connect("IPC$") != SUCCESS:
        return Login.UNKNOWN, "it gives anonymous sessions and does not list its shares to them; none was tried by name"
    found = srvsvc.listed(session)
    if found is None:
        return Login.UNKNOWN, "it gives anonymous sessions and does not list its shares to them; none was tried by name"
    shares, complete = found
    disks = [share.name for share in shares if share.kind == srvsvc.DISK]
    opened, unheard = _opened_shares(session, disks[:MOST_SHARES])
    if opened:
        return Login.NOT_NEEDED, f"shares that open without a login: {', '.join(opened)}"
    if unheard or not complete or len(disks) > MOST_SHARES:
        return Login.UNKNOWN, "it gives anonymous sessions, and not every share could be tried"
    shut = f"no listed share opens in them ({', '.join(disks)})" if disks else "lists no share to them"
    return Login.UNKNOWN, f"it gives anonymous sessions, and {shut}; shares that are not listed were not tried"


def _opened_shares(session: Session, names: list[str]) -> tuple[list[str], bool]:
    """The shares that open, and whether one gave no answer."""
    opened = []
    for name in names:
        status = session.connect(name)
        if status == SUCCESS:
            status = session.open_root(name)
        if status == SUCCESS:
            opened.append(name)
        elif status == NO_ANSWER:
            return opened, True
    return opened, False


def _became(talk: Conversation, status: int) -> str:
    return talk.ended() if status == NO_ANSWER else f"answered with status {status:#x}"


PROTOCOL = Protocol(
    "microsoft-ds",
    (445, NETBIOS_PORT),
    f"an anonymous session (no name, no password), the list of shares, the top folders of the first {MOST_SHARES} "
    "opened and not listed; then SMB 1's negotiation",
    confirm,
    aliases=("netbios-ssn", "smb"),
    seconds=15.0,  # some twenty round trips
)
