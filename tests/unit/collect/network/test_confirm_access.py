"""File shares, displays and mail: each confirmation against the open server and its protected twin."""

import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from posture.collect.network.confirm import named
from posture.collect.network.protocol import Approach, Confirmed
from posture.facts.network import Login

EMULATED = Path(__file__).parents[3] / "lab" / "servers_access.py"
HERE, ELSEWHERE, CLIENT = "127.0.0.1", "198.51.100.20", "198.51.100.21"
EXPORT = """NFS_CORE_PARAM {{ Protocols = {protocols}; MNT_Port = 20048; mount_path_pseudo = true; NFS_Port = 2049; }}
NFSV4 {{ Grace_Period = 1; Lease_Lifetime = 1; RecoveryBackend = fs; RecoveryRoot = {folder}/recovery; }}
EXPORT {{ Export_Id = 1; Path = {folder}/shared; Pseudo = /srv/share; Access_Type = RW; SecType = {security};
  FSAL {{ Name = VFS; }} }}
"""
SAMBA = """[global]
server role = standalone server
map to guest = Bad User
private dir = {own}
lock directory = {own}
state directory = {own}
cache directory = {own}
pid directory = {own}
ncalrpc dir = {own}/nc
log file = {own}/log
disable spoolss = yes
load printers = no
smb ports = {port}
server min protocol = {oldest}
{more}
[public]
path = {folder}/shared
guest ok = {guest}
[locked]
path = {folder}/shared
"""
ALONE = ("unshare", "-p", "--fork", "--kill-child")  # a PID namespace, as helpers leave the process group
WITH_CHAP = (
    "-o bind -m target --tid 1 -I ALL; -o new -m account --user joe --password secretsecret; "
    "-o bind -m account --tid 1 --user joe"
)
DOVECOT = """base_dir = {own}
state_dir = {own}
log_path = {own}/log
protocols = imap pop3
ssl = {ssl}
ssl_cert = <{folder}/server.crt
ssl_key = <{folder}/server.key
disable_plaintext_auth = {strict}
passdb {{
  driver = static
  args = password=x
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={own}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@pytest.fixture
def confirm(own_room, make_gate, clock) -> Callable[..., Confirmed]:
    """Asks a port of the room whether it speaks this protocol, and what it asks of strangers."""

    def ask(protocol: str, port: int, *, address: str = HERE, tls: bool = False, seconds: float = 5.0) -> Confirmed:
        gate = make_gate()
        approach = Approach(gate, gate.permit(address, f"confirm {protocol}"), port, clock, tls, seconds)
        return own_room.do(named(protocol).confirm, approach)

    return ask


@contextmanager
def serving(room, name: str, *command: object, ready: int) -> Iterator[int]:
    """A server for as long as it is needed; yields its port."""
    if not shutil.which(str(command[0])):
        pytest.skip(f"{command[0]} is not installed")
    room.ports[name] = ready
    room.start(name, *command, ready=ready)
    try:
        yield ready
    finally:
        room.stop(name)
        _patient(lambda: room.do(_is_shut, ready), bool)  # its namespace ends after it


def _is_shut(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HERE, port)) != 0


def emulated(room, name: str, port: int, *flags: str):
    return serving(room, name, sys.executable, "-I", EMULATED, name, port, *flags, "--address", "0.0.0.0", ready=port)


def _patient(ask: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """Ask until a server that listens is ready as well."""
    end = time.monotonic() + 10
    while not enough(seen := ask()) and time.monotonic() < end:
        time.sleep(0.2)
    return seen


@pytest.fixture(scope="module")
def shared(own_room) -> Path:
    """The room's folder, in which `shared` is what servers share."""
    (own_room.folder / "shared").mkdir()
    (own_room.folder / "shared" / "payroll.csv").write_text("name,iban\n")
    return own_room.folder


@pytest.fixture(scope="module")
def certificate(own_room) -> Path:
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    where = ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.crt"]
    subprocess.run([*new, *where], check=True, capture_output=True, cwd=own_room.folder)
    return own_room.folder


