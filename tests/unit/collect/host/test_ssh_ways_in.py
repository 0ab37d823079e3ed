"""The real sshd asked for every way in that its Match lines tell apart, and what it reads besides."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from posture.facts.accounts import Accounts
from posture.facts.authorized_keys import AuthorizedKeys
from posture.facts.private_keys import PrivateKeys
from posture.facts.sshd import ServerKeys, SshAuthorities, SshServer

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def make_key(path: Path, *options: str, passphrase: str = "") -> str:
    """The public line of a new key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-N", passphrase, *(options or ("-t", "ed25519")), "-f", path], check=True)
    return path.with_name(f"{path.name}.pub").read_text().strip()


@pytest.fixture
def host(machine):
    """Anna, Bert, and an account without a session."""
    machine.only = ("system", "accounts", "ssh")
    machine.passwd += [
        "anna:x:1000:1000::/home/anna:/bin/sh",
        "bert:x:1001:1001::/home/bert:/bin/sh",
        "backup:x:34:34::/home/backup:/usr/sbin/nologin",
        "gone:x:35:35::/home/gone:/no/such/shell",
    ]
    machine.group += ["anna:x:1000:", "staff:x:50:bert", "team:x:51:bert,anna"]
    return machine


def ways(server: SshServer, keyword: str) -> list[tuple[str, str, str]]:
    return [(one.user, one.origin, one.get(keyword)) for one in server.contexts]


def test_addresses_that_match_lines_name_are_asked_after_the_internet(host):
    """IPv4, IPv6, negation, wildcards, an included file; the sample of a wide network lies in no narrower one."""
    host.sshd_config = (
        "Include /etc/ssh/more.conf\nPasswordAuthentication no\nUsePAM no\nAllowTcpForwarding no\n"
        "match = user root address=10.0.0.0/8,!10.0.0.0/24\n  PermitRootLogin yes\n"
        'Match Address "2001:db8:7::/48" User anna\n  PasswordAuthentication yes\n'
        "Match Address 192.168.* User bert\n  PasswordAuthentication yes\n"
        "Match Address 172.16.0.0/12\n  X11Forwarding yes\n"
    )
    host.write(
        "etc/ssh/more.conf",
        "Match Address 198.18.0.9 User anna\n  AuthenticationMethods publickey,password\nMatch all\n",
    )
    server = host.collect()[SshServer]
    assert [(one.user, one.origin, one.address) for one in server.contexts] == [
        ("root", "internet", "192.0.2.1"),
        ("root", "10.0.0.0/8", "10.128.0.0"),
        ("anna", "internet", "192.0.2.1"),
        ("anna", "2001:db8:7::/48", "2001:db8:7::1"),
        ("anna", "198.18.0.9", "198.18.0.9"),
        ("bert", "internet", "192.0.2.1"),
        ("bert", "192.168.*", "192.168.1.1"),
    ]
    by = {(one.user, one.origin): one for one in server.contexts}
    assert by["root", "10.0.0.0/8"].get("permitrootlogin") == "yes"
    assert by["anna", "198.18.0.9"].get("authenticationmethods") == "publickey,password"
    assert (server.failed, server.unasked) == ((), "")


def test_accounts_that_differ_by_group_or_pattern_get_their_own_answer(host):
    host.sshd_config = (
        "PasswordAuthentication no\nUsePAM no\nMatch Group staff\n  PasswordAuthentication yes\n"
        "Match User ann?,!bert\n  PermitEmptyPasswords yes\n"
    )
    server = host.collect()[SshServer]
    assert ways(server, "passwordauthentication") == [
        ("root", "internet", "no"), ("anna", "internet", "no"), ("bert", "internet", "yes"),
    ]  # fmt: skip
    assert [one.get("permitemptypasswords") for one in server.contexts] == ["no", "yes", "no"]


