"""The real script, as root, on a machine where the people with accounts work against it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.factset import INSIDE
from posture.facts.host import ListeningSockets
from posture.facts.leaks import HostLeaks
from posture.facts.private_keys import PrivateKeys
from posture.facts.ssh_log import SshLog
from posture.facts.ssh_trust import SshHostTrust
from posture.facts.sshd import SshServer
from posture.facts.unavailable import Unavailable

NOT_STAGED = {SshHostTrust, SshLog, HostLeaks}  # no connection, no log, no key to look for secrets with
ANNA = "anna:x:1000:1000::/home/anna:/bin/sh"
BERT = "bert:x:1001:1001::/home/bert:/bin/sh"


def make_key(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def own(path: Path, uid: int) -> None:
    for file in (path, *path.rglob("*")):
        os.chown(file, uid, uid, follow_symlinks=False)


@pytest.fixture
def inhabited(machine):
    """Anna, and Bert behind her, whose key must be found whatever she does."""
    machine.passwd += [ANNA, BERT]
    bert = make_key(machine.root / "home/bert/.ssh/id_ed25519")
    bert.with_name("authorized_keys").write_text(bert.with_name("id_ed25519.pub").read_text())
    (machine.root / "home/anna/.ssh").mkdir(parents=True)
    own(machine.root / "home/anna", 1000)
    own(machine.root / "home/bert", 1001)
    return machine


def others_are_found(facts) -> None:
    assert set(facts) == set(INSIDE)
    silent = {kind: fact for kind, fact in facts.items() if isinstance(fact, Unavailable)}
    assert set(silent) <= NOT_STAGED, silent
    assert "/home/bert/.ssh/id_ed25519" in {key.path for key in facts[PrivateKeys].keys}
    assert "bert" in facts[AuthorizedKeys].accounts_read
    assert {key.account for key in facts[AuthorizedKeys].keys} >= {"bert"}


@pytest.mark.parametrize("target", ["/proc/kmsg", "/root/keys", "/dev/zero", "pipe", "/proc/self/fd/0"])
def test_a_list_of_keys_that_leads_elsewhere_is_not_followed_as_root(inhabited, target):
    """What its owner could not read is not read for her, pipes and devices stop nobody."""
    folder = inhabited.root / "home/anna/.ssh"
    inhabited.write("root/keys", (inhabited.root / "home/bert/.ssh/id_ed25519.pub").read_text(), 0o600)
    os.mkfifo(folder / "pipe")
    (folder / "authorized_keys").symlink_to(target)
    own(folder.parent, 1000)
    facts = inhabited.collect()
    others_are_found(facts)
    assert {key.account for key in facts[AuthorizedKeys].keys} == {"bert"}


def test_a_list_of_keys_that_links_to_the_owners_own_file_counts(inhabited):
    """As sshd has it: it reads with the account's rights, too."""
    folder = inhabited.root / "home/anna/.ssh"
    inhabited.write("home/anna/dotfiles/keys", (inhabited.root / "home/bert/.ssh/id_ed25519.pub").read_text(), 0o600)
    (folder / "authorized_keys").symlink_to("../dotfiles/keys")
    own(folder.parent, 1000)
    facts = inhabited.collect()
    assert {(key.account, key.path) for key in facts[AuthorizedKeys].keys} >= {
        ("anna", "/home/anna/.ssh/authorized_keys")
    }
    assert "anna" in facts[AuthorizedKeys].accounts_read


@pytest.mark.parametrize("home", ["/home/carl", "/home/staff/carl", "/srv/sites/carl", "/var/www/carl", "/root/carl"])
def test_a_home_with_a_file_system_of_its_own_is_searched(inhabited, home):
    """Wherever it is mounted; as its owner."""
    inhabited.passwd.append(f"carl:x:1002:1002::{home}:/bin/sh")
    own(make_key(inhabited.root / "carl/keys/deploy").parent.parent, 1002)
    inhabited.before = (
        f"chmod 755 /root; mkdir -m 755 -p {home}; mount -t tmpfs -o mode=700 none {home}\n"
        f"cp -a $0/carl/. {home}/; chown 1002:1002 {home}\n"
    )
    facts = inhabited.collect()
    others_are_found(facts)
    assert [key.path for key in facts[PrivateKeys].keys].count(f"{home}/keys/deploy") == 1