@pytest.mark.parametrize(
    ("open_module", "login", "says"),
    [
        ("", Login.NOT_NEEDED, "modules that need no password: backup"),
        ("auth users = joe\nsecrets file = {0}/secrets\n", Login.REQUIRED, "modules that ask for a password: backup"),
        ("hosts deny = *\n", Login.REQUIRED, "modules that ask for a password: locked"),
    ],
)
def test_rsync(own_room, shared, confirm, open_module, login, says):
    """A module that opens without a password is named; one that asks or denies is not."""
    (shared / "secrets").write_text("joe:secret\n")
    (shared / "secrets").chmod(0o600)
    (shared / "motd").write_text("Welcome to\tour server\n")
    common = f"use chroot = no\nlog file = /dev/null\nmotd file = {shared}/motd\n"
    (shared / "rsyncd.conf").write_text(
        f"{common}[backup]\npath = {shared}/shared\n{open_module.format(shared)}"
        f"[locked]\npath = {shared}/shared\nauth users = joe\nsecrets file = {shared}/secrets\n"
    )
    command = ("rsync", "--daemon", "--no-detach", f"--config={shared}/rsyncd.conf", "--port=873")
    with serving(own_room, "rsync", *command, ready=873) as port:
        seen = confirm("rsync", port)
    assert (seen.login, seen.speaks) == (login, True), seen
    assert says in seen.reason
    assert not any("payroll" in entry.received for entry in seen.transcript)


@pytest.mark.parametrize(
    ("protocols", "security", "login", "says"),
    [
        ("3, 4", "sys", Login.NOT_NEEDED, "exported to everyone: /srv/share"),
        ("4", "sys", Login.NOT_NEEDED, "exported to us, whom nobody listed: /srv/share"),
        ("3, 4", "krb5", Login.REQUIRED, "exported to everyone who logs in by Kerberos: /srv/share"),
        ("4", "krb5", Login.REQUIRED, "Kerberos"),
    ],
)
def test_nfs(own_room, shared, confirm, protocols, security, login, says):
    """Exports to everyone are open, with and without a portmapper; those that need Kerberos are not."""
    (shared / "recovery").mkdir(exist_ok=True)
    (shared / "nfs.conf").write_text(EXPORT.format(protocols=protocols, security=security, folder=shared))
    script = "mount -t tmpfs none /run && mkdir /run/rpcbind && rpcbind && exec ganesha.nfsd -F -f $0 -L $1 -p $2"
    words = (*ALONE, "-m", "sh", "-c", script)
    if not shutil.which("ganesha.nfsd") or not shutil.which("rpcbind"):
        pytest.skip("nfs-ganesha or rpcbind is not installed")
    with serving(own_room, "nfs", *words, shared / "nfs.conf", shared / "nfs.log", shared / "nfs.pid", ready=2049):
        seen = _patient(lambda: confirm("nfs", 2049), lambda seen: seen.login is login)
        listed = confirm("rpcbind", 111)
    assert (seen.login, seen.speaks) == (login, True), seen
    assert says in seen.reason
    assert listed.login is Login.NOT_NEEDED
    assert "portmapper 2 tcp 111" in listed.transcript[0].received


@pytest.mark.parametrize("flags", [(), ("--login",)])
def test_nfs_for_listed_hosts_only(own_room, confirm, flags):
    """A list of exports with hosts is a safeguard, one without is none (the kernel's server, emulated)."""
    with emulated(own_room, "nfs", 2049, *flags) as port:
        seen = confirm("nfs", port)
    if flags:
        assert (seen.login, seen.reason) == (Login.REQUIRED, "exported to listed hosts only: /srv/data, /srv/home")
    else:
        assert (seen.login, seen.reason) == (Login.NOT_NEEDED, "exported to everyone: /srv/data")


@pytest.mark.parametrize(("flags", "login"), [((), Login.NOT_NEEDED), (("--login",), Login.REQUIRED)])
def test_afp(own_room, confirm, flags, login):
    """Guests are let in where the server offers it (emulated)."""
    with emulated(own_room, "afp", 548, *flags) as port:
        seen = confirm("afp", port)
    assert (seen.login, seen.speaks) == (login, True), seen
    assert "DHX2" in seen.reason


@pytest.mark.parametrize(
    ("setup", "login", "says"),
    [
        ("-o bind -m target --tid 1 -I ALL", Login.NOT_NEEDED, "targets that need no login: iqn.2026-01.test:disk"),
        (WITH_CHAP, Login.REQUIRED, "ask for a login: iqn.2026-01.test:disk"),
        ("-o bind -m target --tid 1 -I 192.0.2.7", Login.REFUSED, "lists no target"),
    ],
)
def test_iscsi(own_room, confirm, setup, login, says):
    """A disk that anyone may use is named; one that asks for CHAP, or is for listed hosts, is not."""
    if not shutil.which("tgtd"):
        pytest.skip("tgt is not installed")
    new = "-o new -m target --tid 1 -T iqn.2026-01.test:disk"
    steps = " && ".join(f"tgtadm --lld iscsi {step}" for step in (new, *setup.split("; ")))
    script = (
        "mount -t tmpfs none /run && mkdir /run/tgtd && { tgtd -f --iscsi portal=0.0.0.0:3260 & } && "
        f"for n in 1 2 3 4 5 6 7 8 9; do tgtadm --lld iscsi -o show -m sys >/dev/null 2>&1 && break; sleep 0.2; done; "
        f"{steps} && touch ready; wait"
    )
    ready = own_room.folder / "ready"
    words = (*ALONE, "-m", "sh", "-c", script)
    with serving(own_room, "iscsi", *words, ready=3260) as port:
        end = time.monotonic() + 10
        while not ready.exists() and time.monotonic() < end:
            time.sleep(0.1)
        ready.unlink()
        seen = confirm("iscsi", port)
    assert (seen.login, seen.speaks) == (login, True), seen
    assert says in seen.reason