def test_what_cannot_be_asked_is_said(host):
    """Names of clients with UseDNS, routing domains; with UseDNS off no name matches anything."""
    host.sshd_config = "UsePAM no\nUseDNS yes\nMatch Host *.office.example\n  PermitRootLogin no\nMatch RDomain blue\n"
    server = host.collect()[SshServer]
    assert "by host (*.office.example)" in server.unasked
    assert "routing domains" in server.unasked
    host.sshd_config = "UsePAM no\nMatch Host *.office.example\n  PermitRootLogin no\n"
    assert host.collect()[SshServer].unasked == ""


def test_more_ways_in_than_are_asked_about_are_said(host):
    """Nobody's answer is taken for another's: accounts beyond the limit have none."""
    people = [f"p{n}" for n in range(40)]
    host.passwd += [f"{name}:x:{2000 + n}:2000::/home/{name}:/bin/sh" for n, name in enumerate(people)]
    matches = "".join(f"Match User {name} Address 10.{n}.0.0/16\n  PermitTTY no\n" for n, name in enumerate(people))
    host.sshd_config = "UsePAM no\n" + matches
    server = host.collect()[SshServer]
    assert "more ways in than the 200" in server.unasked
    assert "tell more accounts and ways in apart" in dict(server.failed)["p39"]


def test_a_broken_configuration_is_no_answer(host):
    host.sshd_config = "UsePAM no\nMatch User anna\n  NoSuchKeyword yes\n"
    assert "NoSuchKeyword" in host.collect()[SshServer].reason


def test_keys_of_accounts_without_a_session_count(host):
    """sshd lets them in to forward; not where the shell is no program."""
    line = make_key(host.root / "key")
    for name in ("anna", "backup", "gone"):
        host.write(f"home/{name}/.ssh/authorized_keys", f"{line}\n")
    facts = host.collect()
    found = {key.account: (key.can_login, key.public) for key in facts[AuthorizedKeys].keys}
    blob = line.split()[1]
    assert found == {"anna": (True, blob), "backup": (False, blob)}
    assert "backup" in facts[AuthorizedKeys].accounts_read
    assert "sshd" not in facts[AuthorizedKeys].accounts_read
    assert {one.user for one in facts[SshServer].contexts} == {"root", "anna", "bert", "backup"}


def test_a_shell_that_serves_files_only_starts_no_session(host):
    """Its keys count all the same, and its home is searched for private ones."""
    host.only += ("private-keys",)
    host.write("run/git-shell", "#!/bin/sh\n", 0o755)
    host.passwd.append("git:x:1005:1005::/opt/posture-git:/run/git-shell")
    line = make_key(host.root / "key")
    host.write("git/.ssh/authorized_keys", f"{line}\n")
    shutil.copy(host.root / "key", host.root / "git/deploy")
    host.before = "mount -t tmpfs -o mode=755 none /opt\ncp -a $0/git /opt/posture-git\n"
    facts = host.collect()
    assert {one.name for one in facts[Accounts].accounts if one.can_login} == {"root", "anna", "bert"}
    assert [(key.account, key.can_login) for key in facts[AuthorizedKeys].keys] == [("git", False)]
    assert "/opt/posture-git/deploy" in {key.path for key in facts[PrivateKeys].keys}


def test_the_way_to_the_keys_is_held_against_strict_modes(host):
    """A file that a group or another owner may change; a group of the account alone is none on Debian."""
    line = make_key(host.root / "key")
    host.group[1] = "anna:x:1000:"
    for name, uid in (("anna", 1000), ("bert", 1001)):
        file = host.write(f"home/{name}/.ssh/authorized_keys", f"{line}\n")
        for path in (file, file.parent, file.parent.parent):
            os.chown(path, uid, 1000 if name == "anna" else 51)
    (host.root / "home/anna").chmod(0o775)
    (host.root / "home/bert/.ssh").chmod(0o775)
    (host.root / "home/bert/.ssh/authorized_keys").chmod(0o666)
    os.chown(host.root / "home/bert", 1000, 0)
    keys = host.collect()[AuthorizedKeys]
    assert keys.paths_checked
    loose = [(one.account, one.path, one.by) for one in keys.loose if one.account == "bert"]
    assert loose == [
        ("bert", "/home/bert/.ssh/authorized_keys", "everyone"),
        ("bert", "/home/bert/.ssh", "group team"),
        ("bert", "/home/bert", "anna"),
    ]
    debian = "debian" in Path("/etc/os-release").read_text()
    assert ("anna" in {one.account for one in keys.loose}) is not debian
    host.passwd.append("carl:x:1005:1000::/home/carl:/bin/sh")
    assert ("anna", "/home/anna", "group anna") in [
        (one.account, one.path, one.by) for one in host.collect()[AuthorizedKeys].loose
    ]


