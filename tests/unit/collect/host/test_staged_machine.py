"""The real script on a machine whose files the test wrote: what it finds, and what must never leave."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from posture.facts.accounts import Accounts, Password
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.host import KernelState, ListeningSockets, OsRelease
from posture.facts.packages import InstalledPackages
from posture.facts.private_keys import PrivateKeys
from posture.facts.sshd import SshServer
from posture.facts.sudo import SudoRules
from posture.facts.unavailable import Unavailable

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
HASH = "$6$abcdefgh$" + "Zk9/" * 21 + "ab"


def make_key(path: Path, *options: str, passphrase: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-N", passphrase, *options, "-f", path], check=True)
    return path


def public(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text().strip()


def test_password_states_leave_and_hashes_do_not(machine):
    """Set, locked, empty, in shadow or in passwd itself; admins by uid and by group; shells that start no session."""
    machine.passwd += [
        "anna:x:1000:1000:Anna:/home/anna:/bin/sh",
        "bert::1001:1001::/home/bert:/bin/sh",
        f"carl:{HASH}:1002:1002::/home/carl:/bin/sh",
        "dora:x:1003:27::/home/dora:/usr/sbin/nologin",
        "emil:x:1004:1004::/home/emil:/no/such/shell",
        "toor:x:0:0::/root:/bin/sh",
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    ]
    machine.shadow += [f"anna:{HASH}:20000::::::", "dora::20000::::::", f"emil:!{HASH}:20000::::::", "toor:x1:1::::::"]
    machine.group += ["sudo:x:27:anna", "admin:x:99:"]
    output = machine.output()
    assert HASH[12:].encode() not in output
    assert b"abcdefgh" not in output
    assert b"Anna" not in output, "real names are nobody's business"


def test_accounts_are_read_as_login_reads_them(machine):
    machine.passwd += [
        "anna:x:1000:1000:Anna:/home/anna:/bin/sh",
        "bert::1001:1001::/home/bert:",
        f"carl:{HASH}:1002:1002::/home/carl:/bin/sh",
        "dora:x:1003:27::/home/dora:/usr/sbin/nologin",
        "emil:x:1004:1004::/home/emil:/no/such/shell",
        "toor:x:0:0::/root:/bin/sh",
    ]
    machine.shadow += [f"anna:{HASH}:20000::::::", "dora::20000::::::", f"emil:!{HASH}:20000::::::"]
    machine.group += ["sudo:x:27:anna"]
    accounts = machine.collect()[Accounts]
    assert accounts.shadow_read
    assert [account.name for account in accounts.accounts if account.disabled] == ["emil"]
    found = {account.name: (account.password, account.can_login, account.admin) for account in accounts.accounts}
    assert found == {
        "root": (Password.LOCKED, True, True),
        "sshd": (Password.LOCKED, False, False),
        "anna": (Password.SET, True, True),
        "bert": (Password.EMPTY, True, False),
        "carl": (Password.SET, True, False),
        "dora": (Password.EMPTY, False, True),
        "emil": (Password.LOCKED, False, False),
        "toor": (Password.LOCKED, True, True),  # x without an entry in shadow: nothing matches
    }


@pytest.mark.parametrize(
    ("nsswitch", "entry", "expected"),
    [
        ("group: files systemd\n", "", ("staff", "web", "adm")),
        ("group: files [SUCCESS=merge] systemd\n", "", ("staff", "web", "adm")),
        ("group: files ldap\n", "", ()),
        ("group: files\ninitgroups: files ldap\n", "", ()),
        ("", "+:::", ()),
    ],
)
def test_an_accounts_groups_are_those_of_its_number_and_its_name(machine, nsswitch, entry, expected):
    """As ``id -G -n`` says; a second name for a group is none. Where a directory may know more, nothing is known."""
    machine.passwd.append("anna:x:1000:50:Anna:/home/anna:/bin/sh")
    machine.group += ["adm:x:4:syslog,anna", "staff:x:50:", "web:x:33:anna,bert", "too:x:33:anna", "joanna:x:60:joanna"]
    machine.group += [entry] if entry else []
    machine.nsswitch, machine.only = nsswitch, ("accounts",)
    anna = next(one for one in machine.collect()[Accounts].accounts if one.name == "anna")
    assert (anna.groups[:1], set(anna.groups)) == (expected[:1], set(expected))


@pytest.mark.parametrize(
    ("nsswitch", "entry", "expected"),
    [
        ("passwd: files systemd\n", "", ()),
        (
            "# passwd: ldap\ngroup: ldap\npasswd:\tfiles [NOTFOUND=return success=continue] nisplus # nis\n",
            "",
            ("nisplus",),
        ),
        ("passwd: ldap files winbind\n", "", ("ldap", "winbind")),
        ("passwd: compat\n", "+::::::", ("nis",)),
        ("passwd: files\n", "+::::::", ()),  # which nobody reads there
        ("", "+@staff::::::", ("nis",)),
    ],
)
def test_accounts_that_come_from_elsewhere_are_told(machine, nsswitch, entry, expected):
    """A directory's accounts are not in /etc/passwd: that there is one must be known."""
    machine.nsswitch = nsswitch
    machine.passwd += [entry] if entry else []
    assert machine.collect()[Accounts].elsewhere == expected


