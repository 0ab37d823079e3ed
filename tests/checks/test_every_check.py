"""What holds for every first-party check, whatever the facts: never silent, no crash, texts a customer can copy."""

from __future__ import annotations

import re
import shutil
import subprocess
import types
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from importlib.metadata import EntryPoint
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.engine.judge import judge
from posture.engine.plugins import Plugin, load
from posture.facts.factset import Facts, known_for
from posture.model.finding import System
from posture.model.resource import Resource, ResourceKind
from posture.model.text import visible
from posture.model.verdict import Evidence, Outcome, Verdict
from posture.report import markdown, remediation, shell
from posture.report.remediation import Remediation, RemediationText
from posture.sdk import Check, Password, Unavailable

LOADED = load(remediation.load, [EntryPoint("posture", "checks", "posture.checks")])
PLUGINS = {plugin.check.id: plugin for plugin in LOADED.plugins}
IDS = (
    "email.backscatter", "email.bimi-without-dmarc", "email.caa-missing", "email.dane-mismatch",
    "email.dane-unsigned", "email.dkim-broken", "email.dkim-key-weak", "email.dkim-missing", "email.dkim-test-mode",
    "email.dmarc-broken", "email.dmarc-missing", "email.dmarc-not-enforced", "email.dmarc-reports",
    "email.dmarc-subdomains", "email.dnssec-missing", "email.domain-gone", "email.forgeable",
    "email.mta-sts-broken", "email.mta-sts-missing", "email.mx-broken", "email.null-mx-missing", "email.open-relay",
    "email.reverse-dns", "email.smtp-auth-in-clear", "email.smtp-starttls-broken", "email.smtp-vrfy",
    "email.smtp-without-starttls", "email.spf-broken", "email.spf-everyone", "email.spf-misplaced",
    "email.spf-missing", "email.spf-near-limit", "email.spf-ptr", "email.spf-shared-senders", "email.spf-softfail",
    "email.tls-reporting-broken", "email.tls-reporting-missing",
    "exposure.aws-bucket-block-off",
    "exposure.aws-bucket-public",
    "exposure.aws-cache-plain",
    "exposure.aws-cluster-endpoint-public",
    "exposure.aws-database-public",
    "exposure.aws-function-public",
    "exposure.aws-function-url-open",
    "exposure.aws-image-public",
    "exposure.aws-instance-metadata-v1",
    "exposure.aws-key-policy-open",
    "exposure.aws-load-balancer-tls",
    "exposure.aws-queue-public",
    "exposure.aws-registry-public",
    "exposure.aws-search-domain-public",
    "exposure.aws-secret-policy-open",
    "exposure.aws-security-group-open",
    "exposure.aws-snapshot-public",
    "exposure.cluster-state-open", "exposure.container-api-open", "exposure.database-open", "exposure.file-share-open",
    "exposure.ftp-anonymous", "exposure.http-without-redirect", "exposure.https-missing-hsts",
    "exposure.ipmi-reachable", "exposure.ldap-anonymous", "exposure.memcached-open", "exposure.message-broker-open",
    "exposure.plain-http-login", "exposure.plain-login", "exposure.redis-no-auth", "exposure.remote-desktop",
    "exposure.remote-shell", "exposure.smb-reachable", "exposure.snmp-public", "exposure.ssh-algorithms-weak",
    "exposure.telnet", "exposure.tftp-reachable", "exposure.tls-certificate", "exposure.tls-cipher-weak",
    "exposure.tls-name-elsewhere", "exposure.tls-protocol-old",
    "exposure.udp-amplifier", "exposure.web-admin-open", "exposure.web-files-exposed",
    "keys.authorized-key-dead", "keys.authorized-key-forwarding", "keys.authorized-key-shell-for-job",
    "keys.authorized-key-unrestricted", "keys.authorized-key-unused", "keys.authorized-key-weak",
    "keys.authorized-keys-command", "keys.authorized-keys-writable",
    "keys.aws-access-key-old",
    "keys.aws-access-key-two-active",
    "keys.aws-access-key-unused",
    "keys.aws-admin-principal",
    "keys.aws-console-user-with-key",
    "keys.aws-parameter-plain",
    "keys.aws-permissions-unused",
    "keys.aws-privilege-escalation",
    "keys.aws-role-trust-federated",
    "keys.aws-role-trust-open",
    "keys.aws-role-trust-third-party",
    "keys.aws-root-access-key",
    "keys.aws-secret-in-environment",
    "keys.aws-secret-in-stack",
    "keys.aws-secret-in-user-data",
    "keys.aws-service-credential-old",
    "keys.aws-service-wildcard",
    "keys.certificate-authority-unbounded",
    "keys.cloned-host-key",
    "keys.credential-file-readable",
    "keys.key-compromised",
    "keys.password-hash-weak",
    "keys.private-key-opens-host",
    "keys.private-key-readable", "keys.private-key-unencrypted",
    "keys.second-root",
    "keys.secret-in-file",
    "keys.secret-in-repository",
    "keys.shared-key",
    "keys.shared-prime",
    "keys.shared-with-other-customer",
    "keys.ssh-guessing",
    "keys.ssh-host-key-changed",
    "keys.sudo-without-password",
    "mfa.accounts-admin-without-mfa",
    "mfa.accounts-dormant-admin",
    "mfa.accounts-not-enforced",
    "mfa.accounts-phishable",
    "mfa.accounts-without-mfa",
    "mfa.aws-admin-mfa-phishable",
    "mfa.aws-bucket-mfa-delete",
    "mfa.aws-cognito-admin-mfa",
    "mfa.aws-console-user-mfa",
    "mfa.aws-identity-center",
    "mfa.aws-password-policy",
    "mfa.aws-rights-without-mfa",
    "mfa.aws-root-mfa",
    "mfa.empty-password",
    "mfa.ssh-password-login", "mfa.ssh-root-login", "mfa.ssh-second-factor",
    "packages.automatic-updates",
    "packages.aws-cluster-version-ended",
    "packages.aws-database-ended",
    "packages.aws-instance-patches-missing",
    "packages.aws-instance-unmanaged",
    "packages.aws-lambda-runtime-ended",
    "packages.half-installed",
    "packages.held-back",
    "packages.language-packages",
    "packages.reboot-needed",
    "packages.release-end-of-life",
    "packages.security-updates",
    "packages.server-version-outdated",
    "packages.services-on-old-libraries",
    "packages.third-party",
    "packages.unsupported-packages",
    "packages.update-sources",
    "packages.web-application-outdated",
)  # fmt: skip
BASH = shutil.which("bash") or "bash"
CLAUSES = {"exposure": "4.4", "packages": "4.1", "mfa": "4.2", "keys": "4.3", "email": "3"}