def test_a_folder_that_leads_elsewhere_is_not_searched(inhabited):
    """~/.ssh as a link to root's: neither its key is found again, nor its list taken for anna's; that is said."""
    key = make_key(inhabited.root / "root/.ssh/id_ed25519")
    key.chmod(0o644)
    inhabited.write("root/.ssh/authorized_keys", key.with_name("id_ed25519.pub").read_text())
    folder = inhabited.root / "home/anna/.ssh"
    folder.rmdir()
    folder.symlink_to("/root/.ssh")
    own(folder.parent, 1000)
    inhabited.before = "chmod 755 /root /root/.ssh\n"
    found = inhabited.collect()
    others_are_found(found)
    assert [key.path for key in found[PrivateKeys].keys if "id_ed25519" in key.path] == [
        "/root/.ssh/id_ed25519", "/home/bert/.ssh/id_ed25519",
    ]  # fmt: skip
    assert found[PrivateKeys].unreadable >= 1


def test_a_line_break_in_a_name_leads_nowhere(inhabited):
    """A folder whose name ends in a line break makes the rest look like a path of its own."""
    make_key(inhabited.root / "run/elsewhere")
    forged = inhabited.root / "home/anna/x\n/run/elsewhere"
    forged.parent.mkdir(parents=True)
    forged.write_text((inhabited.root / "run/elsewhere").read_text())
    own(inhabited.root / "home/anna", 1000)
    facts = inhabited.collect()
    others_are_found(facts)
    assert not [key.path for key in facts[PrivateKeys].keys if "elsewhere" in key.path]
    assert facts[PrivateKeys].unreadable == 1


def test_a_program_in_an_accounts_hands_speaks_for_that_account_only(inhabited):
    """Whoever has the same user id may trace the reader and write in its place: keys of others, files elsewhere."""
    forger = inhabited.write(
        "forger",
        "#!/bin/sh\ncase $* in\n  *--reuid=1000*seek*) printf '%s\\t%s\\n' K /etc/shadow J 'pem\tplain\tRSA' "
        "K /home/anna/../../etc/shadow J 'pem\tplain\tRSA' K /home/bert/.ssh/id_ed25519 J 'pem\tplain\tRSA' Z x E;;\n"
        "  *--reuid=1000*look*) printf 'F\\nLx\\nA\\troot\\nZ\\troot\\tread\\nA\\tbert\\nE\\n' ;;\n"
        '  *--reuid=1000*) exit 1 ;;\n  *) while :; do case $1 in --*) shift ;; *) exec "$@" ;; esac; done ;;\nesac\n',
        0o755,
    )
    inhabited.before = f"mount --bind {forger} /usr/bin/setpriv\n"
    facts = inhabited.collect()
    others_are_found(facts)
    keys = {key.path: key.format for key in facts[PrivateKeys].keys}
    assert keys["/home/bert/.ssh/id_ed25519"] == "openssh"
    assert not [path for path in keys if "shadow" in path]
    assert {key.account for key in facts[AuthorizedKeys].keys} == {"bert"}


def test_an_account_that_lets_us_wait_for_ever_costs_only_itself(inhabited):
    """A reader that no signal ends (a file system of the account's own, FUSE) is left behind with its pipe open."""
    stuck = inhabited.write(
        "stuck",
        "#!/bin/sh\ncase $* in *--reuid=1000*look*) setsid sleep 20 & exit 1 ;; esac\n"
        'while :; do case $1 in --*) shift ;; *) exec "$@" ;; esac; done\n',
        0o755,
    )
    inhabited.before = f"mount --bind {stuck} /usr/bin/setpriv\n"
    facts = inhabited.collect()
    others_are_found(facts)
    assert facts[AuthorizedKeys].accounts_unread == ("anna",)
    assert [context.user for context in facts[SshServer].contexts] == ["root", "anna", "bert"]


def test_without_setpriv_links_are_left_alone_and_that_is_said(inhabited):
    folder = inhabited.root / "home/anna/.ssh"
    (folder / "authorized_keys").symlink_to("/proc/kmsg")
    inhabited.before = "mount --bind /dev/null /usr/bin/setpriv\n"
    facts = inhabited.collect()
    others_are_found(facts)
    assert "setpriv is missing" in facts[AuthorizedKeys].unreadable[0]
    assert facts[AuthorizedKeys].accounts_unread == ("anna",)


def serving(port: int, *arguments: str) -> str:
    program = (
        "import socket, time\n"
        f"with socket.create_server(('127.0.0.1', {port})):\n    time.sleep(60)\n"
    )  # fmt: skip
    return f'/usr/bin/python3 -S -c "{program}" {" ".join(arguments)}'


