"""Logins as sshd's own log lines tell them (auth.c of OpenSSH), counted on the host."""

from __future__ import annotations

import gzip
import os
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from posture.collect.host.sections import Section
from posture.collect.host.ssh_log import guards, moment, ssh_log
from posture.facts.ssh_log import SshLog
from posture.facts.sshd import SshdContext, SshServer
from posture.facts.unavailable import Unavailable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROOT = "SHA256:" + "A" * 43
ANNA = "SHA256:" + "B" * 43
FORGED = "SHA256:" + "D" * 43
DAY = timedelta(days=1)


def line(at: datetime, message: str, program: str = "sshd[7]", *, old: bool = True) -> str:
    stamp = f"{at:%b} {at.day:2} {at:%H:%M:%S}" if old else at.isoformat(timespec="microseconds")
    return f"{stamp} web1 {program}: {message}\n"


def accepted(account: str, address: str, key: str = ROOT) -> str:
    return f"Accepted publickey for {account} from {address} port 50000 ssh2: ED25519 {key}"


@pytest.fixture
def logged(machine):
    """A machine whose /var/log the test fills; times count back from today, as files' days do."""
    machine.only = ("system", "accounts", "ssh-log")
    (machine.root / "log").mkdir()
    machine.before = "mount --bind $0/log /var/log\n"
    return machine


def write(machine, name: str, text: str, at: datetime | None = None) -> None:
    file: Path = machine.root / "log" / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    if at:
        os.utime(file, (at.timestamp(), at.timestamp()))


def test_logins_are_counted_by_key_and_strangers_words_stay(logged, reader):
    """Over rotated files of both forms of time; what a stranger typed for a name neither counts nor leaves."""
    today = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    old = today - 9 * DAY
    write(logged, "auth.log.2.gz", line(old - DAY, "x", "CRON[1]") + line(old, accepted("root", "2001:db8::7")), old)
    certificate = (
        f"Accepted publickey for anna from 198.51.100.8 port 5 ssh2: ED25519-CERT {ANNA} "
        f"ID run-42@posture (serial 42) CA ED25519 {ROOT}"
    )
    forged = f"x sshd[1]: {accepted('root', '192.0.2.66', FORGED)}"
    lines = [
        line(today - 2 * DAY, certificate),
        line(today - DAY, "Accepted keyboard-interactive/pam for bert from 198.51.100.9 port 5 ssh2", old=False),
        line(
            today - DAY,
            "Failed password for invalid user hunter2word from 192.0.2.1 port 5 ssh2 from 203.0.113.5 port 7 ssh2",
        ),
        line(today - DAY, "Connection closed by invalid user hunter2word 203.0.113.5 port 7 [preauth]"),
        line(today - DAY, "message repeated 3 times: [ Failed password for root from 203.0.113.6 port 78 ssh2]"),
        line(today - DAY, "Disconnected from authenticating user root 203.0.113.7 port 79 [preauth]", "sshd[9]"),
        line(today - DAY, f"Failed password for invalid user {forged} from 203.0.113.9 port 5 ssh2", "sshd[10]"),
        line(today - DAY, f"sshd[1]: {accepted('root', '192.0.2.66', FORGED)}", "evil[1]"),
        line(today, accepted("root", "198.51.100.7"), "sshd-session[8]", old=False),
    ]
    write(logged, "auth.log", "".join(lines))
    output = logged.output()
    assert b"hunter2" not in output
    log = reader(output)[SshLog]
    assert isinstance(log, SshLog), (log, output)
    keys = {(use.account, use.fingerprint): use for use in log.keys}
    assert set(keys) == {("root", ROOT), ("anna", ANNA)}
    assert (keys["root", ROOT].times, keys["root", ROOT].addresses) == (2, ("198.51.100.7", "2001:db8::7"))
    assert keys["anna", ANNA].certificate == "run-42@posture"
    assert [(use.account, use.method, use.times) for use in log.passwords] == [("bert", "keyboard-interactive/pam", 1)]
    assert (log.failures, log.failing_addresses) == (6, 4)
    assert log.source == "/var/log/auth.log"
    assert log.whole


def test_a_log_closed_to_the_account_is_not_an_empty_one(logged):
    write(logged, "auth.log", line(NOW, accepted("root", "192.0.2.1")))
    (logged.root / "log/auth.log").chmod(0o600)
    found = logged.collect("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")[SshLog]
    assert isinstance(found, Unavailable)
    assert "run as root" in found.reason


def test_no_log_is_said(logged):
    logged.before += "mount --bind /dev/null $(command -v journalctl) || true\n"
    found = logged.collect()[SshLog]
    assert isinstance(found, Unavailable)
    assert "no log of logins was found" in found.reason


def test_lines_of_busybox_count(logged):
    """Its syslogd names facility and level before the program."""
    today = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    tries = (f"Failed password for root from 203.0.113.{n} port 5 ssh2" for n in range(9))
    lines = [line(today, text, "auth.info sshd[7]") for text in tries]
    write(logged, "messages", "".join([line(today - DAY, "x", "cron.info crond[1]"), *lines]))
    logged.before += "mount --bind /dev/null $(command -v journalctl) || true\n"
    log = logged.collect()[SshLog]
    assert (log.failures, log.failing_addresses) == (9, 9)


