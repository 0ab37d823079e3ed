"""The real program against real servers, held against the truth table: nothing missed, nothing invented."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lab import Lab
from repository import Archive, Deb, SigningKey, open_folder
from truth import ADDRESSES, DOUBTED, FINDINGS, IN_SCOPE, MACHINE_DEPENDENT

from posture.model.resource import ALL_HOSTS

POSTURE = (sys.executable, "-m", "posture.cli.main")
UDP_CHECKS = {f"exposure.{name}" for name in ("udp-amplifier", "snmp-public", "tftp-reachable", "ipmi-reachable")}

# Redirects and a page that explodes are answers: that nothing lies there, and nobody is asked for a password, is right.
# Where names of certificates lead is told by the DNS, which is the lab's.
ANSWERED = {"exposure.web-files-exposed", "exposure.plain-http-login", "exposure.tls-name-elsewhere"}


@dataclass(frozen=True)
class Audited:
    """What came of an audit: exit code, both streams, the folder with the reports, the JSON."""

    code: int
    out: str
    err: str
    folder: Path
    report: dict[str, Any]

    def outcome(self, check: str, host: str) -> tuple[str, str]:
        """Outcome and reason."""
        (row,) = [a for a in self.report["assessments"] if (a["check"], a["resource"]) == (check, host)]
        return row["outcome"], row["reason"]


@pytest.fixture(scope="module")
def archive(lab: Lab) -> Iterator[Path]:
    """A signed archive of this machine's release that has a security fix for the one package planted as outdated."""
    words = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    codename, origin = words["VERSION_CODENAME"].strip('"'), words["ID"].strip('"').capitalize()
    with open_folder() as folder:
        key = SigningKey(folder / "key")
        try:
            made = Archive(folder, key, codename, origin)
            made.publish(codename, [Deb("libssl3", "3.0.8-1")])
            made.publish(f"{codename}-updates", [Deb("tzdata", "2020a-1")])
            made.publish(f"{codename}-security", [Deb("libssl3", "3.0.9-1")])
            yield made.sources(folder / "lab.sources")
        finally:
            key.close()


def audit(lab: Lab, folder: Path, sources: Path | None, *arguments: str) -> Audited:
    environment = os.environ | {"POSTURE_CACHE": str(folder / "cache"), "NO_COLOR": "1"}
    environment["POSTURE_SESSIONS"] = "4"  # the hosts run on the auditor's own processors: nmap must not starve
    environment["POSTURE_APT_SOURCES"] = str(sources or "/dev/null")
    done = lab.run([*POSTURE, "audit", *arguments], cwd=str(folder), env=environment, timeout=400)
    files = list((folder / "audit").glob("lab*.json"))  # lab.partial.json where a filter left something out
    report = json.loads(files[0].read_text()) if files else {}
    return Audited(done.returncode, done.stdout, done.stderr, folder, report)


