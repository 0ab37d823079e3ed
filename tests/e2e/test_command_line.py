from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from posture.cli.findings import _csv
from posture.cli.main import cli
from posture.model.action import Action
from posture.store import open_store

COMMANDS = [
    "accept",
    "audit",
    "checks",
    "deliver",
    "dispute",
    "doctor",
    "enforce",
    "evidence",
    "explain",
    "feeds",
    "findings",
    "fleet",
    "inventory",
    "keys",
    "log",
    "recheck",
    "replay",
    "report",
    "signing",
    "verify",
]
HOST = "{kind: host, id: web1, address: 198.51.100.2}"
LITERAL = "{user: a, host_key: 'SHA256:x', key: hunter2}"

CUSTOMER = """\
customers:
  - id: bakery
    name: Example Bakery GmbH
    authorization: {reference: MSA-7.1, granted_by: Jane Doe, valid_until: 2099-03-02T00:00:00+01:00}
    networks: [198.51.100.0/28]
    resources: [{kind: host, id: web1, address: 198.51.100.2}]
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    file = tmp_path / "customers.yaml"
    file.write_text(CUSTOMER)
    return file


def test_the_inventory_of_the_readme_works(posture, tmp_path: Path) -> None:
    """A newcomer pastes the README's lines and gets no complaint."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    block = readme[readme.index("    customers:") : readme.index("Only addresses in `networks`")]
    (tmp_path / "customers.yaml").write_text("\n".join(line[4:] for line in block.splitlines()))
    done = posture("inventory", "validate", "customers.yaml")
    assert done.returncode == 0, done.stderr
    assert "bakery" in done.stdout


def test_help_names_every_command_and_each_has_help(posture) -> None:
    """``posture --help`` is where a newcomer looks first."""
    whole = posture("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", whole, re.MULTILINE), command
        assert "Usage:" in posture(command, "--help").stdout


def test_the_version_needs_none_of_the_heavy_packages() -> None:
    """It answers at once because nothing but click is imported."""
    program = "import sys; from posture.cli.main import cli; print(sorted(m for m in sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    for heavy in ("weasyprint", "sqlalchemy", "paramiko", "pydantic", "jinja2", "rich", "nmap3", "yaml"):
        assert f"'{heavy}'" not in modules, heavy


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name:", "nmae:", "name"),
        ("198.51.100.2}", "203.0.113.9}", "networks"),
        ("2099-03-02T00:00:00+01:00", "2020-03-02T00:00:00+01:00", "valid_until"),
        ("2099-03-02T00:00:00+01:00", "2099-03-02T00:00:00", "offset"),
        (HOST, HOST.replace("}", f", ssh: {LITERAL}}}"), "reference"),
        (HOST, HOST.replace("}", ", password: hunter2}"), "password"),
    ],
)
def test_a_wrong_inventory_is_one_line_with_file_line_and_field(posture, inventory, old, new, said) -> None:
    """Exit code 2, nothing contacted, no database made, and a literal secret never repeated."""
    inventory.write_text(CUSTOMER.replace(old, new))
    done = posture("audit", "bakery")
    assert done.returncode == 2, done.stderr
    assert re.search(r"customers\.yaml:\d+: ", done.stderr), done.stderr
    assert said in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert not (inventory.parent / "posture.db").exists()
    assert "Traceback" not in done.stderr


