"""The printed commands, run on real authorized_keys files: what they take out is the key meant, and nothing else."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import typical_ssh

from checks.keys.authorized_key_dead import authorized_key_dead
from checks.keys.authorized_key_forwarding import authorized_key_forwarding
from checks.keys.authorized_key_shell_for_job import authorized_key_shell_for_job
from checks.keys.authorized_key_unrestricted import authorized_key_unrestricted
from checks.keys.authorized_key_weak import authorized_key_weak
from posture.model.finding import System
from posture.model.verdict import Outcome
from posture.report import markdown, remediation
from posture.sdk import Accounts, AuthorizedKey, AuthorizedKeys, SshLog, SshServer

# Runs what sudo would, as this user.
SUDO = 'sudo() { if [ "$1" = -u ]; then shift 2; fi; "$@"; }\n'
ODD = 'command="/usr/bin/x \\"a, b\\" # c",no-pty,from="192.0.2.1,192.0.2.2" '
WEAK, LOOSE, DEAD = (Path(f"checks/keys/authorized_key_{name}.md") for name in ("weak", "unrestricted", "dead"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> dict[str, tuple[str, str]]:
    """Public key line and fingerprint of some real keys, by comment."""
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for name, kind in (("good", "ed25519"), ("small", "rsa"), ("tiny", "rsa"), ("other", "ed25519")):
        size = ["-b", "1024"] if kind == "rsa" else []
        path = folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", name, "-f", path], check=True)
        shown = subprocess.run(["ssh-keygen", "-lf", path], check=True, capture_output=True, text=True).stdout
        made[name] = (path.with_suffix(".pub").read_text().strip(), shown.split()[1])
    return made


def blocks(check, text: Path, facts: AuthorizedKeys, subject: str = "") -> list[str]:
    """The commands of the Fix that change the file: those after the last one that only looks."""
    known = {SshServer: typical_ssh.server(), SshLog: typical_ssh.log(), Accounts: typical_ssh.accounts()}
    (failure,) = (
        v
        for v in check.judge(facts, *(known[fact] for _, fact in check.needs[1:]))
        if v.outcome is Outcome.FAIL and subject in v.subject
    )
    source = (Path(__file__).parents[3] / text).read_text(encoding="utf-8")
    done = remediation.render(
        remediation.load(source, text.name), details=failure.details, system=System("debian", "12", "", "systemd"),
        subject=failure.subject, resource="web1",
    )  # fmt: skip
    return [code for code in markdown.commands(done.fix_md) if ".new" in code or ("sed " in code and "-i" in code)]


def run(code: str, shell: str = "dash") -> str:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    done = subprocess.run([shell], input=SUDO + code, env=environment, text=True, capture_output=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout


def on(path: Path, line: int, pair: tuple[str, str], **changes) -> AuthorizedKey:
    kind, _, comment = pair[0].split(" ")
    bits = 1024 if kind == "ssh-rsa" else 256
    return replace(AuthorizedKey("root", 0, str(path), line, kind, bits, pair[1], comment), **changes)


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_two_weak_keys_are_taken_out_one_after_the_other(shell, pairs, keys, tmp_path) -> None:
    """Both findings were made on the same file; the first fix moves the second key's line, and the good ones stay."""
    path = tmp_path / "it's authorized_keys"
    small, tiny, good, other = (pairs[name][0] for name in ("small", "tiny", "good", "other"))
    kept = f"# two keys of the backup\n\n  {ODD}{good}\r\nnot a key \\n at all\n-e\n{other}"
    path.write_bytes(f"{small}\n{kept}\nno-pty {tiny}\r\n{good}".encode())
    path.chmod(0o640)
    facts = keys(on(path, 1, pairs["small"]), on(path, 8, pairs["tiny"]), on(path, 9, pairs["good"]))
    for name in ("small", "tiny"):
        look, change = blocks(authorized_key_weak, WEAK, facts, pairs[name][1])
        before = path.read_bytes()
        shown = [line for line in run(look, shell).splitlines() if line.startswith("<") and name in line]
        assert len(shown) == 1
        assert path.read_bytes() == before, "to look changes nothing"
        assert run(change, shell) == ""
    assert path.read_bytes() == f"{kept}\n{good}\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert Path(f"{path}.before-1").read_text().count("ssh-rsa") == 2
    assert Path(f"{path}.before-8").read_text().count("ssh-rsa") == 1
    assert not Path(f"{path}.new").exists()
    assert run(look, shell) + run(change, shell) == "", "once more changes nothing, the copy included"
    assert Path(f"{path}.before-8").read_text().count("ssh-rsa") == 1


