"""STARTTLS in every protocol that is asked for it, with the real servers: what they offer, and what they do not."""

import contextlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
import web_lab

from posture.collect.scope import ScopeGate

NOBODY = 65_534
MAIL = Path("/usr/lib/postfix/sbin/master")
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the server starts as root only")


@pytest.fixture(scope="session")
def pair(certificates):
    """A certificate and its key, which every server may read."""
    for file in (made := certificates.write("mail")):
        file.chmod(0o644)
    return made


@pytest.fixture
def folder(tmp_path):
    """A folder that servers may enter after they gave up root; pytest's own are closed."""
    made = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def readable(folder: Path, pair, owner: int | None = None) -> tuple[Path, Path]:
    copies = tuple(Path(shutil.copy(file, folder / file.name)) for file in pair)
    if owner is not None and os.geteuid() == 0:
        for copy in copies:
            os.chown(copy, owner, owner)
            copy.chmod(0o600)
    return copies


def is_modern(seen) -> bool:
    return "TLSv1.2" in seen.accepted and "SSLv3" in seen.refused and not seen.unknown and seen.certificate is not None


@contextlib.contextmanager
def postfix(folder, port, run_server, *settings):
    if not MAIL.exists():
        pytest.skip("postfix is not installed")
    queue, data, config = folder / "queue", folder / "data", folder / "config"
    for made in (queue, data, config, queue / "pid"):
        made.mkdir()
    owner = pwd.getpwnam("postfix").pw_uid
    for name in ("public", "private", "maildrop", "active", "incoming", "deferred"):
        (queue / name).mkdir()
        os.chown(queue / name, owner, -1)
    os.chown(data, owner, -1)
    (config / "main.cf").write_text(
        "\n".join((
            "compatibility_level = 3.6", f"queue_directory = {queue}", f"data_directory = {data}",
            "inet_protocols = ipv4", "smtpd_peername_lookup = no",
            "myhostname = mail.example", "maillog_file = /dev/stdout", "maillog_file_prefixes = /dev", *settings,
        )) + "\n"
    )  # fmt: skip
    (config / "master.cf").write_text(
        f"127.0.0.1:{port} inet n - n - - smtpd\nanvil unix - - n - 1 anvil\ntlsmgr unix - - n 1000? 1 tlsmgr\n"
        "rewrite unix - - n - - trivial-rewrite\npostlog unix-dgram n - n - 1 postlogd\n"
        "cleanup unix n - n - 0 cleanup\nproxymap unix - - n - - proxymap\n"
    )
    with run_server(MAIL, "-d", "-c", config, ports=(port,)):
        yield


@needs_root
def test_postfix(folder, pair, pick_port, run_server, endpoint) -> None:
    """SMTP: TLS after STARTTLS, which a look begins several times."""
    port, (certificate, key) = pick_port(), pair
    tls = ("smtpd_tls_security_level = may", f"smtpd_tls_cert_file = {certificate}", f"smtpd_tls_key_file = {key}")
    with postfix(folder, port, run_server, *tls, "smtpd_tls_mandatory_protocols = >=TLSv1.2"):
        seen = endpoint(port, service="smtp")
    assert seen.starttls == "smtp"
    assert {"TLSv1.2", "TLSv1.3"} <= set(seen.accepted)
    assert not seen.unknown
    assert "anonymous" in {suite.family for suite in seen.weak}  # Postfix' default for opportunistic TLS
    assert seen.certificate.names == ("shop.example",)


@needs_root
def test_postfix_without_tls_is_no_endpoint(folder, pick_port, run_server, look) -> None:
    """Where STARTTLS is not offered there is nothing to judge, and nothing has failed."""
    port = pick_port()
    with postfix(folder, port, run_server, "smtpd_tls_security_level = none"):
        seen = look(port, service="smtp")
    assert (seen.endpoints, seen.not_looked_at, seen.without) == ((), (), (port,))


def dovecot(folder: Path, pair, ports: dict[str, int]) -> Path:
    """The configuration of a server for IMAP and POP3: in clear, and over TLS where there are ports for it."""

    def service(protocol: str) -> str:
        secure = ports.get(f"{protocol}s", 0)
        return (
            f"service {protocol}-login {{\n chroot =\n inet_listener {protocol} {{\n port = {ports[protocol]}\n }}\n"
            f" inet_listener {protocol}s {{\n port = {secure}\n ssl = {'yes' if secure else 'no'}\n }}\n}}\n"
        )

    name = "tls" if "imaps" in ports else "plain"
    base, path = folder / name, folder / f"{name}.conf"
    path.write_text(
        f"protocols = imap pop3\nbase_dir = {base}\nstate_dir = {base}\nlog_path = /dev/stderr\n"
        f"instance_name = {name}\nlisten = 127.0.0.1\nssl = {'yes' if name == 'tls' else 'no'}\n"
        f"ssl_cert = <{pair[0]}\nssl_key = <{pair[1]}\n"
        "default_internal_user = nobody\ndefault_login_user = nobody\ndefault_internal_group = nogroup\n"
        f"{service('imap')}{service('pop3')}"
        "service anvil {\n chroot =\n}\nservice stats {\n chroot =\n}\n"
        "passdb {\n driver = passwd-file\n args = /dev/null\n}\n"
    )
    return path