SYSTEMS = (
    System("debian", "12", "Debian GNU/Linux 12 (bookworm)", "systemd"),
    System("ubuntu", "24.04", "Ubuntu 24.04.1 LTS", "systemd"),
    System("alpine", "3.20.3", "Alpine Linux v3.20", ""),
    System("almalinux", "9.4", "AlmaLinux 9.4 (Seafoam Ocelot)", "systemd"),
    System(),
)

every_check = pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS)


def test_all_checks_load() -> None:
    """Every check of this package loads with its text, under the name it is known by."""
    assert LOADED.problems == ()
    assert tuple(PLUGINS) == IDS


@every_check
def test_check_says_what_it_is(plugin: Plugin[RemediationText]) -> None:
    """A check cites its clause, and documents when it is wrong."""
    check = plugin.check
    assert check.info.clause == ("2" if check.id == "exposure.udp-amplifier" else CLAUSES[check.info.family])
    assert "wrong" in check.doc or "is not judged" in check.doc


def test_three_texts_speak_german() -> None:
    """The texts that customers need first are there in German, each with the same effort as in English."""
    german = {check_id: plugin.texts for check_id, plugin in PLUGINS.items() if "de" in plugin.texts}
    assert set(german) >= {"exposure.redis-no-auth", "mfa.ssh-password-login", "packages.security-updates"}
    assert all(texts["de"].effort_minutes == texts["en"].effort_minutes for texts in german.values())


def rendered(plugin: Plugin[RemediationText], verdict: Verdict, system: System) -> Iterator[Remediation]:
    for text in plugin.texts.values():
        yield remediation.render(text, details=verdict.details, system=system, subject=verdict.subject, resource="web1")


def parts(text: Remediation) -> tuple[str, str, str]:
    return text.why_md, text.fix_md, text.verify_md


def code_blocks(text: Remediation) -> Iterator[tuple[str, str]]:
    for part in parts(text):
        for token in markdown.tokens(part):
            if token.type == "fence":
                yield markdown.language(token), token.content


def failures(check: Check, facts: tuple[Any, ...]) -> list[Verdict]:
    found = [verdict for verdict in check.judge(*facts) if verdict.outcome is Outcome.FAIL]
    assert found, f"{check.id} was to fail on {facts}"
    return found


