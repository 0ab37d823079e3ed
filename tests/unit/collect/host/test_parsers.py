"""Parsers over samples, and over anything at all."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posture.collect.host.authorized_keys import authorized_keys, key_line
from posture.collect.host.capture import LIMIT, Capture, NotCollected
from posture.collect.host.collect import facts
from posture.collect.host.key_options import harmless
from posture.collect.host.program import limits
from posture.collect.host.sections import Section, Sections, cut
from posture.collect.host.sockets import listening, unit_of
from posture.collect.host.ssh_section import parsed
from posture.facts.accounts import Account, Password
from posture.facts.factset import INSIDE
from posture.facts.packages import Package
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
N = "5e6f"


def section(body: str, status: int = 0, *, truncated: bool = False) -> Section:
    return Section(body.encode(), status, truncated)


def blob(*fields: bytes) -> str:
    return base64.b64encode(b"".join(len(field).to_bytes(4, "big") + field for field in fields)).decode()


def rsa(bits: int) -> str:
    modulus = (1 << (bits - 1)) + 1
    return "ssh-rsa " + blob(b"ssh-rsa", b"\1\0\1", modulus.to_bytes(bits // 8 + 1, "big"))


ED25519 = "ssh-ed25519 " + blob(b"ssh-ed25519", bytes(range(32)))
SK = "sk-ssh-ed25519@openssh.com " + blob(b"sk-ssh-ed25519@openssh.com", bytes(32), b"ssh:")
ECDSA = "ecdsa-sha2-nistp384 " + blob(b"ecdsa-sha2-nistp384", b"nistp384", b"\4" + bytes(96))


# Frame


def frame(name: str, body: str, status: int = 0) -> bytes:
    return f"\n{N} begin {name}\n{body}\n{N} end {name} {status}\n".encode()


def test_content_cannot_pose_as_a_section():
    """Only lines with this run's number frame; another run's do not."""
    forged = frame("accounts", "forged").replace(N.encode(), b"0000").decode()
    sections = cut(frame("system", forged) + f"\n{N} done 1\n".encode(), N, "")
    assert set(sections.found) == {"system"}
    assert sections.cut == ""


def test_a_missing_end_loses_what_is_behind_it():
    """What arrived whole counts, the rest is unavailable for the reason that reading ended."""
    sections = cut(frame("system", "x") + f"\n{N} begin accounts\nhalf".encode(), N, "the cable was cut")
    assert isinstance(sections.get("system"), Section)
    assert sections.get("accounts") == Unavailable("the cable was cut")


def test_a_section_as_long_as_the_limit_we_set_is_cut():
    """Whatever the host says of its limits: they are those of the program it was sent."""
    sections = cut(frame("system", "x" * limits()["system"]), N, "")
    got = sections.get("system")
    assert isinstance(got, Section)
    assert "size limit" in got.cut
    assert set(limits()) == set(NAMES)


def test_a_host_that_begins_and_never_ends_gives_nothing_and_stops_nobody():
    """The host knows the number of the run: eight megabytes of beginnings are looked at once, not once each."""
    begin = f"\n{N} begin system\n{N} end accounts 0".encode()
    flood = begin * (LIMIT // len(begin))
    assert cut(flood + f"\n{N} done 0\n".encode(), N, "").found == {}
    assert set(cut(flood + frame("packages", "x"), N, "").found) == {"packages"}


def test_a_section_that_comes_twice_or_has_no_known_name_is_damage():
    twice = frame("system", "x") + frame("system", "y") + frame("other", "z")
    sections = cut(twice + f"\n{N} done 3\n".encode(), N, "")
    assert {name: section.body for name, section in sections.found.items()} == {"system": b"x"}
    assert "damaged" in sections.cut


def test_an_answer_for_more_accounts_than_were_asked_is_bounded():
    """Thousands of accounts nobody asked for cost no more than the thousand that can be asked."""
    answer = "C\t1\nQ\tinternet\t192.0.2.1\t22\t\nO\tport 22\nE\t1\tread\n"
    body = f"H\tbinary\tfound\n{answer}" + "".join(f"A\ta{n}\t1\nZ\ta{n}\tread\n" for n in range(100_000))
    found = authorized_keys(parsed(section(body)), (), UTC, NOW)
    assert not isinstance(found, Unavailable)
    assert len(found.accounts_read) == 1000


def test_a_line_of_nothing_but_options_is_read_once():
    """As long as a line may be, as often as a section can hold it."""
    line = f"{'pty,' * 16_000}restrict {ED25519}"
    for _ in range(10):
        found = key_line(line, UTC, NOW)
    assert found is not None
    assert harmless(found[2]) == (("pty", ""), ("restrict", ""))


def test_a_count_that_does_not_fit_is_damage():
    assert "damaged" in cut(frame("system", "x") + f"\n{N} done 2\n".encode(), N, "").cut


def test_no_more_than_the_limit_is_kept():
    capture = Capture(N)
    for _ in range(LIMIT // 1000 + 10):
        capture.add(b"x" * 1000)
    assert len(capture.output) == LIMIT
    assert capture.over
    with pytest.raises(NotCollected, match="did not start"):
        capture.sections()


def test_the_last_line_is_found_across_pieces():
    capture = Capture(N)
    for byte in frame("system", "x") + f"\n{N} done 1\n".encode():
        capture.add(bytes([byte]))
    assert capture.complete


# authorized_keys: OpenSSH's reading


@pytest.mark.parametrize(
    ("line", "kind", "bits"),
    [(ED25519, "ssh-ed25519", 256), (SK, "sk-ssh-ed25519@openssh.com", 256), (ECDSA, "ecdsa-sha2-nistp384", 384),
     (rsa(2048), "ssh-rsa", 2048), (rsa(1024), "ssh-rsa", 1024)],
)  # fmt: skip
def test_key_types_and_sizes(line, kind, bits):
    found = key_line(f"  {line} me@home  and more", UTC, NOW)
    assert found is not None
    key, comment, options, dead = found
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    assert (key.type, key.bits, dead, options) == (kind, bits, "", ())
    assert key.fingerprint == "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    assert comment == "me@home  and more"


@pytest.mark.parametrize(
    ("options", "dead"),
    [
        ("restrict,pty", ""),
        ("RESTRICT,No-Pty", ""),
        ('from="10.0.0.0/8,!10.1.1.1",command="echo \\"a b\\" c"', ""),
        ('command="a",command="b"', "more than once"),
        ('from="a",from="a"', "more than once"),
        ('principals="a"', "only for certificate authorities"),
        ('cert-authority,principals="a"', ""),
        ("no-restrict", "does not know the option 'no-restrict'"),
        ("ptyy", "does not know"),
        ("restrict,", "comma"),
        ("permit-everything", "does not know the option 'permit-everything'"),
        ("from=10.0.0.1", "no quotes"),
        ('expiry-time="20261122"', "it expired at 2026-11-22T00:00:00+02:00"),
        ('expiry-time="202611221400Z"', ""),
        ('expiry-time="20270101",expiry-time="20260101"', "it expired at 2026-01-01"),
        ('expiry-time="tomorrow"', "not a date"),
        ('environment="PATH=/x"', ""),
        ('environment="no equals"', "NAME=value"),
        ('permitopen="localhost:80",permitlisten="8080"', ""),
        ('permitopen="80"', "host:port"),
        ('tunnel="0"', ""),
        ('tunnel="x"', "tunnel"),
    ],
)
def test_options_as_sshd_reads_them(options, dead):
    """One mistake makes the whole line unusable: then it is dead, not a key without restrictions."""
    found = key_line(f"{options} {ED25519} me", timezone(timedelta(hours=2)), NOW)
    assert found is not None
    assert (found[3] == "") == (dead == "")
    assert dead in found[3]
    assert found[0].type == "ssh-ed25519"


@pytest.mark.parametrize(
    ("line", "dead"),
    [
        (ED25519.replace("ssh-ed25519", "ssh-rsa", 1), "another type"),
        ("ssh-ed25519 " + blob(b"ssh-ed25519", bytes(31)), "32 bytes"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAA!", "base64"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAAD", "cut off"),
        (rsa(768), "too short"),
        ('from="a ' + ED25519, "quote"),
    ],
)
def test_broken_keys_are_dead(line, dead):
    found = key_line(line, UTC, NOW)
    assert found is not None
    assert dead in found[3]


def test_a_key_type_of_tomorrow_is_unknown_not_bad():
    found = key_line("ssh-mldsa44-ed25519@openssh.com " + blob(b"ssh-mldsa44-ed25519@openssh.com", b"x"), UTC, NOW)
    assert found is not None
    assert (found[0].bits, found[3]) == (0, "")


def test_rsa_below_the_servers_own_minimum_is_refused():
    found = key_line(rsa(2048), UTC, NOW, least_rsa=3072)
    assert found is not None
    assert "RequiredRSASize 3072" in found[3]


@pytest.mark.parametrize("line", ["", "   ", "# " + ED25519, "hello world", "restrict"])
def test_lines_without_a_key_are_none(line):
    assert key_line(line, UTC, NOW) is None


def test_values_that_may_be_secret_are_not_kept():
    shown = dict(harmless((("environment", "TOKEN=abc"), ("command", "PASS=abc /bin/x"), ("from", "10.0.0.0/8"))))
    assert shown == {"environment": "TOKEN=…", "command": "…", "from": "10.0.0.0/8"}


def test_an_option_that_is_repeated_counts_where_it_stands_last():
    found = key_line(f"{'pty,' * 5000}restrict,pty {ED25519}", UTC, NOW)
    assert found is not None
    assert harmless(found[2]) == (("restrict", ""), ("pty", ""))


# Sockets

ANNA = Account("anna", 1000, "/bin/sh", "/home/anna", can_login=True, admin=False, password=Password.SET)
SOCKETS = """\
S\ttcp   LISTEN 0 128 0.0.0.0:22   0.0.0.0:* users:(("sshd",pid=50,fd=3),("systemd",pid=1,fd=70)) ino:900 sk:1 <->
S\tudp   UNCONN 0      0      127.0.0.53%lo:53  0.0.0.0:*  users:(("resolved",pid=60,fd=12)) uid:101 ino:901 sk:2 <->
S\ttcp   LISTEN 0      128    [fe80::1%eth0]:8080   [::]:*  users:(("a",pid=1,fd=70),("x",pid=70,fd=4)) ino:902 sk:3 <->
S\ttcp   LISTEN 0      128    *:111   *:*  ino:903 sk:4 <->
F\t'/proc/50/fd/3' -> 'socket:[900]'
F\t'/proc/1/fd/70' -> 'socket:[900]'
F\t'/proc/60/fd/12' -> 'socket:[901]'
F\t'/proc/70/fd/4' -> 'socket:[902]'
P\t1
N\tsystemd
P\t50
N\tsshd
U\t0
E\t/usr/sbin/sshd (deleted)
G\t/system.slice/ssh.service
P\t60
U\t1000
E\t/usr/lib/systemd/systemd-resolved
P\t70
N\tx
U\t0
R\t0
E\t/usr/sbin/x
C\t0\t/etc/x.conf
D\topenssh-server: /usr/sbin/sshd
D\tsystemd-resolved:amd64, other: /lib/systemd/systemd-resolved
D\tdiversion by dash from: /bin/sh
Z
"""


def test_sockets_processes_units_and_packages():
    """The service before systemd, zones left out, packages found over merged /usr, a forged number not believed."""
    packages = (Package("openssh-server", "amd64", "1:9.2p1-2", "openssh", "1:9.2p1-2"),)
    found = listening(section(SOCKETS), (ANNA,), packages, NOW)
    assert not isinstance(found, Unavailable)
    ssh, dns, forged, unknown = found.sockets
    assert ssh.process is not None
    assert (ssh.process.pid, ssh.process.unit, ssh.process.package) == (50, "ssh.service", "openssh-server")
    assert (ssh.process.package_version, ssh.process.executable) == ("1:9.2p1-2", "/usr/sbin/sshd")
    assert dns.process is not None
    assert (dns.protocol, dns.address, dns.port) == ("udp", "127.0.0.53", 53)
    assert (dns.process.user, dns.process.package) == ("anna", "systemd-resolved")
    assert forged.process is not None
    assert (forged.address, forged.process.pid, forged.process.config_files) == ("fe80::1", 70, ("/etc/x.conf",))
    assert (unknown.address, unknown.process) == ("*", None)
    assert not found.processes_complete


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (section("", 127), "iproute2"),
        (section("S\tx", 1), "status 1"),
        (section(SOCKETS, truncated=True), "size limit"),
    ],
)
def test_sockets_that_were_not_read_whole_are_unavailable(given, reason):
    found = listening(given, (), (), NOW)
    assert isinstance(found, Unavailable)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [("/system.slice/system-postgresql.slice/postgresql@15-main.service", "postgresql@15-main.service"),
     ("/system.slice/app.service/workers/ssh.service", "app.service"),
     ("/user.slice/user-0.slice/session-1.scope", ""), ("", ""), ("/", ""), ("/system.slice/\x1b.service", ""),
     ("/user.slice/user-1000.slice/user@1000.service/app.slice/ssh.service", ""),
     ("/user.slice/user-1000.slice/user@1000.service/system.slice/ssh.service", ""),
     ("/system.slice/docker-4f.scope/system.slice/ssh.service", ""), ("/lxc/web1/system.slice/ssh.service", ""),
     ("/system.slice/-.service", ""), ("/system.slice/--now.service", "")],
)  # fmt: skip
def test_units(cgroup, unit):
    """The system's own services only: below user.slice, a container or a service's own groups anybody chooses names."""
    assert unit_of(cgroup) == unit


def process(uid: int, cgroup: str, executable: str, *files: tuple[int, str], owners: str = "", real: int = -1) -> str:
    """A listener and what its command line names."""
    candidates = "".join(f"C\t{owner}\t{path}\n" for owner, path in files)
    return (
        'S\ttcp LISTEN 0 128 0.0.0.0:6379 0.0.0.0:* users:(("x",pid=70,fd=4)) ino:902 sk:3\n'
        f"F\t'/proc/70/fd/4' -> 'socket:[902]'\nP\t70\nN\tredis-server\nU\t{uid}\nR\t{uid if real < 0 else real}\n"
        f"G\t{cgroup}\nE\t{executable}\n{candidates}{owners}Z\n"
    )


def config_files(body: str) -> tuple[str, ...]:
    found = listening(section(body), (), (), NOW)
    assert not isinstance(found, Unavailable)
    (socket,) = found.sockets
    assert socket.process is not None
    return socket.process.config_files


SYSTEM = "/system.slice/x.service"
MINE = "/user.slice/user-1000.slice/user@1000.service/app.slice/ssh.service"
SUDO = "D\tsudo: /etc/sudoers\nD\tnano: /etc/nanorc\n"


@pytest.mark.parametrize(
    ("uid", "executable", "path", "owners"),
    [
        (108, "/usr/bin/redis-check-rdb", "/etc/redis/redis.conf",
         "D\tredis-tools: /usr/bin/redis-check-rdb\nD\tredis-server: /etc/redis/redis.conf\n"),
        (110, "/usr/bin/memcached", "/etc/memcached.conf", "D\tmemcached: /usr/bin/memcached, /etc/memcached.conf\n"),
        (0, "/usr/sbin/vsftpd", "/etc/vsftpd.conf", "D\tvsftpd: /etc/vsftpd.conf\nD\tvsftpd: /usr/sbin/vsftpd\n"),
        (113, "/usr/lib/postgresql/15/bin/postgres", "/etc/postgresql/15/main/postgresql.conf",
         "D\tpostgresql-15: /usr/lib/postgresql/15/bin/postgres\n"),
        (0, "/usr/sbin/mariadbd", "/etc/mysql/mariadb.cnf", ""),
        (0, "/usr/local/bin/redis-server", "/usr/local/etc/redis.conf", ""),
        (61184, "/usr/bin/memcached", "/etc/memcached.conf", ""),  # DynamicUser=
    ],
)  # fmt: skip
def test_a_services_own_configuration_is_named(uid, executable, path, owners):
    assert config_files(process(uid, SYSTEM, executable, (uid % 1000, path), owners=owners)) == (path,)


@pytest.mark.parametrize(
    ("uid", "real", "cgroup", "owner", "path"),
    [
        (1000, 1000, MINE, 0, "/etc/sudoers"),
        (1000, 1000, MINE, 0, "/etc/redis/redis.conf"),
        (0, 1000, MINE, 0, "/etc/redis/redis.conf"),
        (1000, 1000, SYSTEM, 0, "/etc/nginx/nginx.conf"),  # nothing of its program's
        (108, 108, SYSTEM, 1000, "/home/anna/redis.conf"),
        (0, 0, SYSTEM, 0, "/etc/nanorc"),  # another package's
        *((0, 0, SYSTEM, 0, path) for path in (
            "/etc/passwd", "/etc/passwd-", "/etc/shadow", "/etc/sudoers", "/etc/sudoers.d/redis", "/etc/crontab",
            "/etc/cron.d/redis", "/var/spool/cron/crontabs/redis", "/root/.ssh/authorized_keys", "/etc/pam.d/redis",
            "/etc/systemd/system/redis.service", "/usr/bin/redis-cli", "/proc/1/environ", "/etc/ssh/ssh_host_rsa_key",
        )),
    ],
)  # fmt: skip
def test_nobody_chooses_which_file_root_is_told_to_edit(uid, real, cgroup, owner, path):
    """Somebody's own process, other people's files, and files that lock out or let in: none is a configuration."""
    body = process(uid, cgroup, "/usr/bin/redis-check-rdb", (owner, path), owners=SUDO, real=real)
    assert config_files(body) == ()


def test_the_likeliest_configuration_stands_first():
    body = process(0, SYSTEM, "/usr/bin/redis-check-rdb", (0, "/srv/data.rdb"), (0, "/etc/redis/redis.conf"))
    assert config_files(body) == ("/etc/redis/redis.conf", "/srv/data.rdb")


def test_files_without_number_on_many_sockets_cost_little():
    """A host that names files for ever, held by as many sockets as may be."""
    body = process(0, SYSTEM, "/usr/bin/x", *((0, f"/srv/{number}") for number in range(50_000)))
    sockets = body.partition("\n")[0] + "\n"
    body = "".join(sockets.replace(":6379", f":{port}") for port in range(1, 4900)) + body
    found = listening(section(body), (), (), NOW)
    assert not isinstance(found, Unavailable)
    assert {len(socket.process.config_files) for socket in found.sockets if socket.process} == {16}


# Anything at all

TAGS = st.sampled_from(
    ["S", "F", "P", "N", "U", "R", "E", "G", "C", "D", "H", "A", "O", "M", "L", "X", "Y", "Z", "B", "V", "T", "K", "J",
     "os", "hostname", "running", "image", "container", "timezone", "manager", "passwd:", "shadow:", "group:", "login:",
     "Q", "HK", "HO", "HP", "CF", "CL", "CX", "I", "GP", "PF", "PL", "GM",
     "p", "said", "hold", "world", "modules", "core", "booted", "file", "line", "time", "head", "apt", "unit", "cron"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60), st.text('0123456789:\t/,="\\- aA[]%*.', max_size=60),
    st.just("binary\tfound"), st.just(ED25519),
    st.sampled_from(["/etc/apt/sources.list", "/etc/apt/sources.list.d/x.sources", "/etc/apt/preferences", "[a]",
        "/etc/yum.repos.d/x.repo", "/etc/dnf/automatic.conf", "/etc/apk/repositories", "deb [trusted=yes] http://x y z",
        "Types: deb", "URIs: http://x", "Suites: a b/", "baseurl=http://x", "enabled=1", " more", "@edge", "=",
        ":", "[", "deb [", "deb cdrom:[x]/ a", "Id=dnf-automatic.timer", "/x\tapt-get",
        'Unattended-Upgrade::Allowed-Origins:: "x']),
    st.builds(lambda number, text: f"{number}:{text} {ED25519}", st.integers(), st.text(max_size=30)),
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.builds(lambda tag, text: f"{tag}\t{text}".encode("utf-8", "surrogatepass"), TAGS, TEXTS), max_size=20
    ).map(b"\n".join),
    st.lists(
        st.builds(lambda tag, text: f"{tag}{text}".encode("utf-8", "surrogatepass"), TAGS, TEXTS), max_size=20
    ).map(lambda lines: b"\n".join([*lines, b"passwd:root:0:0:x:/bin/sh:/root", b"complete:"])),
    st.builds(
        lambda manager, lines: b"\n".join([b"manager\t" + manager, b"apt-config\tread", *lines, b"complete\t"]),
        st.sampled_from([b"dpkg", b"rpm", b"apk"]),
        st.lists(
            st.builds(lambda tag, text: f"{tag}\t{text}".encode("utf-8", "surrogatepass"), TAGS, TEXTS), max_size=20
        ),
    ),
)
NAMES = (
    "system", "accounts", "sockets", "ssh", "ssh-log", "sudo", "private-keys", "packages", "updates", "stale-processes",
    "software", "leaks", "pam",
)  # fmt: skip

EMPTY_JOB = b"manager\tdpkg\napt-config\tread\ncron\t/etc/cron.d/x\t \ncomplete\t"


@given(st.lists(BODIES, min_size=len(NAMES), max_size=len(NAMES)), st.integers(0, 255))
@example([EMPTY_JOB] * len(NAMES), 0)
def test_whatever_a_host_says_becomes_facts_or_a_reason(bodies, status):
    """No input makes a parser raise, and every text that comes out is printable."""
    sections = Sections({name: Section(body, status, False) for name, body in zip(NAMES, bodies, strict=True)}, "")
    found = facts(sections, NOW)
    assert set(found) == set(INSIDE)
    repr(found).encode()


@given(st.text(max_size=200))
def test_any_line_of_authorized_keys_is_read_or_left(line):
    key_line(f"{line} {ED25519}", UTC, NOW)
    key_line(line, UTC, NOW)


@given(st.binary(max_size=400))
def test_any_output_is_cut_into_something(output):
    cut(output, N, "")