@needs_root
def test_dovecot(folder, pair, pick_port, run_server, endpoint) -> None:
    """IMAP and POP3, after STARTTLS and from the first byte."""
    ports = {name: pick_port() for name in ("imap", "pop3", "imaps", "pop3s")}
    with run_server("dovecot", "-F", "-c", dovecot(folder, pair, ports), ports=tuple(ports.values())):
        for protocol in ("imap", "pop3"):
            assert is_modern(endpoint(ports[protocol], service=protocol))
        assert is_modern(endpoint(ports["imaps"]))


@needs_root
def test_dovecot_without_tls_is_no_endpoint(folder, pair, pick_port, run_server, look) -> None:
    ports = {name: pick_port() for name in ("imap", "pop3")}
    with run_server("dovecot", "-F", "-c", dovecot(folder, pair, ports), ports=tuple(ports.values())):
        for protocol in ("imap", "pop3"):
            seen = look(ports[protocol], service=protocol)
            assert (seen.endpoints, seen.not_looked_at, seen.without) == ((), (), (ports[protocol],))


@needs_root
def test_vsftpd(folder, pair, pick_port, run_server, endpoint, look) -> None:
    """FTP: AUTH TLS (RFC 4217)."""
    (folder / "empty").mkdir()
    certificate, key = pair
    tls = f"ssl_enable=YES\nrsa_cert_file={certificate}\nrsa_private_key_file={key}\nssl_ciphers=HIGH\n"
    for more, offered in ((tls, True), ("", False)):
        port, config = pick_port(), folder / "vsftpd.conf"
        config.write_text(
            f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nseccomp_sandbox=NO\n"
            f"secure_chroot_dir={folder}/empty\n{more}"
        )
        with run_server("vsftpd", config, ports=(port,)):
            seen = look(port, service="ftp")
        assert seen.not_looked_at == ()
        assert [end.starttls for end in seen.endpoints] == (["ftp"] if offered else [])
        assert all(end.certificate for end in seen.endpoints)


def test_slapd(folder, pair, pick_port, run_server, endpoint, look) -> None:
    """LDAP: the extended operation StartTLS, here of a server that speaks TLS through GnuTLS."""
    for tls in (True, False):
        port, config = pick_port(), folder / "slapd.conf"
        files = f"TLSCertificateFile {pair[0]}\nTLSCertificateKeyFile {pair[1]}\n" if tls else ""
        config.write_text(f"{files}pidfile {folder}/pid\ndatabase config\n")
        with run_server("slapd", "-d", "0", "-h", f"ldap://127.0.0.1:{port}", "-f", config, ports=(port,)):
            seen = look(port, service="ldap")
        assert seen.not_looked_at == ()
        assert [is_modern(end) for end in seen.endpoints] == ([True] if tls else [])


def test_postgresql(folder, pair, pick_port, run_server, endpoint) -> None:
    """PostgreSQL: SSLRequest."""
    if not POSTGRESQL:
        pytest.skip("postgresql is not installed")
    ids = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    data, port = folder / "data", pick_port()
    data.mkdir(mode=0o700)
    if ids:
        os.chown(data, NOBODY, NOBODY)
    make = [POSTGRESQL[-1] / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(make, check=True, capture_output=True, cwd=folder, **ids)
    certificate, key = readable(data, pair, NOBODY)
    options = ("-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}", "-k", "")
    server = (POSTGRESQL[-1] / "postgres", "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", *options)
    with run_server(*server, ports=(port,), cwd=folder, quick=True, **ids):
        seen = endpoint(port, service="postgresql")
    assert is_modern(seen)
    assert seen.starttls == "postgresql"


def test_mysql_is_left_alone(emulated, look, monkeypatch) -> None:
    """It turns addresses away that hang up before a login too often: no connection is made."""
    monkeypatch.setattr(ScopeGate, "connect", lambda *_: pytest.fail("connected"))
    seen = look(emulated("3des"), service="mysql")
    assert (seen.endpoints, seen.not_looked_at) == ((), ())


@pytest.mark.parametrize(("code", "offered"), [(454, True), (502, False)])
def test_tls_that_is_not_available_now_may_be_another_time(code, offered, look) -> None:
    """454 is "not available due to temporary reason" (RFC 3207, 4): nobody knows what it offers; 502 is a no."""

    async def serve(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        while line := await reader.readline():
            told = {b"EHLO": b"250-mail.example\r\n250 STARTTLS\r\n", b"STAR": b"%d no\r\n" % code}
            writer.write(told.get(line[:4].upper(), b"221 bye\r\n"))
            if line[:4].upper() == b"QUIT":
                break
        writer.close()

    with web_lab.answering(serve) as port:
        seen = look(port, service="smtp")
    assert seen.endpoints == ()
    if offered:
        ((number, reason),) = seen.not_looked_at
        assert number == port
        assert "454" in reason
    else:
        assert (seen.not_looked_at, seen.without) == ((), (port,))