def started(servers: dict[int, str]) -> str:
    """Shell that starts servers, waits for their ports, and stops them when the collector is done."""
    waits = "".join(
        f"for i in $(seq 50); do ss -Hltn | grep -q ':{port} ' && break; sleep 0.1; done\n" for port in servers
    )
    starts = "".join(f'{command} & servers="$servers $!"\n' for command in servers.values())
    return f"ip link set lo up\nservers=\n{starts}{waits}shift $#; set -- sh -c 'sh -s; kill '\"$servers\"'; wait'\n"


def test_what_people_start_themselves_names_no_configuration(machine):
    """The command line of somebody's own process is not even looked at."""
    machine.write("srv/app.conf", "x")
    as_anna = "setpriv --reuid=1000 --regid=1000 --clear-groups "
    machine.before = started({7001: as_anna + serving(7001, "/srv/app.conf"), 7002: serving(7002, "f=/srv/app.conf")})
    facts = machine.collect()
    found = {socket.port: socket.process.config_files for socket in facts[ListeningSockets].sockets if socket.process}
    assert found == {7001: (), 7002: ("/srv/app.conf",)}


SERVERS = {
    port: f"/usr/sbin/sshd -D -f /etc/ssh/{name} -o Port={port}"
    for port, name in ((2222, "other"), (22, "main"), (2223, "unit"))
}


def ssh_servers(machine) -> None:
    for name, seconds in (("other", 11), ("main", 22), ("unit", 33)):
        machine.write(f"etc/ssh/{name}", f"UsePAM no\nLoginGraceTime {seconds}\nListenAddress 127.0.0.1\n")


def test_the_server_on_port_22_is_asked_before_one_that_began_earlier(machine):
    ssh_servers(machine)
    machine.before = started(SERVERS)
    server = machine.collect()[SshServer]
    assert server.contexts[0].get("logingracetime") == "22"
    assert server.listening is True
    assert "a second sshd on port 2222 (/etc/ssh/other)" in server.others
    assert "another sshd on port 2223 (/etc/ssh/unit)" in server.others


def test_an_ssh_server_of_somebodys_own_is_not_taken_for_the_systems(machine):
    """Its command line is not read; that it listens is said, and that the system's own does not."""
    key = make_key(machine.root / "srv/host")
    machine.write("srv/own", f"HostKey /srv/{key.name}\nUsePAM no\nListenAddress 127.0.0.1\nPidFile none\n")
    os.chown(key, 1000, 1000)
    machine.passwd.append(ANNA)
    machine.before = started(
        {2222: "setpriv --reuid=1000 --regid=1000 --clear-groups /usr/sbin/sshd -D -p 2222 -f /srv/own"}
    )
    server = machine.collect()[SshServer]
    assert server.others == "another sshd of the account anna on port 2222"
    assert server.listening is False


def test_the_systems_server_alone_has_no_others(machine):
    """One server on two addresses and two ports is one server."""
    machine.sshd_config = "UsePAM no\nPort 22\nPort 2222\nListenAddress 127.0.0.1\nListenAddress ::1\n"
    machine.before = started({22: "/usr/sbin/sshd -D"})
    server = machine.collect()[SshServer]
    assert (server.listening, server.others, server.failed) == (True, "", ())


def removed(group: Path) -> None:
    """Remove a control group; its processes may be about to end."""
    for _ in range(100):
        try:
            return group.rmdir()
        except FileNotFoundError:
            return None
        except OSError:
            time.sleep(0.05)
    return group.rmdir()


def test_the_systems_own_ssh_service_is_asked_first(machine):
    """Whatever port it listens on: a container's server on port 22 shares the network, not the configuration."""
    groups = Path("/sys/fs/cgroup/systemd")
    groups = groups if groups.is_dir() else Path("/sys/fs/cgroup")
    if not os.access(groups / "cgroup.procs", os.W_OK):
        pytest.skip("needs control groups that can be written")
    unit = groups / f"system.slice/ssh-posture-test-{os.getpid()}.service"
    new = [folder for folder in (unit, unit.parent) if not folder.exists()]
    ssh_servers(machine)
    try:
        unit.mkdir(parents=True)
        machine.before = started(SERVERS)
        machine.before += f"for last in $servers; do :; done; echo $last >{unit}/cgroup.procs\n"
        server = machine.collect()[SshServer]
    finally:
        for folder in new:
            removed(folder)
    assert server.contexts[0].get("logingracetime") == "33"
    assert server.unit == unit.name
