"""Real mail servers on a machine of their own: a network namespace, which the auditor reaches over a wire.

Asked from its own machine a mail server trusts the auditor, so that nothing could be told of strangers.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

AUDITOR, SERVER = "192.0.2.10", "198.51.100.2"  # RFC 5737
CLONE_NEWNET = 0x40000000
MASTER = Path("/usr/lib/postfix/sbin/master")
OPENSMTPD = Path(__file__).parents[1] / ".venv" / "unpacked" / "opensmtpd"  # where .ci/setup unpacks Debian's package
_libc = ctypes.CDLL(None, use_errno=True)
_QUEUES = ("incoming", "active", "deferred", "maildrop", "hold", "corrupt")

POSTFIX = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
myhostname = mail.bakery.example
mydestination = mail.bakery.example, bakery.example
mynetworks = 127.0.0.0/8
inet_protocols = ipv4
smtpd_peername_lookup = no
local_recipient_maps = inline:{{postmaster=x}}
disable_vrfy_command = yes
smtpd_tls_cert_file = {folder}/mail.crt
smtpd_tls_key_file = {folder}/mail.key
smtpd_tls_security_level = may
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
default_transport = discard:
local_transport = discard:
postscreen_greet_wait = 3s
smtpd_error_sleep_time = 0
postscreen_greet_action = enforce
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
"""
SERVICES = {  # port -> what one service of the same server does otherwise
    25: "",
    2501: "-o mynetworks=0.0.0.0/0",
    2502: "-o local_recipient_maps=",
    2503: "-o smtpd_tls_security_level=none -o disable_vrfy_command=no "
    "-o smtpd_relay_restrictions=permit_mynetworks,defer_unauth_destination",
    2504: "-o smtpd_tls_wrappermode=yes",
    2505: "-o { smtpd_client_restrictions = check_client_access static:{450 4.2.0 Greylisted, try again} }",
    2506: "-o smtpd_hard_error_limit=2",
    2508: "-o { smtpd_client_restrictions = check_client_access static:{554 5.7.1 Client host rejected: listed} }",
}
MASTER_CF = """{services}
{server}:2509 inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
discard unix - - n - - discard
bounce unix - - n - 0 bounce
verify unix - - n - 1 verify
"""


@dataclass
class MailRoom:
    """Two machines: what is done with `do` is done on the auditor's, what is started runs on the server's."""

    thread: ThreadPoolExecutor
    machine: subprocess.Popen[bytes]
    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def do(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return self.thread.submit(work, *args, **named).result()

    def start(self, *command: object, port: int) -> None:
        """Start a server and wait until it listens."""
        inside = ["nsenter", "-t", str(self.machine.pid), "-n", *map(str, command)]
        with (self.folder / "said").open("ab") as said:
            ends = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said}
            process = subprocess.Popen(inside, start_new_session=True, **ends)
        self.running.append(process)
        end = time.monotonic() + 15
        table = Path(f"/proc/{self.machine.pid}/net/tcp")
        while f":{port:04X} 00000000:0000 0A" not in table.read_text():
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"{command[0]} does not start: {(self.folder / 'said').read_text(errors='replace')[-800:]}")
            time.sleep(0.05)

    def end(self) -> None:
        for process in self.running:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.machine.kill()
        self.machine.wait()
        self.thread.shutdown()