KINDS = {
    "ed25519": (("-t", "ed25519"), "openssh", "ssh-ed25519"),
    "ecdsa": (("-t", "ecdsa", "-b", "521"), "openssh", "ecdsa-sha2-nistp521"),
    "rsa": (("-t", "rsa", "-b", "1024"), "openssh", "ssh-rsa"),
    "pem": (("-t", "rsa", "-b", "1024", "-m", "PEM"), "pem", "ssh-rsa"),
    "pkcs8": (("-t", "ecdsa", "-m", "PKCS8"), "pkcs8", "ecdsa-sha2-nistp256"),
}


def private_part(text: str) -> tuple[str, str]:
    """The base64 of a key file: the public head, and from the first private byte on (all of it for PEM)."""
    body = "".join(line for line in text.splitlines() if line and "-----" not in line and ":" not in line)
    blob = base64.b64decode(body)
    if not blob.startswith(b"openssh-key-v1\0"):
        return "", body
    at = 15
    for _ in range(3):
        at += 4 + int.from_bytes(blob[at : at + 4], "big")
    at += 4
    at += 4 + int.from_bytes(blob[at : at + 4], "big")
    cut = (at + 2) // 3 * 4
    return body[:cut], body[cut:]


@pytest.mark.parametrize(
    ("stage", "prefix", "expected"),
    [
        ("", (), ()),
        ("mkdir -p /etc/sssd /var/lib/sss/pipes\n", (), ()),
        ("mkdir -p /etc/sssd\ntouch /etc/sssd/sssd.conf\n", (), ("sss",)),
        ("mkdir -p /etc/sssd/conf.d\ntouch /etc/sssd/conf.d/ad.conf\n", (), ("sss",)),
        ("mkdir -p /var/lib/sss/pipes\ntouch /var/lib/sss/pipes/nss\n", (), ("sss",)),
        ("mkdir -p -m 700 /etc/sssd\n", ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), ("sss",)),
    ],
    ids=["none", "empty", "set up", "set up in parts", "runs", "not seen"],
)
def test_sssd_counts_where_it_is_set_up(machine, stage, prefix, expected):
    """Red Hat's nsswitch.conf names it on every host; where its folder is closed, nobody knows that it is not."""
    machine.nsswitch = "passwd: sss files systemd\ngroup: sss files\nsudoers: files sss\n"
    machine.only = ("system", "accounts", "sudo")
    machine.before = (
        "mount -t tmpfs -o mode=755 none /var/lib\ncp -a /etc $0/whole\nrm -rf $0/whole/sssd\n"
        f"mount --bind $0/whole /etc\n{stage}"
    )
    facts = machine.collect(*prefix)
    assert facts[Accounts].elsewhere == expected
    if not prefix:
        assert facts[SudoRules].unknown == (("rules from LDAP or SSSD",) if expected else ())