def test_an_authorization_that_has_not_begun_is_exit_four(posture, inventory: Path) -> None:
    """Nothing is sent before the customer's yes begins."""
    inventory.write_text(CUSTOMER.replace("valid_until", "valid_from: 2098-01-01T00:00:00+00:00, valid_until"))
    done = posture("audit", "bakery")
    assert done.returncode == 4, done.stderr
    assert "nothing was sent" in done.stderr
    assert not (inventory.parent / "posture.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "--inventory", "nowhere.yaml"),
        ("audit", "nobody"),
        ("audit", "bakery", "--check", "exposure.nothing"),
        ("audit", "bakery", "--resource", "web9"),
        ("audit", "--local", "bakery"),
        ("audit", "bakery", "--policy", "nowhere.toml"),
        ("explain", "exposure.nothing"),
        ("findings",),
        ("report", "bakery", "--format", "json"),
        ("replay", "20260101T000000Z-0000"),
        ("recheck", "F-0000000000000000"),
        ("accept", "F-0000000000000000", "--until", "2099-01-01", "--reason", "x"),
        ("checks", "new", "Nonsense"),
        ("nonsense",),
        ("audit", "--nonsense"),
        ("access", "ca"),
        ("collect", "--check", "nofile"),
        ("collect", "--offline", "--customer", "typo"),
        ("collect", "--offline", "--customer", "bakery", "--inventory", "nowhere.yaml"),
    ],
)
def test_wrong_usage_is_exit_two_with_a_next_step(posture, inventory: Path, arguments: tuple[str, ...]) -> None:
    """What, why, and what to do; no trace of the program's inside, and no file left behind."""
    done = posture(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.strip()
    if arguments[0] in {"access", "collect"}:
        assert "next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (inventory.parent / "posture.db").exists()
    assert done.stdout == ""


def test_a_dry_run_prints_every_contact_and_sends_nothing(posture, inventory: Path) -> None:
    """Address, ports, authorization; no database and no report comes of it."""
    done = posture("audit", "--dry-run")
    assert done.returncode == 0, done.stderr
    for part in ("198.51.100.2", "MSA-7.1", "Jane Doe", "nmap", "Nothing was sent"):
        assert part in done.stdout
    assert {path.name for path in inventory.parent.iterdir()} == {"customers.yaml"}


def test_several_resources_are_asked_for(posture, inventory: Path) -> None:
    """Each pattern counts, and one that matches nothing is a mistake of whoever typed it."""
    others = ", ".join(HOST.replace("web1", name) for name in ("web2", "db1"))
    inventory.write_text(CUSTOMER.replace(HOST, f"{HOST}, {others}"))
    done = posture("audit", "--dry-run", "--resource", "web1", "--resource", "db*")
    assert re.findall(r"^  host (\w+):", done.stdout, re.MULTILINE) == ["web1", "db1"]
    wrong = posture("audit", "--dry-run", "--resource", "web1", "--resource", "mail")
    assert wrong.returncode == 2
    assert "called mail" in wrong.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///srv/git/shop.git", "read where it lies on this machine; nothing is sent"),
        ("https://git.bakery.example/shop.git", "from an address in scope, port 443/tcp"),
        ("https://git.bakery.example:8443/shop.git", "port 8443/tcp"),
    ],
)
def test_a_dry_run_tells_how_a_repository_is_read(posture, inventory: Path, url: str, said: str) -> None:
    """A clone is a contact like any other."""
    inventory.write_text(CUSTOMER.replace(HOST, f"{{kind: repository, id: shop, url: '{url}'}}"))
    done = posture("audit", "--dry-run")
    assert said in done.stdout, done.stdout + done.stderr
    assert "nothing: no collector" not in done.stdout


def test_a_resource_that_could_not_be_looked_at_is_never_a_pass(posture, inventory: Path) -> None:
    """A domain, and no resolver that answers: it is named, and the exit code says incomplete."""
    inventory.write_text(CUSTOMER.replace(HOST, "{kind: domain, id: bakery.example}"))
    done = posture("audit", "bakery", "--format", "json")
    assert done.returncode == 3, done.stderr
    assert "bakery.example" in done.stdout
    assert "0 passed" in done.stdout


def test_checks_are_listed_for_people_and_programs(posture) -> None:
    """Both lists name the same checks."""
    rows = json.loads(posture("checks", "list", "--json").stdout)
    assert len(rows) >= 12
    families = [row["check"].partition(".")[0] for row in rows]
    assert all(families.count(family) >= 2 for family in ("exposure", "packages", "mfa", "keys"))
    listed = posture("checks", "list").stdout
    assert all(row["check"] in listed for row in rows)


def test_every_check_explains_itself(posture) -> None:
    """What it means, what it sends, why, fix, verify: one by the program itself, all of them in this process."""
    rows = json.loads(posture("checks", "list", "--json").stdout)
    alone = posture("explain", rows[0]["check"]).stdout
    told = {row["check"]: CliRunner().invoke(cli, ["explain", row["check"]]).stdout for row in rows}
    assert told[rows[0]["check"]] == alone
    for check, text in told.items():
        for part in ("Sends:", "WHY", "FIX", "VERIFY"):
            assert part in text, check


