"""The real search for secrets, in the real collector, on a machine whose people work against it."""

from __future__ import annotations

import os
import re
import shutil
from urllib.parse import unquote

import pytest
import staged_root

from posture.collect.host.capture import Capture
from posture.collect.leaks.core.leak import fingerprint
from posture.collect.leaks.ruleset import own_rules

KEY = "5e" * 32
ANNA, BERT = 1000, 1001
AS_ANNA = ("setpriv", f"--reuid={ANNA}", f"--regid={ANNA}", "--clear-groups")
PASSWORD = "vR8" + "tq-Lm2_wZx7"
ENV = f"DB_HOST=db.acme.test\nDB_PASSWORD={PASSWORD}\n"
MY_CNF = f"[client]\nuser=shop\npassword={PASSWORD}\n"
NOBODY_KNOWS = "mount --bind /dev/null $(readlink -f /usr/bin/python3)\n"


@pytest.fixture
def inhabited(machine):
    """Anna and Bert, each with a home of their own, and the search alone."""
    if not shutil.which("python3", path="/usr/bin:/bin"):
        pytest.skip("needs a python3 of the system")
    machine.only, machine.key = ("leaks",), KEY
    for name, uid in (("anna", ANNA), ("bert", BERT)):
        machine.passwd.append(f"{name}:x:{uid}:{uid}::/home/{name}:/bin/sh")
        machine.group.append(f"{name}:x:{uid}:")
        (machine.root / "home" / name).mkdir(parents=True)
    return machine


def own(machine, name: str, uid: int) -> None:
    for file in (machine.root / "home" / name, *(machine.root / "home" / name).rglob("*")):
        os.chown(file, uid, uid, follow_symlinks=False)


def told(machine, *prefix: str) -> dict[str, list[list[str]]]:
    """What leaves the machine: tag -> fields of each record."""
    for name, uid in (("anna", ANNA), ("bert", BERT)):
        own(machine, name, uid)
    capture = Capture("0123456789abcdef")
    output = machine.output(*prefix)
    assert PASSWORD.encode() not in output
    assert KEY.encode() not in output
    capture.add(output)
    section = capture.sections().get("leaks")
    assert not section.cut
    assert re.fullmatch(rb"(?:[A-Z](?:\t[ -~]*)*\n)+Z\n", section.body), section.body
    found: dict[str, list[list[str]]] = {tag: [] for tag in "RBNGSLZ"}
    for line in section.body.decode().splitlines():
        tag, *fields = line.split("\t")
        found[tag].append([unquote(field) for field in fields])
    return found


def secrets(found) -> dict[str, list[str]]:
    """Path -> fields."""
    return {fields[0]: fields for fields in found["S"] if not fields[0].startswith("/etc")}


def loose(found) -> dict[str, list[str]]:
    return {fields[0]: fields for fields in found["L"] if not fields[0].startswith("/etc")}


def gaps(found) -> str:
    return "; ".join(words for (words,) in found["G"])


def test_a_secret_leaves_as_a_fingerprint_with_who_can_read_it(inhabited):
    """Where, which, whose; and equal ones have equal fingerprints, by the customer's key."""
    inhabited.write("home/anna/shop/.env", ENV, 0o640)
    inhabited.write("home/bert/.my.cnf", MY_CNF, 0o604)
    inhabited.write("srv/shop/wp-config.php", f"<?php\ndefine('DB_PASSWORD', '{PASSWORD}');\n", 0o600)
    inhabited.group[-2] = f"anna:x:{ANNA}:bert"
    for folder in ("home", "home/anna", "home/anna/shop", "home/bert", "srv", "srv/shop"):
        (inhabited.root / folder).chmod(0o755)
    found = told(inhabited)
    same = fingerprint(PASSWORD.encode(), bytes.fromhex(KEY))
    assert {path: fields[1:7] for path, fields in secrets(found).items()} == {
        "/home/anna/shop/.env": ["anna", "640", "bert", "database-password", "2", "vR8t"],
        "/home/bert/.my.cnf": ["bert", "604", "*", "database-password", "3", "vR8t"],
        "/srv/shop/wp-config.php": ["root", "600", "-", "database-password", "2", "vR8t"],
    }
    assert {fields[7] for fields in secrets(found).values()} == {same}
    assert loose(found)["/home/bert/.my.cnf"] == [
        "/home/bert/.my.cnf", "bert", "604", "*", "login of MySQL's clients",
    ]  # fmt: skip
    assert found["R"] == [[own_rules().digest]]
    assert ["/home"] in found["B"]
    assert not found["G"]


def test_a_home_closed_to_others_keeps_its_files_to_itself(inhabited):
    """A file that all may read below a folder that they may not enter."""
    inhabited.write("home/anna/.pgpass", f"db:5432:shop:anna:{PASSWORD}\n", 0o644)
    (inhabited.root / "home/anna").chmod(0o700)
    found = told(inhabited)
    assert secrets(found)["/home/anna/.pgpass"][3] == "-"
    assert not loose(found)