def test_no_private_byte_leaves(machine):
    """Of every kind of key file, folded differently or with Windows' line ends, only the public head goes out."""
    secrets = []
    for name, (options, _, _) in KINDS.items():
        for passphrase in ("", "correct horse"):
            key = make_key(
                machine.root / f"srv/{name}{'-locked' if passphrase else ''}", *options, passphrase=passphrase
            )
            text = key.read_text()
            secrets.append(private_part(text))
            key.with_name(f"{key.name}-crlf").write_text(text.replace("\n", "\r\n"))
            first, *lines, last = text.strip().splitlines()
            if not any(":" in line for line in lines):
                key.with_name(f"{key.name}-line").write_text(f"{first}\n{''.join(lines)}\n{last}\n")
    putty = (
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\n"
    )
    machine.write("srv/key.ppk", f"{putty}c2VjcmV0cGFydG9mcHV0dHk=\n")
    secrets.append(("", "c2VjcmV0cGFydG9mcHV0dHk="))
    output = machine.output()
    assert output.count(b"\nK\t") >= 25, "the files were found"
    publics = "".join([*(file.read_text() for file in machine.root.glob("srv/*.pub")), *(head for head, _ in secrets)])
    for _, secret in secrets:  # which repeats parts of the public key
        windows = {secret[at : at + 12] for at in range(len(secret) - 12)}
        assert windows
        assert not [window for window in windows if window.encode() in output and window not in publics]
    assert output.count(b"\nJ\topenssh\t") >= 18


def test_a_large_website_hides_no_key_behind_it(machine):
    """What sites consist of by the thousand does not use up the number of files that are looked into."""
    machine.only = ("system", "accounts", "private-keys")
    key = machine.root / "home/shop/z/deploy"
    (machine.root / "home/shop/www").mkdir(parents=True)
    key.parent.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    machine.before = "cd /home/shop/www && seq -f %05.0f.php 22000 | xargs touch && cd /\n"
    keys = machine.collect()[PrivateKeys]
    assert keys.complete
    assert "/home/shop/z/deploy" in {one.path for one in keys.keys}


def test_private_keys_are_told_by_their_heads(machine):
    """Format, type, encryption, owner and mode; published test keys that package managers unpack are left out."""
    expected = {}
    for name, (options, form, kind) in KINDS.items():
        for locked in (False, True):
            path = f"srv/{name}{'-locked' if locked else ''}"
            make_key(machine.root / path, *options, passphrase="correct horse" if locked else "")
            expected[f"/{path}"] = (form, "" if locked and form == "pkcs8" else kind, locked)
    (machine.root / "srv/rsa").chmod(0o644)
    machine.write("srv/x/node_modules/y/key", (machine.root / "srv/rsa").read_text())
    machine.write("srv/notes.txt", "see -----BEGIN RSA PRIVATE KEY-----\n")
    found = machine.collect()[PrivateKeys]
    keys = {key.path: (key.format, key.type, key.encrypted) for key in found.keys if key.path.startswith("/srv")}
    assert keys == expected
    assert {key.path: key.mode for key in found.keys}["/srv/rsa"] == 0o644
    assert {key.owner for key in found.keys} == {"root"}
    assert found.complete
    assert found.unreadable == 0
    assert "/srv" in found.places


OF_VERSION = """cp /usr/sbin/sshd /run/sshd.real
cat >/run/sshd.said <<'SAID'
#!/bin/sh
[ "$1" = -V ] && { echo 'VERSION, OpenSSL 3.0' >&2; exit 0; }
exec /run/sshd.real "$@"
SAID
chmod 755 /run/sshd.said
mount --bind /run/sshd.said /usr/sbin/sshd
"""