def test_a_new_check_works_as_written(posture, tmp_path: Path) -> None:
    """The check, text and test that are written for an author pass and load as a plugin does."""
    assert posture("checks", "new", "exposure.my-service", "--package", "acme_checks").returncode == 0
    again = posture("checks", "new", "exposure.my-service", "--package", "acme_checks")
    assert again.returncode == 2
    assert "nothing was written" in again.stderr
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests"], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout
    program = (
        "from importlib.metadata import EntryPoint; from posture.engine.plugins import load;"
        "from posture.report.remediation import load as parse;"
        "found = load(parse, [EntryPoint('acme', 'acme_checks', 'posture.checks')]);"
        "print(found.problems, found.plugins)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert loaded.stdout.startswith("()")
    assert "exposure.my-service" in loaded.stdout


def test_the_doctor_looks_at_everything_and_contacts_nobody(posture) -> None:
    """Each point has a state; what lacks has a next step."""
    points = json.loads(posture("doctor", "--json").stdout)
    assert {"nmap", "PDF", "fonts", "checks", "cache", "database"} <= {point["what"] for point in points}
    assert all(point["step"] for point in points if point["state"] != "ok")


def test_the_doctor_notices_another_projects_checks(posture, tmp_path: Path) -> None:
    """Whatever brought a package of that name first on the path, our checks are gone: exit code 5, with what to do."""
    foreign = tmp_path / "elsewhere" / "checks"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("")
    path = os.pathsep.join(filter(None, (str(foreign.parent), os.environ.get("PYTHONPATH"))))
    done = posture("doctor", "--json", PYTHONPATH=path)
    assert done.returncode == 5, done.stderr
    (point,) = [point for point in json.loads(done.stdout) if point["what"] == "installation"]
    assert point["state"] == "broken"
    assert str(foreign) in point["detail"]
    assert "install coma-posture again" in point["step"]


@pytest.mark.parametrize(("lacks", "code"), [("nmap", 3), ("nothing", 0)])
def test_the_doctors_exit_code_says_whether_audits_would_see_less(tmp_path: Path, lacks: str, code: int) -> None:
    """For whoever asks it from a script before the night begins."""
    program = (
        "from posture.cli import doctor, main; fine = lambda *_: [doctor.Point('x', doctor.FINE, '')]\n"
        "for probe in ('_nmap', '_programs', '_raw_sockets', '_pango', '_fonts', '_feeds', '_plugins', '_own_checks',"
        " '_cache', '_store'):\n"
        f"    if probe != '_{lacks}': setattr(doctor, probe, fine)\n"
        "main.run(['doctor'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr


@pytest.fixture
def changed_log(tmp_path: Path) -> str:
    """A database in whose log of actions somebody has changed an entry; gives back the head as it was."""
    file = tmp_path / "posture.db"
    at = datetime(2026, 3, 2, tzinfo=UTC)
    with open_store(f"sqlite:///{file}") as store:
        for port in (22, 6379):
            where = f"198.51.100.2 {port}/tcp"
            store.record(Action(at, "run-1", "bakery", "MSA-7.1", "tcp connect", "auditor", where, "connected"))
        head = store.actions_head()
    with closing(sqlite3.connect(file)) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'scan_action'"
        )
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE scan_action SET result = 'nothing was sent' WHERE seq = 1")
        database.commit()
    return f"{head.entries}:{head.hash}"


@pytest.mark.parametrize("json_", [(), ("--json",)])
def test_a_log_that_was_changed_is_told_and_not_shown(posture, changed_log: str, json_: tuple[str, ...]) -> None:
    """Exit code 5: what stands there now is no evidence, so none of it is printed, with or without a noted head."""
    for head in ((), ("--head", changed_log)):
        done = posture("log", *json_, *head)
        assert done.returncode == 5, done.stderr
        assert "entry 1 of the action log is not as it was written" in done.stderr
        assert "backup" in done.stderr
        assert done.stdout == ""


def test_the_doctor_notices_that_the_log_was_changed(posture, changed_log: str) -> None:
    """Nobody asks for the log every day."""
    assert changed_log
    done = posture("doctor", "--json")
    assert done.returncode == 5, done.stderr
    (point,) = [point for point in json.loads(done.stdout) if point["what"] == "database"]
    assert (point["state"], point["step"]) == ("broken", "compare with a backup")


def test_a_defect_of_the_program_is_exit_five_with_a_next_step(tmp_path: Path) -> None:
    """Never 1, which says that there are findings; the lines that a maintainer needs are there."""
    program = "from posture.cli import doctor, main; doctor._nmap = lambda: 1 // 0; main.run(['doctor'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 5, done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "this is a defect of posture" in done.stderr
    assert "next: report it" in done.stderr
    assert done.stdout == ""


def test_a_risk_is_not_accepted_until_a_day_that_has_passed(posture) -> None:
    """It would be open again at once; a slip of the year must not go unnoticed."""
    done = posture("accept", "F-0000000000000000", "--until", "2020-01-31", "--reason", "x")
    assert done.returncode == 2
    assert "2020-01-31 has passed" in done.stderr
    assert "--until" in done.stderr


@pytest.mark.parametrize("hostile", ["=cmd|' /C calc'!A0", "+1", "-1", "@sum"])
def test_a_csv_cell_is_never_a_formula(hostile: str) -> None:
    """Spreadsheets run cells that begin like formulas."""
    row = dict.fromkeys(("id", "customer", "resource", "subject", "check", "severity", "status"), hostile)
    row |= dict.fromkeys(("first_seen", "last_seen", "due", "summary"), hostile)
    (cells,) = csv.DictReader(_csv([row]).splitlines())
    assert all(cell.startswith("'") for cell in cells.values())


def test_a_reader_that_went_away_is_no_failure(tmp_path: Path) -> None:
    """``posture checks list | head -1`` must not end with the exit code for findings."""
    command = [sys.executable, "-m", "posture.cli.main", "checks", "list", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        said = listing.stderr.read().decode()
    assert (listing.returncode, said) == (0, "")


def test_a_wrong_inventory_is_json_for_a_pipeline(posture, inventory: Path) -> None:
    """With --json each problem is a value, with its file, line and field; still exit code 2."""
    inventory.write_text(CUSTOMER.replace("name:", "nmae:"))
    done = posture("inventory", "validate", "customers.yaml", "--json")
    assert done.returncode == 2
    (problem, *_) = json.loads(done.stdout)
    assert (problem["file"], problem["line"]) == ("customers.yaml", 3)
    assert problem["fix"]


def test_a_report_cannot_be_written_where_nothing_can(posture, tmp_path: Path) -> None:
    """A folder that is not there is the user's mistake, told as one."""
    inventory = tmp_path / "customers.yaml"
    inventory.write_text(CUSTOMER.replace(HOST, "{kind: domain, id: bakery.example}"))
    assert posture("audit", "bakery", "--format", "json").returncode == 3
    wrong = posture("report", "bakery", "--format", "json", "--out", "nowhere/report.json")
    assert wrong.returncode == 2, wrong.stderr
    assert "--out" in wrong.stderr
    other = posture("report", "bakery", "--format", "json", "--run", "nope")
    assert other.returncode == 2
    assert "no run nope" in other.stderr


def test_a_dry_run_of_an_aws_account_names_the_role_and_every_question(posture, inventory: Path) -> None:
    """And no mirror of packages, which nothing in it needs."""
    text = yaml.safe_load(inventory.read_text())
    text["customers"][0]["resources"] = [
        {"kind": "aws-account", "id": "111122223333", "role_arn": "arn:aws:iam::111122223333:role/PostureAudit",
         "external_id": "env:EXTERNAL_ID", "regions": ["eu-central-1"]}
    ]  # fmt: skip
    text["customers"] = text["customers"][:1]
    inventory.write_text(yaml.safe_dump(text))
    done = posture("audit", "--dry-run")
    assert done.returncode == 0
    assert "sts:AssumeRole of arn:aws:iam::111122223333:role/PostureAudit, then in eu-central-1" in done.stdout
    assert "iam:GetAccountAuthorizationDetails" in done.stdout
    assert "mirror" not in done.stdout
    assert "Nothing was sent." in done.stdout