def test_who_signs_for_accounts_is_told(host):
    """Keys of TrustedUserCAKeys, names of AuthorizedPrincipalsFile with their options, the commands never run."""
    line = make_key(host.root / "ca")
    host.write("etc/ssh/ca", f"# ours\n\n{line}\nnot a key\n")
    host.write(
        "etc/ssh/names/anna", '# who\nops\nfrom="10.0.0.0/8",command="x SECRET=abc" run-42@posture\nno such option\n'
    )
    host.sshd_config = (
        "UsePAM no\nTrustedUserCAKeys /etc/ssh/ca\nAuthorizedPrincipalsFile /etc/ssh/names/%u\n"
        "RevokedKeys /etc/ssh/revoked\nAuthorizedPrincipalsCommand /usr/bin/names %u\n"
        "AuthorizedPrincipalsCommandUser nobody\n"
    )
    found = host.collect()[SshAuthorities]
    (ca,) = found.authorities
    assert (ca.path, ca.line, ca.type, ca.public) == ("/etc/ssh/ca", 3, "ssh-ed25519", line.split()[1])
    (anna,) = found.principals
    assert (anna.account, anna.path) == ("anna", "/etc/ssh/names/anna")
    assert [name for name, _ in anna.names] == ["ops", "run-42@posture"]
    assert 'from="10.0.0.0/8"' in anna.names[1][1]
    assert "abc" not in anna.names[1][1]
    assert (found.revoked, found.command, found.unreadable) == ("/etc/ssh/revoked", "/usr/bin/names", ())


@pytest.mark.parametrize("prefix", [(), AS_NOBODY], ids=["root", "nobody"])
def test_the_servers_own_keys_are_told(host, prefix):
    """By the files themselves, or without root by the halves beside them; one without such a half is not."""
    line = make_key(host.root / "etc/ssh/ssh_host_rsa_key", "-t", "rsa", "-b", "2048", "-m", "PEM")
    make_key(host.root / "etc/ssh/ssh_host_ecdsa_key", "-t", "ecdsa")
    (host.root / "etc/ssh/ssh_host_ecdsa_key.pub").unlink()
    keys = host.collect(*prefix)[ServerKeys]
    found = {key.path.rpartition("_host_")[2]: (key.type, key.bits) for key in keys.keys}
    expected = {"rsa_key": ("ssh-rsa", 2048), "ed25519_key": ("ssh-ed25519", 256)}
    assert found == expected | ({} if prefix else {"ecdsa_key": ("ecdsa-sha2-nistp256", 256)})
    assert keys.unreadable == (("/etc/ssh/ssh_host_ecdsa_key",) if prefix else ())
    assert line.split()[1] in {key.public for key in keys.keys}


KINDS = {
    "plain": (("-t", "ed25519"), "", ("openssh", False, "ssh-ed25519", "", "", 0)),
    "rounds": (("-t", "ed25519", "-a", "7"), "horse", ("openssh", True, "ssh-ed25519", "aes256-ctr", "bcrypt", 7)),
    "rsa": (("-t", "rsa", "-b", "4096"), "horse", ("openssh", True, "ssh-rsa", "aes256-ctr", "bcrypt", 16)),
    "pem": (("-t", "rsa", "-b", "2048", "-m", "PEM"), "", ("pem", False, "ssh-rsa", "", "", 0)),
    "locked": (("-t", "rsa", "-b", "2048", "-m", "PEM"), "horse", ("pem", True, "", "aes-128-cbc", "md5", 1)),
    "pkcs8": (("-t", "ecdsa", "-m", "PKCS8"), "", ("pkcs8", False, "ecdsa-sha2-nistp256", "", "", 0)),
}