@pytest.mark.parametrize(
    ("version", "found", "unread"),
    [
        ("OpenSSH_9.9p2 Debian-1", ["/srv/keys/anna*", "/home/anna/.ssh/[k]eys"], ()),
        ("OpenSSH_10.0p2", ["/srv/keys/anna*", "/srv/keys/anna1", "/home/anna/.ssh/keys"], ()),
        ("Secure Shell", [], ("/srv/keys/anna*: ", "/home/anna/.ssh/[k]eys: ")),
    ],
)
def test_wildcards_are_expanded_where_this_sshd_does(machine, version, found, unread):
    """Since OpenSSH 10.0 (release notes); before, such a name stands for itself. Not known: neither is guessed."""
    line = public(make_key(machine.root / "key", "-t", "ed25519"))
    machine.passwd.append("anna:x:1000:1000::/home/anna:/bin/sh")
    machine.sshd_config = "AuthorizedKeysFile /srv/keys/%u* .ssh/[k]eys\nUsePAM no\n"
    for path in ("srv/keys/anna*", "srv/keys/anna1", "home/anna/.ssh/keys", "home/anna/.ssh/[k]eys"):
        machine.write(path, f"{line}\n")
    machine.before, machine.only = OF_VERSION.replace("VERSION", version), ("system", "accounts", "sockets", "ssh")
    keys = machine.collect()[AuthorizedKeys]
    assert [key.path for key in keys.keys] == found
    assert [any(path.startswith(start) for path in keys.unreadable) for start in unread] == [True] * len(unread)
    assert ("anna" in keys.accounts_read) is not bool(unread)


def test_keys_are_looked_for_where_sshd_looks(machine):
    """Tokens, relative and absolute files, wildcards; the same file by another name does not count twice."""
    machine.before = OF_VERSION.replace("VERSION", "OpenSSH_10.0p2")
    key = make_key(machine.root / "key", "-t", "ed25519")
    machine.passwd.append("anna:x:1000:1000::/home/anna:/bin/sh")
    machine.sshd_config = "AuthorizedKeysFile /srv/keys/%u %h/keys-%U-%% .ssh/keys.d/*\nUsePAM no\n"
    for path in (
        "srv/keys/anna",
        "home/anna/keys-1000-%",
        "home/anna/.ssh/keys.d/one",
        "home/anna/.ssh/authorized_keys",
    ):
        machine.write(path, f"# old\n\n{public(key)}\n")
    machine.write("home/anna/.ssh/keys.d/two\nZ\tanna\tread", public(key))
    facts = machine.collect()
    keys = facts[AuthorizedKeys]
    assert [(key.account, key.uid, key.path, key.line) for key in keys.keys] == [
        ("anna", 1000, "/srv/keys/anna", 3),
        ("anna", 1000, "/home/anna/keys-1000-%", 3),
        ("anna", 1000, "/home/anna/.ssh/keys.d/one", 3),
    ]
    assert keys.unreadable, "a file whose name could forge the output is not read, and that is said"
    assert keys.accounts_read == ("root",)
    assert facts[SshServer].contexts[1].user == "anna"


def test_more_keys_than_are_read_leave_the_account_unread(machine):
    """The weak key may be the last."""
    line = public(make_key(machine.root / "key", "-t", "ed25519"))
    machine.passwd += ["anna:x:1000:1000::/home/anna:/bin/sh", "bert:x:1001:1001::/home/bert:/bin/sh"]
    machine.write("home/anna/.ssh/authorized_keys", f"{line}\n" * 1001)
    machine.write("home/bert/.ssh/authorized_keys", f"{line}\n" * 1000)
    keys = machine.collect()[AuthorizedKeys]
    assert keys.accounts_unread == ("anna",)
    assert "1000" in keys.unreadable[0]
    assert [key.account for key in keys.keys] == ["anna"] * 1000 + ["bert"] * 1000


def test_an_authorized_keys_file_that_links_elsewhere_gives_nothing_away(machine):
    machine.write("root/secret", f"password = hunter2hunter2\nroot:{HASH}:1:\n", 0o600)
    machine.passwd.append("anna:x:1000:1000::/home/anna:/bin/sh")
    folder = machine.root / "home/anna/.ssh"
    folder.mkdir(parents=True)
    (folder / "authorized_keys").symlink_to("/root/secret")
    assert b"hunter2" not in machine.output()