def test_nothing_leads_out_of_a_home(inhabited):
    """Links to what only root reads, pipes, devices' names, folders that are links."""
    inhabited.write("root/.my.cnf", MY_CNF, 0o600)
    inhabited.write("root/inner/.env", ENV, 0o644)
    home = inhabited.root / "home/anna"
    (home / ".my.cnf").symlink_to("/root/.my.cnf")
    (home / "inner").symlink_to("/root/inner")
    (home / ".netrc").symlink_to("/dev/zero")
    os.mkfifo(home / ".pgpass")
    inhabited.write("home/anna/.git-credentials", f"https://anna:{PASSWORD}@git.kunde-anna.de\n", 0o600)
    found = told(inhabited)
    assert set(secrets(found)) == {"/root/.my.cnf", "/root/inner/.env", "/home/anna/.git-credentials"}


def test_a_home_that_is_a_link_of_its_owner_is_not_followed(inhabited):
    """Its account may have put it anywhere; the others are searched as ever."""
    inhabited.write("root/inner/.env", ENV, 0o644)
    inhabited.write("home/bert/.env", ENV, 0o600)
    inhabited.passwd.append("carl:x:1002:1002::/run/data/carl/home:/bin/sh")
    inhabited.before = "mkdir -p /run/data/carl; chown 1002 /run/data/carl; ln -s /root/inner /run/data/carl/home\n"
    found = told(inhabited)
    assert set(secrets(found)) == {"/root/inner/.env", "/home/bert/.env"}
    assert "could not be opened" in gaps(found)


def test_what_root_cannot_lend_an_account_is_not_read_for_it(inhabited):
    """A folder in anna's home that only bert may enter: she cannot, so it is not looked at, and that is said."""
    inhabited.write("home/anna/theirs/.env", ENV, 0o600)
    (inhabited.root / "home/anna/theirs").chmod(0o700)
    inhabited.before = "chown -R 1001:1001 /home/anna/theirs\n"
    found = told(inhabited)
    assert not secrets(found)
    assert "/home/anna: 1 files or folders could not be opened" in gaps(found)


def test_a_folder_full_of_traps_costs_only_its_owner(inhabited):
    """Huge, deep, strangely named: read in part, and told so; the next home is searched."""
    home = inhabited.root / "home/anna"
    with (home / ".env").open("wb") as file:
        file.write(ENV.encode())
        file.truncate(1 << 40)
    deep = home.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    inhabited.write("home/anna/x\n\tS/.env", ENV, 0o600)
    inhabited.write("home/anna/z%41\udcff/.env", ENV, 0o600)
    inhabited.write("home/bert/.env", ENV, 0o600)
    found = told(inhabited)
    assert {"/home/bert/.env", "/home/anna/x\n\tS/.env"} <= set(secrets(found))
    assert [path for path in secrets(found) if "z%41" in path]
    assert "folders lie deeper" in gaps(found)
    assert "longer than 256 KiB" in gaps(found)


SPY = """
import os, time
seen, until = set(), time.monotonic() + 20
while time.monotonic() < until and not os.path.exists("/home/done"):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            ours = "Uid:\\t47113\\t47113" in open("/proc/" + pid + "/status").read()
            if ours and int(pid) != os.getpid():
                seen.add(open("/proc/" + pid + "/environ").read())
        except PermissionError:
            seen.add("refused")
        except OSError:
            pass
    time.sleep(0.005)
open("/home/carl/seen", "w").write(repr(seen))
"""


def test_nobody_traces_the_process_that_reads_with_their_rights(inhabited):
    """It has the customer's key in its memory and environment: its account may look at neither (PR_SET_DUMPABLE)."""
    inhabited.passwd.append("carl:x:47113:47113::/home/carl:/bin/sh")
    for number in range(800):
        inhabited.write(f"home/carl/sites/{number}/.env", ENV, 0o600)
    spy, seen = inhabited.write("spy.py", SPY), inhabited.root / "seen"
    inhabited.before = (
        "chown -R 47113:47113 /home/carl\n"
        f"setpriv --reuid=47113 --regid=47113 --clear-groups /usr/bin/python3 -I -S {spy} &\n"
        "shift $#\n"
        f'set -- sh -c "sh -s; touch /home/done; wait; sleep 0.2; cat /home/carl/seen >{seen}"\n'
    )
    told(inhabited)
    assert seen.read_text() == "{'refused'}"