def test_a_dead_line_goes_and_the_good_one_with_the_same_key_stays(pairs, keys, tmp_path) -> None:
    """The line's number decides between two lines with one key; when it has moved, nothing goes."""
    path = tmp_path / "authorized_keys"
    good = pairs["good"][0]
    path.write_text(f"no-fowarding {good}\n{good}\n")
    facts = keys(on(path, 1, pairs["good"], dead="unknown option"), on(path, 2, pairs["good"]))
    look, change = blocks(authorized_key_dead, DEAD, facts)
    moved = "# a new first line\n" + path.read_text()
    assert run(look + change) != ""
    assert path.read_text() == f"{good}\n"
    path.write_text(moved)
    assert run(look + change) == ""
    assert path.read_text() == moved


def test_a_line_without_a_key_goes_by_its_number(pairs, keys, tmp_path) -> None:
    """There is no key to know it by; the copies of two such lines do not meet."""
    path = tmp_path / "authorized_keys"
    path.write_text(f"ssh-ed25519 AAAA\n{pairs['good'][0]}\nssh-ed25519 BBBB\n")
    broken = [on(path, line, pairs["good"], fingerprint="", dead="no key") for line in (3, 1)]
    for key in broken:
        run("".join(blocks(authorized_key_dead, DEAD, keys(key))))
    assert path.read_text() == f"{pairs['good'][0]}\n"
    assert {p.name for p in tmp_path.iterdir()} == {f"authorized_keys{end}" for end in ("", ".before-1", ".before-3")}


def test_the_limit_stands_in_front_of_the_key_meant(pairs, keys, tmp_path) -> None:
    """Lines above were removed since the audit; options that are there already stay, an indent goes."""
    path = tmp_path / "authorized_keys"
    good, other = pairs["good"][0], pairs["other"][0]
    path.write_text(f"# kept\n{good}\n  no-pty {other}\n")
    limit = 'restrict,pty,from="203.0.113.10,198.51.100.0/24"'
    facts = keys(on(path, 7, pairs["good"]), on(path, 8, pairs["other"], options=(("no-pty", ""),)))
    for name in ("good", "other"):
        look, change = blocks(authorized_key_unrestricted, LOOSE, facts, pairs[name][1])
        run(look)
        run(change)
    assert path.read_text() == f"# kept\n{limit} {good}\n{limit},no-pty {other}\n"
    listed = subprocess.run(["ssh-keygen", "-lf", path], check=True, capture_output=True, text=True).stdout
    assert (pairs["good"][1] in listed, pairs["other"][1] in listed) == (True, True)


def test_only_the_loose_line_of_a_key_is_limited(pairs, keys, tmp_path) -> None:
    """A second line with the same key that has its limits already must not get them twice."""
    path = tmp_path / "authorized_keys"
    good = pairs["good"][0]
    path.write_text(f"restrict {good}\n{good}\n")
    facts = keys(on(path, 1, pairs["good"], options=(("restrict", ""),)), on(path, 2, pairs["good"]))
    look, change = blocks(authorized_key_unrestricted, LOOSE, facts)
    run(look + change)
    first, second = path.read_text().splitlines()
    assert (first, second.startswith("restrict,pty,from=")) == (f"restrict {good}", True)


def test_the_job_is_tied_to_its_command_and_forwarding_ends(pairs, keys, tmp_path) -> None:
    """Two findings on one file: the shell becomes one command, the other key keeps its command and loses forwarding."""
    path = tmp_path / "authorized_keys"
    good, other = pairs["good"][0], pairs["other"][0]
    path.write_text(f'{good}\ncommand="/usr/bin/borg" {other}\n')
    job = on(path, 1, pairs["good"], comment="rsync")
    tied = on(path, 2, pairs["other"], options=(("command", "/usr/bin/borg"),))
    for check, name, key in (
        (authorized_key_shell_for_job, "shell_for_job", job), (authorized_key_forwarding, "forwarding", tied),
    ):  # fmt: skip
        look, change = blocks(check, Path(f"checks/keys/authorized_key_{name}.md"), keys(key))
        run(look)
        run(change)
    first, second = path.read_text().splitlines()
    assert first == f'restrict,from="203.0.113.10",command="/usr/bin/rrsync -ro /srv/data" {good}'
    assert second == f'restrict,command="/usr/bin/borg" {other}'


@pytest.mark.parametrize("works", ["systemctl restart ssh", "systemctl restart sshd", "rc-service sshd restart"])
@pytest.mark.parametrize("name", ["cloned_host_key", "shared_prime"])
def test_where_the_system_is_unknown_sshd_restarts_by_whichever_name_it_has(name, works) -> None:
    """What is judged for all hosts at once knows the system of none."""
    source = (Path(__file__).parents[3] / f"checks/keys/{name}.md").read_text(encoding="utf-8")
    text = remediation.load(source, name)
    done = remediation.render(text, details=text.example.details, system=System(), subject="", resource="")
    code = next(code for code in markdown.commands(done.fix_md) if "restart" in code)
    restart = code[code.index("sudo systemctl") :]
    fake = f'sudo() {{ [ "$*" = "{works}" ] && echo restarted; }}\n{restart}'
    assert subprocess.run(["dash"], input=fake, text=True, capture_output=True, check=True).stdout == "restarted\n"