def test_a_process_is_believed_by_its_socket_not_by_its_name(machine, reader):
    """A name made to look like another process's number misleads nobody; arguments that hold a password stay there."""
    server = machine.write(
        'srv/",pid=1,fd=9),(',
        "#!/usr/bin/python3 -S\nimport socket, time\n"
        "with socket.create_server(('127.0.0.1', 7777)):\n    time.sleep(60)\n",
        0o755,
    )
    machine.write("srv/app.conf", "# bind nothing\nbind 0.0.0.0 -::1\nrequirepass hunter2hunter2\n  Port: 7777\n")
    if not Path("/usr/bin/python3").exists():
        pytest.skip("needs /usr/bin/python3")
    name = f"'/srv/{server.name}'"
    machine.before = (
        "ip link set lo up\n"
        f"{name} --password=hunter2hunter2 --conf=/srv/app.conf & \n"
        "server=$!\n"
        "for i in 1 2 3 4 5 6 7 8 9 10; do ss -Hltn | grep -q 7777 && break; sleep 0.1; done\n"
        "shift $#; set -- sh -c 'sh -s; kill '$server\n"
    )
    output = machine.output()
    assert b"hunter2" not in output
    sockets = reader(output)[ListeningSockets]
    (listening,) = [socket for socket in sockets.sockets if socket.port == 7777]
    assert listening.process is not None
    assert listening.process.pid != 1
    assert listening.process.package.startswith("python3")
    assert "/srv/app.conf" in listening.process.config_files
    says = [(line.number, line.text) for line in listening.process.config_lines if line.path == "/srv/app.conf"]
    assert says == [(2, "bind 0.0.0.0 -::1"), (4, "Port: 7777")]
    assert sockets.processes_complete


def test_the_system_itself(machine):
    """Kernel images with numbers read as numbers, rescue images left out; the reboot flag with its packages."""
    machine.before = (
        "umask 022; touch /boot/vmlinuz-6.1.0-9-amd64 /boot/vmlinuz-6.1.0-10-amd64 /boot/vmlinuz-0-rescue-1\n"
    )
    machine.write("run/reboot-required")
    machine.write("run/reboot-required.pkgs", "libc6\nlinux-image-6.1.0-10-amd64\nlibc6\n")
    facts = machine.collect()
    kernel = facts[KernelState]
    assert kernel.running == Path("/proc/sys/kernel/osrelease").read_text().strip()
    assert kernel.newest_installed == "6.1.0-10-amd64"
    assert kernel.reboot_required
    assert kernel.reboot_packages == ("libc6", "linux-image-6.1.0-10-amd64")
    assert isinstance(facts[OsRelease], OsRelease)


def test_a_machine_is_known_again_and_a_copy_of_it_is_another(machine):
    """Two looks at one, and one with processes of its own; neither id of it leaves."""
    machine.only = ("system",)
    apart = ("unshare", "-p", "-f", "--mount-proc", "--kill-child")
    first, again, copy = (machine.collect(*prefix)[OsRelease].machine for prefix in ((), (), apart))
    assert first == again != copy
    assert all((first, copy))
    assert Path("/proc/sys/kernel/random/boot_id").read_text().strip().encode() not in machine.output()


def test_without_rights_what_is_not_seen_is_said(machine):
    """As nobody: no password states, homes that cannot be entered by name, the server's configuration all the same."""
    machine.passwd += ["anna:x:1000:1000::/home/anna:/bin/sh", "bert:x:1001:1001::/home/bert:/bin/sh"]
    key = make_key(machine.root / "key", "-t", "ed25519")
    machine.write("home/anna/.ssh/authorized_keys", public(key) + "\n")
    machine.write("home/bert/.ssh/authorized_keys", public(key) + "\n", 0o600)
    (machine.root / "home/anna").chmod(0o700)
    facts = machine.collect(*AS_NOBODY)
    assert not facts[Accounts].shadow_read
    states = {account.name: account.password for account in facts[Accounts].accounts}
    assert states == {"root": "unknown", "anna": "unknown", "bert": "unknown", "sshd": "locked"}
    assert [context.user for context in facts[SshServer].contexts] == ["root", "anna", "bert"]
    assert facts[AuthorizedKeys].accounts_unread == ("anna", "bert")
    assert facts[AuthorizedKeys].unreadable == ("/home/bert/.ssh/authorized_keys",)
    assert facts[PrivateKeys].unreadable >= 2, "anna's home and the host key"
    assert facts[InstalledPackages].packages


def test_a_configuration_that_cannot_be_read_makes_the_server_unknown(machine):
    machine.sshd_config = "Include /etc/ssh/hidden.conf\n"
    machine.write("etc/ssh/hidden.conf", "PasswordAuthentication yes\n", 0o600)
    facts = machine.collect(*AS_NOBODY)
    assert isinstance(facts[SshServer], Unavailable)
    assert "root" in facts[AuthorizedKeys].accounts_unread