@contextmanager
def mail_room(folder: Path) -> Iterator[MailRoom]:
    """The two machines; skips where no namespaces can be made."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "nsenter", "unshare"))):
        pytest.skip("needs root, ip(8), nsenter and unshare to make network namespaces")
    thread = ThreadPoolExecutor(1)
    try:
        machine = thread.submit(_two_machines).result()
    except (OSError, subprocess.CalledProcessError) as error:
        thread.shutdown()
        pytest.skip(f"no network namespace can be made here: {error!r}")
    room = MailRoom(thread, machine, folder)
    try:
        yield room
    finally:
        room.end()


def _two_machines() -> subprocess.Popen[bytes]:
    if _libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    own = Path("/proc/thread-self/ns/net").readlink()
    machine = subprocess.Popen(["unshare", "-n", "sleep", "1000"], stdin=subprocess.DEVNULL)
    end = time.monotonic() + 5
    while Path(f"/proc/{machine.pid}/ns/net").readlink() == own and time.monotonic() < end:
        time.sleep(0.01)
    there = f"nsenter -t {machine.pid} -n"
    for words in (
        f"ip link add wire type veth peer name wire netns {machine.pid}",
        f"ip address add {AUDITOR}/32 dev wire", "ip link set wire up", "ip link set lo up",
        f"{there} ip address add {SERVER}/32 dev wire", f"{there} ip link set wire up", f"{there} ip link set lo up",
        f"ip route add {SERVER}/32 dev wire", f"{there} ip route add {AUDITOR}/32 dev wire",
    ):  # fmt: skip
        subprocess.run(words.split(), check=True, capture_output=True)
    return machine


EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
RSA = ("-newkey", "rsa:2048")


def make_certificate(folder: Path, key: tuple[str, ...] = EC) -> None:
    """``mail.crt`` and ``mail.key``, for one name."""
    name = "mail.bakery.example"
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-nodes", "-days", "9",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", str(folder / "mail.key"), "-out", str(folder / "mail.crt")],
        check=True, capture_output=True,
    )  # fmt: skip


def start_postfix(room: MailRoom) -> None:
    """One Postfix with a service for each manner of mail server."""
    if not MASTER.exists():
        pytest.skip("postfix is not installed")
    queue, data, config = (room.folder / name for name in ("queue", "data", "config"))
    for made in (queue, data, config, queue / "pid"):
        made.mkdir()
    owner = pwd.getpwnam("postfix").pw_uid
    for name in ("public", "private", "defer", "bounce", *_QUEUES):
        (queue / name).mkdir()
        os.chown(queue / name, owner, -1)
    os.chown(data, owner, -1)
    make_certificate(room.folder)
    services = "\n".join(f"{SERVER}:{port} inet n - n - - smtpd {more}" for port, more in SERVICES.items())
    (config / "main.cf").write_text(POSTFIX.format(folder=room.folder))
    (config / "master.cf").write_text(MASTER_CF.format(services=services, server=SERVER))
    room.start(MASTER, "-d", "-c", config, port=25)


def queued(room: MailRoom) -> list[Path]:
    """The messages that Postfix has taken; what a session has not sent to its end is none."""
    files = (file for name in _QUEUES for file in (room.folder / "queue" / name).rglob("*"))
    return [file for file in files if _is_taken(file)]


def _is_taken(file: Path) -> bool:
    """Postfix's cleanup(8) makes a queue file executable when the whole message is in it."""
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:  # the session ended just now
        return False
    return stat.S_ISREG(mode) and bool(mode & stat.S_IXUSR)


SMTPD_CONF = """pki mail cert "{folder}/mail.crt"
pki mail key "{folder}/mail.key"
table known {{ "postmaster@bakery.example" }}
listen on {server} port 3501 hostname mail.bakery.example tag GOOD
listen on {server} port 3502 hostname mail.bakery.example tag OPEN
listen on {server} port 3503 hostname mail.bakery.example tag ALL
listen on {server} port 3504 tls pki mail hostname mail.bakery.example tag GOOD
action "keep" maildir "{folder}/nowhere" virtual {{ "@" = nobody }}
action "carry" relay
match tag GOOD from any for domain "bakery.example" rcpt-to <known> action "keep"
match tag OPEN from any for any action "carry"
match tag ALL from any for domain "bakery.example" action "keep"
"""
# smtpd looks for its users, its spool and its programs where Debian compiled them in.
_INSIDE = """set -e
mount --make-rprivate /
cp /etc/passwd {folder}/passwd
cp /etc/group {folder}/group
for name in opensmtpd:64101 opensmtpq:64102; do
    echo "${{name%:*}}:x:${{name#*:}}:${{name#*:}}::/var/lib/opensmtpd/empty:/usr/sbin/nologin" >> {folder}/passwd
    echo "${{name%:*}}:x:${{name#*:}}:" >> {folder}/group
done
mount --bind {folder}/passwd /etc/passwd
mount --bind {folder}/group /etc/group
for place in /var/lib /var/spool /run; do
    mount -t tmpfs -o mode=755 none $place
done
mkdir -p /var/lib/opensmtpd/empty
exec {program} -d -f {folder}/smtpd.conf
"""


def start_opensmtpd(room: MailRoom) -> None:
    """Four listeners: a sound one, an open relay, one that takes every name, and one with TLS.

    Debian 12's (6.8 with OpenSSL 3) offers STARTTLS and then ends every handshake with an internal error.
    """
    program = OPENSMTPD / "usr" / "sbin" / "smtpd"
    if not program.exists():
        pytest.skip("opensmtpd is not unpacked: .ci/setup test does it, as the package cannot stand beside postfix")
    make_certificate(room.folder, RSA)
    config = room.folder / "smtpd.conf"
    config.write_text(SMTPD_CONF.format(folder=room.folder, server=SERVER))
    config.chmod(0o644)
    script = room.folder / "inside.sh"
    script.write_text(_INSIDE.format(folder=room.folder, program=program))
    room.start("unshare", "-m", "sh", script, port=3501)