def test_a_private_key_tells_its_public_half_and_how_it_is_locked(machine):
    """Of an encrypted PEM file nothing of the public half is known; of all others the fingerprint is ssh-keygen's."""
    machine.only = ("system", "accounts", "private-keys")
    publics = {}
    for name, (options, passphrase, _) in KINDS.items():
        publics[name] = make_key(machine.root / "srv" / name, *options, passphrase=passphrase).split()[1]
    found = {Path(key.path).name: key for key in machine.collect()[PrivateKeys].keys if key.path.startswith("/srv")}
    assert set(found) == set(KINDS)
    for name, (_, _, (form, encrypted, kind, cipher, kdf, rounds)) in KINDS.items():
        key = found[name]
        told = (key.format, key.encrypted, key.type if key.public else "", key.cipher, key.kdf, key.rounds)
        assert told == (form, encrypted, kind, cipher, kdf, rounds), name
        assert key.public == (publics[name] if name != "locked" else ""), name
        assert (key.group, key.readers) == ("root", ()), name


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("version", ["2", "3"])
def test_putty_keys_tell_their_public_half(machine, tmp_path, version, locked):
    if not shutil.which("puttygen"):
        pytest.skip("needs puttygen")
    machine.only = ("system", "accounts", "private-keys")
    public = make_key(tmp_path / "key")
    (tmp_path / "word").write_text("horse" if locked else "")
    file = machine.write("srv/key.ppk")
    subprocess.run(
        ["puttygen", tmp_path / "key", "-O", "private", "-o", file, "--ppk-param", f"version={version}",
         "--new-passphrase", tmp_path / "word"],
        check=True, capture_output=True,
    )  # fmt: skip
    (key,) = (key for key in machine.collect()[PrivateKeys].keys if key.path == "/srv/key.ppk")
    assert (key.format, key.encrypted, key.public) == ("putty", locked, public.split()[1])
    assert key.kdf == ({"2": "sha1", "3": "argon2id"}[version] if locked else "")
    assert (key.rounds > 0) is (locked and version == "3")


def test_who_can_open_a_private_key_is_told_by_the_whole_way(machine):
    """By its mode, its group's members and every folder above it."""
    machine.only = ("system", "accounts", "private-keys")
    machine.passwd += [
        "anna:x:1000:1000::/home/anna:/bin/sh", "bert:x:1001:1001::/home/bert:/bin/sh",
        "www:x:33:33::/var/www:/usr/sbin/nologin", "carl:x:1002:33::/home/carl:/bin/sh",
    ]  # fmt: skip
    machine.group += ["web:x:33:bert", "anna:x:1000:"]
    for folder, mode, group, file_mode in (
        ("open", 0o755, 0, 0o644), ("closed", 0o750, 33, 0o644), ("group", 0o755, 33, 0o640), ("shut", 0o700, 0, 0o644),
    ):  # fmt: skip
        make_key(machine.root / f"srv/{folder}/key")
        os.chown(machine.root / f"srv/{folder}", 0, 33 if folder == "closed" else 0)
        (machine.root / f"srv/{folder}").chmod(mode)
        os.chown(machine.root / f"srv/{folder}/key", 1000 if folder == "closed" else 0, group)
        (machine.root / f"srv/{folder}/key").chmod(file_mode)
    readers = {Path(key.path).parent.name: key.readers for key in machine.collect()[PrivateKeys].keys}
    assert readers["open"] == ("*",)
    assert readers["shut"] == ()
    assert set(readers["group"]) == {"bert", "www", "carl"}
    assert set(readers["closed"]) == {"bert", "www", "carl"}