def test_a_log_without_a_line_of_sshd_is_not_one_without_attempts(logged):
    today = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    write(logged, "auth.log", line(today - DAY, "x", "CRON[1]") + line(today, "y", "CRON[1]"))
    logged.only += ("ssh",)
    found = logged.collect()[SshLog]
    assert isinstance(found, Unavailable)
    assert "/var/log/auth.log holds no line of sshd" in found.reason


def test_a_log_that_names_keys_by_md5_tells_no_key_unused(logged):
    today = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    write(logged, "auth.log", line(today, accepted("root", "192.0.2.1", "MD5:" + ":".join(["16"] * 16))))
    assert logged.collect()[SshLog].whole is False


@pytest.mark.parametrize(
    ("programs", "setting", "expected"),
    [
        (("crowdsec", "crowdsec-firewall-bouncer"), "", ("crowdsec",)),
        (("lfd - sleeping",), 'LF_SSHD = "5"\n', ("lfd",)),
        (("lfd - sleeping",), 'LF_SSHD = "0"\n', ()),
        (("lfd",), "", ()),
        (("cPhulkd - processor",), "", ("cphulkd",)),
    ],
)
def test_guards_are_known_by_the_names_the_kernel_keeps(logged, programs, setting, expected):
    """Fifteen characters of a name; lfd may be told to leave SSH alone."""
    logged.only += ("ssh",)
    logged.sshd_config = "UsePAM no\nPasswordAuthentication no\n"
    starts = ""
    for name in programs:
        shutil.copy(shutil.which("sleep") or "sleep", logged.root / name)
        starts += f'"{logged.root}/{name}" 60 & '
    if setting:
        logged.write("csf/csf.conf", setting)
        logged.before += "cp -a /etc $0/all && cp -a $0/csf $0/all/ && mount --bind $0/all /etc\n"
    apart = ("unshare", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", f'{starts}sleep 0.3; exec "$@"', "sh")
    found = logged.collect(*apart)[SshServer].guards or ()
    assert tuple(one for one in found if one != "PerSourcePenalties") == expected


def test_the_journal_is_read_where_there_is_no_file(logged):
    """Only root's sshd is asked for; the newest come first."""
    journal = logged.write(
        "journal",
        "#!/bin/sh\ncase $* in\n"
        f"  *_UID=0*_COMM=sshd*) printf '%s\\n' '1795340000.5 web1 sshd[7]: {accepted('root', '198.51.100.7')}' "
        f"'1795300000.5 web1 sshd[7]: {accepted('root', '198.51.100.8')}' ;;\n"
        "  *) echo '1790000000.1 web1 kernel: Linux' ;;\nesac\n",
        0o755,
    )
    logged.before += f"mount --bind {journal} $(command -v journalctl)\n"
    log = logged.collect()[SshLog]
    assert isinstance(log, SshLog)
    (use,) = log.keys
    assert (use.times, use.addresses) == (2, ("198.51.100.7", "198.51.100.8"))
    assert use.last == datetime.fromtimestamp(1795340000, UTC)
    assert (log.source, log.since) == ("journal", datetime.fromtimestamp(1790000000, UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@1795300000", datetime.fromtimestamp(1795300000, UTC)),
        ("2026-11-20T10:00:00.123456+02:00", datetime(2026, 11, 20, 8, 0, 0, 123456, UTC)),
        ("2026-11-20T10:00:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("2027-01-01T00:00:00Z", NOW),
        ("2026-13-40T00:00:00Z", None),
        ("@99999999999999", None),
        ("now", None),
    ],
)
def test_times_are_those_of_the_host_and_never_later_than_now(text, expected):
    assert moment(text, timezone(timedelta(hours=1)), NOW) == expected


def _server(**options: str) -> SshServer:
    return SshServer((SshdContext("root", True, tuple(options.items())),), (), "9.9", "", NOW)


def test_sshd_that_logs_nothing():
    body = "H\tsource\tjournal\nH\tfirst\t@1790000000\nZ\n"
    quiet = ssh_log(Section(body.encode(), 0, False), _server(loglevel="QUIET"), UTC, NOW)
    assert isinstance(quiet, Unavailable)
    assert "LogLevel QUIET" in quiet.reason


@pytest.mark.parametrize(
    ("body", "penalties", "expected"),
    [
        ("G\tfail2ban\nG\tmade-up\nH\tguards\tseen\nZ\n", "crash:90 authfail:5", ("fail2ban", "PerSourcePenalties")),
        ("H\tguards\tseen\nZ\n", "no", ()),
        ("H\tguards\thidden\nZ\n", "no", None),
        ("H\tguards\thidden\nZ\n", "yes", ("PerSourcePenalties",)),
        ("Z\n", "", None),
        ("H\tguards\tseen\n", "", None),
    ],
)
def test_guards_are_known_without_a_log(body, penalties, expected):
    """Programs that watch, and sshd itself; where not all could be seen, none is not what was found."""
    assert guards(Section(body.encode(), 0, False), _server(persourcepenalties=penalties)) == expected