def test_a_system_without_python_tells_loose_files_by_their_names(inhabited):
    """The same ones as with it; and says what it did not look at."""
    for number, name in enumerate((
        ".my.cnf", ".pgpass", ".netrc", ".docker/config.json", ".config/rclone/rclone.conf", ".aws/credentials",
        ".kube/config", ".config/gh/hosts.yml", ".cargo/credentials.toml", "shop/.git-credentials", ".davfs2/secrets",
    )):  # fmt: skip
        inhabited.write(f"home/anna/{name}", "x", 0o644 if number % 2 else 0o640)
    inhabited.write("home/anna/shop/config.json", "x")
    inhabited.write("home/bert/.pgpass", "x", 0o600)
    inhabited.group[-2] = f"anna:x:{ANNA}:bert"
    inhabited.before = "chmod -R o+X,g+X /home/anna\n"
    there = loose(told(inhabited))
    inhabited.before += NOBODY_KNOWS
    found = told(inhabited)
    assert len(there) == 11
    assert loose(found) == there
    assert not found["S"]
    assert gaps(found).startswith("python3 is not on the host: contents were not looked at; install python3")


def test_busybox_alone_tells_loose_files(tmp_path, monkeypatch):
    """Alpine's shell and find, and a name that is told as left out."""
    others = rb"^section (?!leaks )\S+ [0-9 ]+<<'EOF'\n.*?^EOF\n"
    monkeypatch.setattr(staged_root, "OTHERS", re.compile(others, re.MULTILINE | re.DOTALL))
    root = staged_root.made(tmp_path / "root", busybox=True)
    root.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\n")
    root.write("etc/group", "root:x:0:\n")
    root.write("home/kim/.pgpass", "x", 0o644)
    root.write("home/kim/.my.cnf", "x", 0o600)
    root.write("home/kim/x\ny/.netrc", "x", 0o644)
    body = root.output().partition(b" begin leaks\n")[2].partition(b"\n0123456789abcdef end")[0].decode()
    lines = body.splitlines()
    assert [line for line in lines if line.startswith("L")] == [
        "L\t/home/kim/.pgpass\troot\t644\t*\tpasswords of PostgreSQL's clients"
    ]
    assert "G\t1 files or folders whose names hold other characters than ASCII were left out" in lines
    assert "B\t/home" in lines
    assert lines[-1] == "Z"


def test_without_a_key_no_contents_are_looked_at(inhabited):
    """A fingerprint without one could be guessed from."""
    inhabited.key = ""
    inhabited.write("home/bert/.my.cnf", MY_CNF, 0o604)
    found = told(inhabited)
    assert not found["S"]
    assert set(loose(found)) == {"/home/bert/.my.cnf"}
    assert "no key for fingerprints was given" in gaps(found)


def test_an_account_without_rights_tells_what_it_could_not_open(inhabited):
    inhabited.write("home/anna/.env", ENV, 0o600)
    inhabited.write("home/bert/.env", ENV, 0o600)
    (inhabited.root / "home/bert").chmod(0o700)
    found = told(inhabited, *AS_ANNA)
    assert set(secrets(found)) == {"/home/anna/.env"}
    assert re.search(r"[0-9]+ files or folders could not be opened, which root could", gaps(found))


def test_a_web_root_with_several_owners_is_searched_as_each(inhabited):
    """Whoever owns a folder there is whose rights it is read with; copies and dumps are looked into."""
    inhabited.write("var/www/anna/private/.env", ENV, 0o600)
    inhabited.write("var/www/bert/wp-config.php.bak", f"<?php\ndefine('DB_PASSWORD', '{PASSWORD}');\n", 0o604)
    inhabited.write("var/www/bert/node_modules/x/.env", ENV, 0o604)
    inhabited.before = "chown -R 1000:1000 /var/www/anna; chmod 700 /var/www/anna; chown -R 1001:1001 /var/www/bert\n"
    found = told(inhabited)
    assert {path: fields[3] for path, fields in secrets(found).items()} == {
        "/var/www/anna/private/.env": "-", "/var/www/bert/wp-config.php.bak": "*",
    }  # fmt: skip


def test_an_access_list_that_says_more_than_the_mode_is_no_answer(inhabited):
    """Of a file, and of a folder above it."""
    if not shutil.which("setfacl"):
        pytest.skip("needs setfacl")
    inhabited.write("home/anna/.env", ENV, 0o640)
    inhabited.write("home/bert/.pgpass", f"db:5432:shop:bert:{PASSWORD}\n", 0o644)
    for home in ("anna", "bert"):
        (inhabited.root / "home" / home).chmod(0o750)
    inhabited.before = "setfacl -m u:bert:r /home/anna/.env; setfacl -m u:anna:x /home/bert\n"
    found = told(inhabited)
    assert {path: fields[3] for path, fields in secrets(found).items()} == {
        "/home/anna/.env": "?", "/home/bert/.pgpass": "?",
    }  # fmt: skip
    assert not loose(found)