@pytest.mark.parametrize(
    ("server", "flags", "login"),
    [
        ("adb", (), Login.NOT_NEEDED),
        ("adb", ("--login",), Login.REQUIRED),
        ("smart-install", (), Login.NOT_NEEDED),
    ],
)
def test_devices_that_take_commands(own_room, confirm, server, flags, login):
    """A debugging bridge may ask for a key; Smart Install has no login (both emulated)."""
    with emulated(own_room, server, 5555, *flags) as port:
        seen = confirm(server, port)
    assert (seen.login, seen.speaks) == (login, True), seen


@pytest.mark.parametrize(("server", "protocol"), [("rlogin", "login"), ("rsh", "shell"), ("rexec", "exec")])
def test_remote_shells_are_known_by_their_refusal(own_room, confirm, server, protocol):
    """BSD's servers (emulated) say why they turn a client down; no user was named."""
    with emulated(own_room, server, 5513) as port:
        seen = confirm(protocol, port)
    assert (seen.login, seen.speaks) == (Login.UNKNOWN, True), seen
    assert [entry.sent for entry in seen.transcript] == ["a NUL byte"]


@pytest.mark.parametrize(
    ("guest", "oldest", "more", "login", "weakness", "says"),
    [
        ("yes", "NT1", "", Login.NOT_NEEDED, "smb1", "shares that open without a login: public"),
        (
            "no",
            "SMB2",
            "server signing = mandatory",
            Login.UNKNOWN,
            "",
            "no listed share opens in them (public, locked)",
        ),
        ("yes", "SMB3", "restrict anonymous = 2", Login.UNKNOWN, "", "none was tried by name"),
        ("no", "NT1", "server max protocol = NT1", Login.UNKNOWN, "smb1", "it speaks SMB 1 only"),
    ],
)
def test_smb(own_room, shared, confirm, guest, oldest, more, login, weakness, says):
    """A share that opens for guests is named; SMB 1 is told; shares that are not listed leave it open."""
    own = shared / f"samba-{guest}-{oldest}"
    own.mkdir(exist_ok=True)
    config = SAMBA.format(own=own, port="445 139", oldest=oldest, guest=guest, more=more, folder=shared)
    (own / "smb.conf").write_text(config)
    shared.chmod(0o755)
    if not shutil.which("smbd"):
        pytest.skip("samba is not installed")
    command = (*ALONE, "smbd", "-F", "-s", own / "smb.conf", "--no-process-group")
    with serving(own_room, "smb", *command, ready=445):
        for port in (445, 139):
            seen = _patient(lambda port=port: confirm("microsoft-ds", port), lambda seen: seen.speaks)
            assert (seen.login, seen.speaks, seen.weakness) == (login, True, weakness), seen
            assert says in seen.reason
    assert not any("payroll" in entry.received for entry in seen.transcript)


@pytest.mark.parametrize(("more", "login"), [(("-ac",), Login.NOT_NEEDED), (("-auth", "cookies"), Login.REQUIRED)])
def test_x11(own_room, shared, confirm, more, login):
    """A display that lets every client in is open; one that wants a cookie is not."""
    words = (b"", b"0", b"MIT-MAGIC-COOKIE-1", os.urandom(16))
    cookies = struct.pack(">H", 0xFFFF) + b"".join(struct.pack(">H", len(word)) + word for word in words)
    (shared / "cookies").write_bytes(cookies)
    screen = ("-screen", "0", "320x200x8", "-nolock", "-listen", "tcp", "-nolisten", "unix", "-nolisten", "local")
    with serving(own_room, "x11", "Xvfb", ":3", *screen, *more, ready=6003) as port:
        seen = confirm("X11", port)
    assert (seen.login, seen.speaks) == (login, True), seen