@pytest.mark.parametrize("include", ["sshd_config.d/*.conf", '"/etc/ssh/sshd_config.d/a.conf"', "/etc/ssh/main.conf"])
def test_a_folder_of_the_configuration_that_cannot_be_read_makes_the_server_unknown(machine, include):
    """sshd finds nothing in it, says nothing, and answers with what would hold without it."""
    machine.sshd_config = f"include {include}\nUsePAM no\n"
    machine.write("etc/ssh/main.conf", "Include /etc/ssh/sshd_config.d/*.conf\n")
    machine.write("etc/ssh/sshd_config.d/a.conf", "PasswordAuthentication no\n")
    (machine.root / "etc/ssh/sshd_config.d").chmod(0o700)
    facts = machine.collect(*AS_NOBODY)
    assert isinstance(facts[SshServer], Unavailable)
    assert "/etc/ssh/sshd_config.d" in facts[SshServer].reason
    assert "root" in facts[AuthorizedKeys].accounts_unread
    (machine.root / "etc/ssh/sshd_config.d").chmod(0o755)
    assert machine.collect(*AS_NOBODY)[SshServer].contexts[0].get("passwordauthentication") == "no"


def test_an_include_of_a_folder_that_is_not_there_hides_nothing(machine):
    machine.sshd_config = "Include /etc/ssh/none.d/*.conf none/*/x.conf\nUsePAM no\n"
    assert machine.collect(*AS_NOBODY)[SshServer].contexts


def test_every_port_is_asked(machine):
    """Settings that decide over logins and differ between ports are told for each; keys count from every one."""
    line = public(make_key(machine.root / "key", "-t", "ed25519"))
    machine.passwd += ["anna:x:1000:1000::/home/anna:/bin/sh", "bert:x:1001:1001::/home/bert:/bin/sh"]
    machine.sshd_config = (
        "Port 22\nPort 2222\nListenAddress 0.0.0.0\nListenAddress 192.0.2.9:2200\n"
        "PasswordAuthentication no\nUsePAM no\n"
        "Match LocalPort 2222 User anna\n  PasswordAuthentication yes\n"
        "Match LocalPort 2200 User root\n  X11Forwarding yes\n"
        "Match LocalPort 2200 User bert\n  AuthorizedKeysFile /srv/keys/%u .ssh/authorized_keys\n"
    )
    for path in ("home/bert/.ssh/authorized_keys", "srv/keys/bert"):
        machine.write(path, f"{line}\n")
    facts = machine.collect()
    ways = [(one.user, one.port, one.get("passwordauthentication")) for one in facts[SshServer].contexts]
    assert ways == [
        ("root", 22, "no"), ("anna", 22, "no"), ("anna", 2222, "yes"), ("bert", 22, "no"), ("bert", 2200, "no"),
    ]  # fmt: skip
    assert facts[SshServer].failed == ()
    assert {key.path for key in facts[AuthorizedKeys].keys} == {"/home/bert/.ssh/authorized_keys", "/srv/keys/bert"}


def test_a_server_that_does_not_listen_is_told_from_one_that_is_not_known_to(machine):
    """A staged machine has no sockets; without ss nothing is known of them."""
    assert machine.collect()[SshServer].listening is False
    machine.before = "mount --bind /dev/null $(command -v ss)\n"
    assert machine.collect()[SshServer].listening is None


def test_a_machine_without_ssh_server_has_none(machine):
    machine.before = "mount -t tmpfs none /usr/sbin; rm -f /usr/local/sbin/sshd\n"
    facts = machine.collect()
    assert facts[SshServer].listening is False
    assert facts[SshServer].version == ""
    assert facts[SshServer].contexts == ()


def test_nothing_is_left_behind(machine, tmp_path):
    """The throw-away host key of a run without rights is removed again."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    temporary.chmod(0o777)
    machine.before = f"export TMPDIR={temporary}\n"
    assert machine.collect(*AS_NOBODY)[SshServer].contexts
    assert not list(temporary.iterdir())