@every_check
def test_text_is_fit_to_copy(plugin: Plugin[RemediationText], typical_failures: dict[str, Any]) -> None:
    """Every branch renders without a gap, in every language and on every system; bash reads it, no line is too long."""
    every, scripts = set(), set()
    for facts in typical_failures[plugin.check.id]:
        for verdict in failures(plugin.check, facts):
            for system in SYSTEMS:
                for text in rendered(plugin, verdict, system):
                    assert text.missing == ()
                    assert all(part.strip() and "\n\n\n" not in part for part in parts(text)), text
                    blocks = list(code_blocks(text))
                    assert blocks or system.id not in {"debian", "ubuntu"}
                    assert {language for language, _ in blocks} <= {"sh", shell.RECORDS}
                    every |= {code for _, code in blocks}
                    scripts |= {code for language, code in blocks if language == "sh"}
    assert not [line for code in every for line in code.splitlines() if len(line) > shell.WIDTH]
    assert not [code for code in every if not code.strip() or "\n\n" in code]
    for code in scripts:
        subprocess.run([BASH, "-n"], input=code, text=True, check=True, capture_output=True)


@every_check
def test_text_explains_with_its_example(plugin: Plugin[RemediationText], typical_failures: dict[str, Any]) -> None:
    """Before anything was audited, the text shows what a finding on Debian would: commands, and no gap in any language.

    The example has the values of real findings, no more and no fewer.
    """
    example = plugin.texts["en"].example
    assert example is not None
    assert example.system.id == "debian"
    for facts in typical_failures[plugin.check.id]:
        for verdict in failures(plugin.check, facts):
            assert {name: type(value) for name, value in verdict.details} == {
                name: type(value) for name, value in example.details
            }
    for text in plugin.texts.values():
        shown = remediation.explain(text, example)
        whole = "\n".join(parts(shown))
        assert shown.missing == ()
        assert markdown.commands(shown.fix_md)
        assert not re.search(r"\\?<[a-z_]+\\?>", whole)
        assert "not known here" not in whole
        assert "nicht bekannt" not in whole


HOSTILE = "x'; pwned; $(pwned) `pwned` \"\\ ](https://evil.example) <b>"
TRAP = "pwned() { echo PWNED >&2; }\n"


@every_check
def test_hostile_names_stay_words(
    plugin: Plugin[RemediationText], typical_failures: dict[str, Any], tmp_path: Path
) -> None:
    """A name made to break out of its quotes runs nothing: bash runs every block with no program but the trap."""
    scripts = set()
    for facts in typical_failures[plugin.check.id]:
        for verdict in failures(plugin.check, facts):
            details = tuple((k, hostile(v) if k not in KEYWORDS else v) for k, v in verdict.details)
            evil = Verdict(Outcome.FAIL, "", HOSTILE, details=details)
            for text in rendered(plugin, evil, SYSTEMS[0]):
                assert text.missing == ()
                scripts |= {code for language, code in code_blocks(text) if language == "sh"}
    for code in scripts:
        subprocess.run([BASH, "-n"], input=code, text=True, check=True, capture_output=True)
        ran = subprocess.run(
            [BASH],
            input=TRAP + code,
            env={"PATH": "/nonexistent"},
            cwd=tmp_path,
            text=True,
            capture_output=True,
            check=False,
        )
        assert "PWNED" not in ran.stderr + ran.stdout, code


KEYWORDS = {"engine", "problem", "manager"}  # chosen by the check, not read from the host


def hostile(value: Any) -> Any:
    if isinstance(value, tuple):
        return (HOSTILE, *value)
    return HOSTILE if isinstance(value, str) and value else value