@pytest.mark.parametrize(
    ("types", "login", "weakness"),
    [
        ("None", Login.NOT_NEEDED, ""),
        ("TLSNone", Login.NOT_NEEDED, ""),
        ("VncAuth,TLSVnc", Login.REQUIRED, "plain-login"),
        ("TLSVnc", Login.REQUIRED, ""),
    ],
)
def test_vnc(own_room, shared, confirm, types, login, weakness):
    """No login, also inside TLS, is open; a password without TLS can be read on the way."""
    (shared / "vnc.password").write_bytes(b"\x17\x52\x6b\x06\x23\x4e\x58\x07")
    common = ("-nolock", "-nolisten", "unix", "-geometry", "320x200", "-rfbport", 5901)
    command = ("Xtigervnc", ":4", *common, "-SecurityTypes", types, "-rfbauth", shared / "vnc.password")
    with serving(own_room, "vnc", *command, ready=5901) as port:
        seen = confirm("vnc", port)
    assert (seen.login, seen.speaks, seen.weakness) == (login, True, weakness), seen


def test_remote_desktop_without_network_level_authentication(own_room, shared, confirm):
    """xrdp knows no Network Level Authentication."""
    if not Path("/etc/xrdp/xrdp.ini").exists():
        pytest.skip("xrdp is not installed")
    with serving(own_room, "rdp", "xrdp", "-n", "-p", 3389, ready=3389) as port:
        seen = confirm("ms-wbt-server", port)
    assert (seen.login, seen.speaks, seen.weakness) == (Login.REQUIRED, True, "no-nla"), seen


def test_remote_desktop_with_network_level_authentication(own_room, shared, confirm):
    """FreeRDP's server is told to accept nothing else."""
    shadow = ("freerdp-shadow-cli", "/port:3390", "/bind-address:127.0.0.1", "/sec:nla", "+auth")
    script = f"Xvfb :5 -ac -screen 0 320x200x24 -nolock & sleep 0.5; HOME={shared} DISPLAY=:5 exec {' '.join(shadow)}"
    if not shutil.which(shadow[0]) or not shutil.which("Xvfb"):
        pytest.skip("freerdp2-shadow-x11 or xvfb is not installed")
    with serving(own_room, "rdp", "sh", "-c", script, ready=3390) as port:
        seen = confirm("ms-wbt-server", port)
    assert (seen.login, seen.speaks, seen.weakness) == (Login.REQUIRED, True, ""), seen
    assert seen.reason == "Network Level Authentication is required"


@pytest.mark.parametrize(("strict", "ssl", "weakness"), [("no", "yes", "plain-login"), ("yes", "required", "")])
def test_mailboxes(own_room, certificate, confirm, strict, ssl, weakness):
    """Passwords that are taken without TLS are told; those inside TLS only are in order."""
    own = certificate / f"dovecot-{strict}"
    own.mkdir()
    config = DOVECOT.format(own=own, folder=certificate, ssl=ssl, strict=strict, imap=143, imaps=993, pop3=110)
    (certificate / f"{own.name}.conf").write_text(config)  # its own folder gets a link of this name
    # Dovecot trusts clients with its own address: they are made to come from another one.
    route = f"ip route replace table local local {ELSEWHERE} dev lo src {CLIENT}"
    own_room.do(subprocess.run, route.split(), check=True)
    if not shutil.which("dovecot"):
        pytest.skip("dovecot is not installed")
    with serving(own_room, "dovecot", *ALONE, "dovecot", "-F", "-c", f"{own}.conf", ready=143):
        for protocol, port in (("imap", 143), ("pop3", 110)):
            seen = confirm(protocol, port, address=ELSEWHERE)
            assert (seen.login, seen.speaks, seen.product) == (Login.REQUIRED, True, "Dovecot"), seen
            assert seen.weakness == weakness, seen
        behind_tls = confirm("imap", 993, address=ELSEWHERE, tls=True)
    assert (behind_tls.login, behind_tls.weakness) == (Login.REQUIRED, "")


POSTFIX = """compatibility_level = 3.6
queue_directory = {0}/queue
data_directory = {0}/data
maillog_file = {0}/log
maillog_file_prefixes = {0}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_protocols = ipv4
myhostname = mail.example.net
smtpd_peername_lookup = no
smtpd_sasl_type = dovecot
smtpd_sasl_path = {0}/dovecot/auth-smtp
smtpd_tls_cert_file = {0}/server.crt
smtpd_tls_key_file = {0}/server.key
smtpd_tls_security_level = may
"""
MASTER = """25 inet n - n - - smtpd
587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes
2587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes
465 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
"""