@pytest.fixture(scope="module")
def audited(lab: Lab, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """One audit of every host in scope."""
    folder = tmp_path_factory.mktemp("audit")
    lab.inventory(folder)
    return audit(lab, folder, archive)


def expected(lab: Lab) -> set[tuple[str, str, str]]:
    prints = {name: key.fingerprint for name, key in lab.keys.items()}
    return {
        (one.check, one.host, re.sub(r"{(.+?)}", lambda name: prints[name[1]], one.subject))
        for one in FINDINGS
        if (one.check, one.host) not in MACHINE_DEPENDENT
    }


def found(audited: Audited) -> set[tuple[str, str, str]]:
    every = {
        (f["check"], f["resource"], re.sub(r"hmac:[0-9a-f]{32}", "hmac:*", f["subject"]))  # under this run's own key
        for f in audited.report["findings"]
    }
    doubted = {(one.check, one.host, one.subject) for one in DOUBTED}
    return {one for one in every - doubted if one[:2] not in MACHINE_DEPENDENT}


def test_nothing_is_missed(lab: Lab, audited: Audited) -> None:
    """Every weakness of the truth table is a finding."""
    assert expected(lab) - found(audited) == set()


def test_nothing_is_invented(lab: Lab, audited: Audited) -> None:
    """Every finding is in the truth table; none comes from the hardened host."""
    assert found(audited) - expected(lab) == set()
    assert not [one for one in found(audited) if one[1] == "hardened"]


def test_every_check_of_every_host_has_exactly_one_outcome_with_a_reason(audited: Audited) -> None:
    """No silent clean; what compares hosts has one outcome for all of them."""
    pairs = [(a["check"], a["resource"]) for a in audited.report["assessments"]]
    together = {check for check, resource in pairs if resource == ALL_HOSTS.id}
    checks = {check for check, _ in pairs} - together
    assert (len(checks) >= 60, len(together)) == (True, 5)
    every = [*((check, host) for check in checks for host in IN_SCOPE), *((c, ALL_HOSTS.id) for c in together)]
    assert sorted(pairs) == sorted(every)
    assert all(a["reason"] for a in audited.report["assessments"])


def test_a_finding_joins_both_sides(audited: Audited) -> None:
    """The open Redis names port, process and package, and shows the exchange that proves it."""
    subject = f"{ADDRESSES['data']}:6379/tcp"
    (redis,) = [
        f for f in audited.report["findings"] if (f["check"], f["subject"]) == ("exposure.redis-no-auth", subject)
    ]
    seen = " ".join(f"{e['source']} {e['observed']}" for e in redis["evidence"])
    for part in ("6379/tcp open redis", "from outside", "redis-server (pid", "package redis-", "PING", "+PONG"):
        assert part in seen, part
    assert all(datetime.fromisoformat(e["at"]).tzinfo for e in redis["evidence"])


def test_what_cannot_be_proven_does_not_pass(audited: Audited) -> None:
    """A service that shows itself to nobody is a finding or a doubt, and never "not there"."""
    for one in DOUBTED:
        outcome, reason = audited.outcome(one.check, one.host)
        assert outcome in {"fail", "not_assessed"}, (one, reason)


def test_a_tarpit_is_recognised(audited: Audited) -> None:
    """Where every port answers nothing is told about single ones, and what could not be told is not assessed."""
    for row in audited.report["assessments"]:
        if row["resource"] == "tarpit" and row["check"].startswith("exposure."):
            assert row["outcome"] == "not_assessed" or row["check"] in UDP_CHECKS, row


def test_open_inside_but_not_reachable_is_no_exposure(audited: Audited) -> None:
    """The firewalled host's Redis listens on every address, and nobody can reach it."""
    outcome, _ = audited.outcome("exposure.redis-no-auth", "firewalled")
    assert outcome in {"pass", "not_applicable"}


def test_a_host_that_says_nothing_is_not_assessed(audited: Audited) -> None:
    """Everything filtered and no login: down or firewalled cannot be told apart, so nothing about it is fine."""
    for row in audited.report["assessments"]:
        if row["resource"] == "dark":
            assert row["outcome"] == "not_assessed", row
    assert audited.code == 3
    assert "dark" in audited.out or "198.51.100.15" in audited.out


def test_hostile_servers_pass_nothing_and_reach_no_output_unescaped(audited: Audited) -> None:
    """Escapes, HTML, endless and silent servers: no check of what they touched passes, and their text is harmless."""
    passed = {a["check"] for a in audited.report["assessments"] if (a["resource"], a["outcome"]) == ("hostile", "pass")}
    assert passed <= UDP_CHECKS | ANSWERED, "no UDP port of it is open, and its web servers did answer"
    for check in ("redis-no-auth", "database-open", "ftp-anonymous", "plain-login"):
        outcome, reason = audited.outcome(f"exposure.{check}", "hostile")
        assert outcome == "not_assessed", (check, reason)
    html = (audited.folder / "audit" / "lab.html").read_text()
    assert "<script" not in html.lower()
    for text in (audited.out, audited.err, html, json.dumps(audited.report, ensure_ascii=False)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)


def test_the_summary_is_short_and_says_what_to_do_first(audited: Audited) -> None:
    """At most 25 lines: what to fix first, what could not be assessed, where the report is."""
    lines = audited.out.splitlines()
    assert len(lines) <= 25
    for part in ("Fix first:", "Not assessed:", "Report:"):
        assert any(line.startswith(part) for line in lines), part


def test_no_packet_reaches_the_neighbour_though_a_server_redirects_there(lab: Lab, audited: Audited) -> None:
    """The web server in scope redirects to an address that is not: it stays at zero."""
    assert audited.report
    assert lab.neighbour_packets() == 0


@pytest.mark.parametrize("name", ["alias.lab.test", "neighbour.lab.test", ADDRESSES["neighbour"]])
def test_a_name_that_leads_out_of_scope_is_refused(lab: Lab, tmp_path: Path, name: str) -> None:
    """Directly, through a CNAME, or excluded by its address: nothing is sent, and the refusal is in the log."""
    lab.inventory(
        tmp_path, ["hardened"], around_neighbour=True, ssh_users={},
        more_resources=[{"kind": "host", "id": "elsewhere", "address": name}],
    )  # fmt: skip
    if name == ADDRESSES["neighbour"]:
        done = audit(lab, tmp_path, None, "--resource", "elsewhere", "--format", "json")
        assert done.code == 2, "an address that is excluded is an error of the inventory"
        assert "exclude" in done.err
    else:
        done = audit(lab, tmp_path, None, "--resource", "elsewhere", "--format", "json")
        assert done.code == 3, done.err
        assert {a["outcome"] for a in done.report["assessments"]} == {"not_assessed"}
        assert all("outside the networks" in a["reason"] for a in done.report["assessments"])
        log = lab.run([*POSTURE, "log"], cwd=str(tmp_path)).stdout
        assert "refused" in log
        assert "connected" not in log
    assert lab.neighbour_packets() == 0


def test_of_a_name_with_two_addresses_only_the_one_in_scope_is_contacted(lab: Lab, tmp_path: Path) -> None:
    """The address that passed the gate is pinned for the whole audit."""
    mixed = {"kind": "host", "id": "mixed", "address": "mixed.lab.test"}
    lab.inventory(tmp_path, ["hardened"], more_resources=[mixed])
    done = audit(lab, tmp_path, None, "--check", "exposure.*", "--resource", "mixed", "--format", "json")
    assert {a["outcome"] for a in done.report["assessments"]} <= {"pass", "not_applicable"}, done.report
    assert lab.neighbour_packets() == 0


def sent(lab: Lab) -> int:
    """Packets that have left the scanner's place over the network."""
    links = json.loads(lab.run(["ip", "-s", "-j", "link"]).stdout)
    return sum(link["stats64"]["tx"]["packets"] for link in links if link["ifname"] != "lo")


def test_an_authorization_that_ends_during_the_audit_ends_the_contact(lab: Lab, tmp_path: Path) -> None:
    """Counted in packets: from that moment on none leaves. What was not looked at is not assessed, for that reason."""
    end = datetime.now(UTC) + timedelta(seconds=8)
    lab.inventory(tmp_path, ["firewalled", "hostile"], valid_until=end.isoformat(timespec="seconds"), ssh_users={})
    counted: list[int] = []

    def count() -> None:
        # A second for what is under way: nmap is killed at the end, its last packets may still be in a queue.
        time.sleep((end - datetime.now(UTC)).total_seconds() + 1)
        counted.extend([sent(lab), *(sent(lab) for _ in range(6) if not time.sleep(1))])

    with ThreadPoolExecutor(1) as beside:
        counting = beside.submit(count)
        done = audit(lab, tmp_path, None, "--check", "exposure.*", "--format", "json", "--threads", "1")
        counting.result()
    assert done.code == 3, done.err
    assert counted[0] > 1000, "the sweep had begun"
    assert counted[-1] - counted[0] <= 4, f"packets after the end: {counted} (a few ARP answers are no contact)"
    after = {host: audit_outcomes(done, host) for host in ("firewalled", "hostile")}
    assert any("ended at" in reason for reasons in after.values() for reason in reasons), after


def audit_outcomes(done: Audited, host: str) -> list[str]:
    return [a["reason"] for a in done.report["assessments"] if a["resource"] == host and a["outcome"] == "not_assessed"]