# Facts of every shape: words that mean something to a check, mixed with words that do not.
WORDS = (
    "", "root", "alex", "redis", "memcached", "ftp", "telnet", "postgresql", "mysql", "http", "CouchDB httpd", "none",
    "ssh-rsa", "ssh-dss", "ssh-ed25519", "SHA256:abc", "6.1.0-28-amd64", "6.1.0-18-amd64", "docker", "0.0.0.0", "::1",
    "/etc/ssh/ssh_host_rsa_key", "ssh.service", "tcp", "linux", "libssl3", "docker-proxy",
)  # fmt: skip
PAIRS = (
    *((keyword, value) for keyword in ("passwordauthentication", "kbdinteractiveauthentication", "usepam",
      "pubkeyauthentication") for value in ("yes", "no")),
    *(("permitrootlogin", value) for value in ("yes", "no", "prohibit-password", "forced-commands-only", "odd")),
    *(("authenticationmethods", value) for value in ("any", "publickey,password", "password",
      "password,keyboard-interactive")),
    ("allowusers", "alex@10.*"), ("denyusers", "root"), ("allowgroups", "ssh"), ("from", "192.0.2.1"), ("restrict", ""),
)  # fmt: skip
OPTIONS = st.lists(st.sampled_from(PAIRS), max_size=9).map(tuple)
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=12).map(visible))


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """All values of a fact's type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint == tuple[tuple[str, str], ...]:
        return OPTIONS
    if origin is tuple and arguments[1:] == (...,):
        least = 1 if arguments[0] is Evidence else 0  # no service is listed that neither side saw
        return st.lists(values_of(arguments[0]), min_size=least, max_size=4).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(*(values_of(argument) for argument in arguments))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})
    return PLAIN[hint]


PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.one_of(st.sampled_from([0, 0o600, 0o644, 1024, 2048]), st.integers(0, 65535)),
    bool: st.booleans(),
    type(None): st.none(),
    float: st.floats(0, 10),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


@every_check
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_facts(plugin: Plugin[RemediationText], data: st.DataObject) -> None:
    """Whatever a host says, the check gives verdicts a reader can use: a reason, evidence, a subject that stays."""
    check = plugin.check
    facts = tuple(data.draw(values_of(fact)) for _, fact in check.needs)
    verdicts = list(check.judge(*facts))
    assert verdicts
    for verdict in verdicts:
        assert verdict.summary.strip()
        if verdict.outcome is Outcome.FAIL:
            assert verdict.evidence
            assert {name for name, _ in verdict.details}.isdisjoint({"subject", "resource", "system"})
            for text in rendered(plugin, verdict, SYSTEMS[0]):
                assert text.missing == ()


@every_check
def test_subject_outlives_a_new_version(plugin: Plugin[RemediationText], typical_failures: dict[str, Any]) -> None:
    """A changed version, banner, comment or date leaves every finding its identity."""
    for facts in typical_failures[plugin.check.id]:
        failing = [v.subject for v in plugin.check.judge(*facts) if v.outcome is Outcome.FAIL]
        again = plugin.check.judge(*map(changed, facts))
        assert failing
        assert failing == [v.subject for v in again if v.outcome is Outcome.FAIL]


VOLATILE = {"version", "package_version", "comment", "candidate", "installed", "seen", "login_reason", "stale"}


def changed(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(changed, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    new = {f.name: changed(getattr(value, f.name)) for f in fields(value)}
    return type(value)(**{k: f"{v}1" if k in VOLATILE and isinstance(v, str) and v else v for k, v in new.items()})


@every_check
def test_the_engine_takes_it(plugin: Plugin[RemediationText], typical_failures: dict[str, Any]) -> None:
    """Through the engine a failing resource has one failed assessment with the check's name."""
    needs = {fact for _, fact in plugin.check.needs}
    kinds = [kind for kind in ResourceKind if needs <= known_for(kind)]
    assert kinds
    for kind, values in product(kinds, typical_failures[plugin.check.id]):
        facts: Facts = {fact: value for (_, fact), value in zip(plugin.check.needs, values, strict=True)}
        (assessment,) = judge([plugin.check], Resource(kind, "web1", "198.51.100.2"), facts)
        assert assessment.outcome is Outcome.FAIL
        assert assessment.failures


@every_check
def test_disruption_follows_its_label(plugin: Plugin[RemediationText]) -> None:
    """A report and `posture explain` say "may break" before it."""
    assert not any(text.disruption.startswith("None") for text in plugin.texts.values())


def test_who_reads_the_reason_may_not_run_the_audit(judged, private, keys, accounts, account, context, server) -> None:
    """A host seen over SSH is helped by a right on that host, not by being root where the audit runs."""
    unread = accounts(account(password=Password.UNKNOWN), shadow_read=False)
    facts: dict[str, tuple[Any, ...]] = {
        "keys.private-key-readable": (private(unreadable=2),),
        "keys.authorized-key-weak": (keys(accounts_unread=("root",)), accounts(), Unavailable("no server")),
        "keys.authorized-key-unrestricted": (
            keys(unreadable=("/root/.ssh/authorized_keys",)),
            accounts(),
            server(context()),
            Unavailable("no log"),
        ),
        "mfa.empty-password": (unread,),
        "mfa.ssh-password-login": (server(context()), unread, Unavailable("an older collector")),
    }
    for check_id, some in facts.items():
        (verdict,) = judged(PLUGINS[check_id].check, *some)
        assert verdict.outcome is Outcome.NOT_ASSESSED
        assert "give it root on the host, or run the local audit as root" in verdict.summary, check_id


@pytest.mark.parametrize("system", [System("centos", "7", "CentOS Linux 7"), System("amzn", "2", "Amazon Linux 2")])
def test_systems_with_yum_are_given_yum(system: System, typical_failures: dict[str, Any]) -> None:
    """CentOS 7 and Amazon Linux 2 have no dnf: a command with it ends in "command not found"."""
    named = [
        (name, code)
        for name, plugin in PLUGINS.items()
        if name.startswith("packages.")
        for facts in typical_failures[name]
        for verdict in failures(plugin.check, facts)
        if dict(verdict.details).get("manager", "rpm") == "rpm"
        for text in rendered(plugin, verdict, system)
        for code in parts(text)
        if re.search(r"\bdnf\b", code)
    ]
    assert not named