def test_mail_servers(own_room, certificate, confirm):
    """Postfix offers a login without TLS on one port, inside TLS on others, and none where mail comes in."""
    if not shutil.which("postfix") or not shutil.which("dovecot"):
        pytest.skip("postfix or dovecot is not installed")
    for name in ("conf", "queue", "data", "dovecot"):
        (certificate / name).mkdir()
    shutil.chown(certificate / "data", "postfix")
    (certificate / "conf" / "main.cf").write_text(POSTFIX.format(certificate))
    (certificate / "conf" / "master.cf").write_text(MASTER)
    config = DOVECOT.format(
        own=certificate / "dovecot", folder=certificate, ssl="no", strict="no", imap=1143, imaps=0, pop3=1110
    )
    config += "service auth {\n  unix_listener auth-smtp {\n    mode = 0666\n  }\n}\n"
    (certificate / "auth.conf").write_text(config)
    with (
        serving(own_room, "auth", *ALONE, "dovecot", "-F", "-c", certificate / "auth.conf", ready=1143),
        serving(own_room, "mail", *ALONE, "postfix", "-c", certificate / "conf", "start-fg", ready=25),
    ):
        incoming, plain, strict = (confirm("smtp", port) for port in (25, 587, 2587))
        behind_tls = confirm("smtp", 465, tls=True)
    assert (incoming.login, incoming.weakness, incoming.product) == (Login.NOT_NEEDED, "", "Postfix smtpd"), incoming
    assert (plain.login, plain.weakness) == (Login.REQUIRED, "plain-login"), plain
    assert (strict.weakness, behind_tls.login, behind_tls.weakness) == ("", Login.REQUIRED, ""), strict
    assert [entry.sent for entry in incoming.transcript] == ["", "EHLO posture-audit.invalid"]


@contextmanager
def answering(room, *words: bytes, pause: float = 0.0, port: int = 7000) -> Iterator[int]:
    """A server that sends the first words at once, and the next ones after a pause or when something was said."""

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.settimeout(pause or 5)
                for word in words:
                    try:
                        client.sendall(word)
                        client.recv(4096)
                    except TimeoutError:
                        continue
                    except OSError:
                        break

    server = room.do(socket.create_server, (HERE, port))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield port
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.close()


def test_a_mail_server_that_lets_us_wait_is_waited_for(own_room, confirm):
    """Postscreen says half of its greeting and the rest seconds later; nothing is said before."""
    words = (b"220-mail.example.net ESMTP Postfix\r\n", b"220 mail.example.net ESMTP Postfix\r\n", b"250 mail\r\n")
    with answering(own_room, *words, pause=0.6) as port:
        seen = confirm("smtp", port, seconds=0.4)
    assert (seen.speaks, seen.product) == (True, "Postfix smtpd"), seen


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("microsoft-ds", b"\0\xff\xff\xff\xfeSMB" + bytes(60)),
        ("microsoft-ds", struct.pack(">I", 70) + b"\xfeSMB" + bytes(62) + b"\xff" * 4),
        ("nfs", struct.pack(">II", 0xFFFF_FFFF, 0x706F7374)),
        ("nfs", struct.pack(">IIIIIII", 0x8000_0018, 0x706F7374, 1, 0, 0, 0xFFFF_FFF0, 0)),
        ("rpcbind", bytes(8) * 400),
        ("X11", b"\1\0\x0b\0\0\0\xff\xff" + b"\xff" * 30),
        ("X11", b"\0\xff\x0b\0\0\0\xff\xff" + b"No protocol specified"),
        ("vnc", b"RFB 003.008\n\0\xff\xff\xff\xffToo many"),
        ("vnc", b"RFB 003.008\n\xff\1"),
        ("ms-wbt-server", b"\3\0\xff\xff\x0e\xd0" + bytes(30)),
        ("afp", struct.pack(">BBHIII", 1, 3, 1, 0, 0xFFFF_FFFF, 0) + b"\xff" * 40),
        ("afp", struct.pack(">BBHIII", 1, 3, 1, 0, 12, 0) + b"\xff" * 12),
        ("iscsi", b"\x23\x87\0\0\0\xff\xff\xff" + bytes(60)),
        ("rsync", b"@RSYNCD: 31.0\n" + b"a\tb\n" * 500),
    ],
)
def test_lengths_that_lie_end_in_unknown(own_room, confirm, protocol, words):
    """A length that is not there, or points outside, is waited for no longer than the limit and believed never."""
    with answering(own_room, words) as port:
        seen = confirm(protocol, port, seconds=0.3)
    assert seen.login is Login.UNKNOWN, seen
    assert seen.reason
