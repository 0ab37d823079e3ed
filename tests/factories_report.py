"""Views of invented customers, for whatever needs a report; addresses are those of RFC 5737 and RFC 3849."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from posture.model.assessment import Assessment, CheckInfo
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.finding import Acceptance, Finding, FindingStatus, System, finding_id
from posture.model.policy import Clause, Policy, Provider, Step
from posture.model.resource import Resource, ResourceKind
from posture.model.run import Run, Source, SourceState
from posture.model.severity import Severity
from posture.model.verdict import Evidence, Outcome, Verdict
from posture.model.view import CustomerView
from posture.report.remediation import RemediationText, load

NOW = datetime(2026, 11, 22, 2, 14, 7, tzinfo=UTC)
LAST_WEEK = NOW - timedelta(days=7)
DEBIAN = System("debian", "12", "Debian GNU/Linux 12 (bookworm)", "systemd")

POLICY = Policy(
    name="Coma Cloud Acceptable Use Policy",
    version="2026-01",
    provider=Provider("Coma Cloud", "abuse@coma.example"),
    clauses=(
        Clause("4.1", "Software up to date", "Keep software up to date and patched."),
        Clause("4.2", "Strong credentials and MFA", "Use strong credentials, MFA where available."),
        Clause("4.3", "API keys, SSH keys, admin access", "Protect API keys, SSH keys and admin access."),
        Clause("4.4", "Services open to the internet", "No insecure service on the public internet."),
        Clause("3", "E-mail: SPF, DKIM, DMARC", "SPF, DKIM and DMARC where e-mail is sent."),
    ),
    allowed={
        Severity.CRITICAL: timedelta(days=2),
        Severity.HIGH: timedelta(days=7),
        Severity.MEDIUM: timedelta(days=30),
        Severity.LOW: timedelta(days=90),
    },
    must_fix=Severity.HIGH,
    ladder=(
        Step(Severity.CRITICAL, "we block the affected port or key, and nothing else"),
        Step(Severity.HIGH, "we remind you, then restrict the affected service"),
    ),
)

CHECKS = {
    info.id: info
    for info in (
        CheckInfo("exposure.redis-no-auth", "Redis answers without a password", "4.4", Severity.CRITICAL,
                  ("cis@8.1:4.4", "cis@8.1:4.8", "iso27001@2022:A.8.20", "pci-dss@4.0.1:1.4.4")),
        CheckInfo("exposure.telnet", "Telnet is reachable from the internet", "4.4", Severity.HIGH, ("cis@8.1:4.6",)),
        CheckInfo("packages.pending-updates", "Security updates are waiting", "4.1", Severity.HIGH, ("cis@8.1:7.3",)),
        CheckInfo("packages.reboot-needed", "A reboot is needed to use a newer kernel", "4.1", Severity.MEDIUM),
        CheckInfo("mfa.ssh-password", "SSH lets accounts in with a password alone", "4.2", Severity.MEDIUM,
                  ("cis@8.1:6.4", "pci-dss@4.0.1:8.4.1")),
        CheckInfo("keys.private-key-readable", "A private key can be read by every account", "4.3", Severity.HIGH),
    )
}  # fmt: skip

_TEXT = """---
action: {action}
effort_minutes: {minutes}
disruption: {disruption}
---
## Why
{why}

## Fix
{fix}

## Verify
{verify}
"""

_REDIS_FIX = """Redis listens on {{ subject }}. Let it listen on this machine only:

```sh
sudo sed -i 's/^bind .*/bind 127.0.0.1 -::1/' {{ config | sh }}
sudo systemctl restart redis-server
```

Do other servers need it? Then set `requirepass` and open the port to them alone."""


def _text(check_id: str, action: str, minutes: int, disruption: str, *sections: str) -> RemediationText:
    why, fix, verify = sections
    text = _TEXT.format(action=action, minutes=minutes, disruption=disruption, why=why, fix=fix, verify=verify)
    return load(text, f"{check_id}.md")


TEXTS: Mapping[str, RemediationText] = {
    "exposure.redis-no-auth": _text(
        "exposure.redis-no-auth", "Close Redis to the internet", 10, "Redis restarts; clients connect again.",
        "Redis without a password lets anyone read, change or delete the data, and write files on the server. "
        "Bots find such servers within hours.",
        _REDIS_FIX, "```sh\nss -lnt 'sport = :{{ port | sh }}'   # must show 127.0.0.1 or [::1]\n```"),
    "exposure.telnet": _text(
        "exposure.telnet", "Turn off telnet", 10, "Nothing restarts.",
        "Telnet sends passwords in clear: whoever is on the way reads them.",
        "```sh\nsudo systemctl disable --now telnet.socket inetd xinetd\n```", "```sh\nss -lnt 'sport = :23'\n```"),
    "packages.pending-updates": _text(
        "packages.pending-updates", "Install the security updates that wait", 15, "Updated services restart.",
        "Known holes in old versions are used within days.",
        "```sh\nsudo apt-get update && sudo apt-get install --only-upgrade {{ package | sh }}\n```",
        "```sh\napt list --upgradable\n```"),
    "packages.reboot-needed": _text(
        "packages.reboot-needed", "Reboot into the new kernel", 10, "The server is away for about two minutes.",
        "The old kernel, with its holes, runs until the next start.", "```sh\nsudo systemctl reboot\n```",
        "```sh\nuname -r\n```"),
    "mfa.ssh-password": _text(
        "mfa.ssh-password", "Let SSH in with keys only", 20, "Accounts without a key can no longer log in.",
        "Passwords are guessed day and night.",
        "```sh\nprintf 'PasswordAuthentication no\\n' | sudo tee /etc/ssh/sshd_config.d/10-keys-only.conf\n"
        "sudo systemctl reload ssh\n```", "```sh\nsudo sshd -T | grep passwordauthentication\n```"),
    "keys.private-key-readable": _text(
        "keys.private-key-readable", "Close private keys to other accounts", 5, "Nothing restarts.",
        "Whoever has an account can take the key and be its owner elsewhere.",
        "```sh\nsudo chmod 600 {{ path | sh }}\n```", "```sh\nls -l {{ path | sh }}\n```"),
}  # fmt: skip

_DETAILS = {
    "exposure.redis-no-auth": (("config", "/etc/redis/redis.conf"), ("port", 6379)),
    "packages.pending-updates": (("package", "openssl"),),
    "keys.private-key-readable": (("path", "/home/deploy/.ssh/id_ed25519"),),
}
_SUBJECTS = {"exposure.redis-no-auth": "198.51.100.2:6379/tcp", "exposure.telnet": "198.51.100.2:23/tcp"}


def make_customer(**changes: object) -> Customer:
    """A customer with three hosts, a domain that nothing looks at, and a contract."""
    values: dict[str, object] = {
        "id": "bakery",
        "name": "Example Bakery GmbH",
        "authorization": Authorization(
            AuthorizationMethod.CONTRACT, "MSA-7.1", "Jane Doe", NOW - timedelta(days=265), NOW + timedelta(days=100)
        ),
        "networks": (ip_network("198.51.100.0/28"), ip_network("2001:db8:7::/64")),
        "exclude": (ip_network("198.51.100.9/32"),),
        "resources": (
            *(Resource(ResourceKind.HOST, f"web{n}.bakery.example", f"198.51.100.{n + 1}") for n in (1, 2, 3)),
            Resource(ResourceKind.DOMAIN, "bakery.example"),
        ),
        "timezone": "Europe/Berlin",
    }
    return Customer(**{**values, **changes})


def make_finding(check: str = "exposure.redis-no-auth", **changes: object) -> Finding:
    """A finding of this run; `changes` are fields of Finding."""
    info = changes.get("check", CHECKS.get(check))
    resource, subject = (
        str(changes.get("resource", "web1.bakery.example")),
        str(changes.get("subject", _SUBJECTS.get(check, ""))),
    )
    customer = str(changes.get("customer", "bakery"))
    severity = changes.get("severity", info.severity)
    values: dict[str, object] = {
        "id": finding_id(customer, resource, info.id, subject),
        "customer": customer,
        "resource": resource,
        "check": info,
        "subject": subject,
        "summary": f"{info.title}: anyone who can reach it can use it.",
        "severity": severity,
        "status": FindingStatus.NEW,
        "first_seen": NOW - timedelta(hours=1),
        "last_seen": NOW - timedelta(hours=1),
        "due": NOW + timedelta(days=2, hours=14) if severity >= Severity.HIGH else NOW + timedelta(days=30),
        "last_run": "20261122-021200",
        "evidence": (
            Evidence(
                "probe 192.0.2.10 to 198.51.100.2:6379/tcp",
                "sent PING\ngot  +PONG\nsent INFO server (no key was read)\ngot  redis_version:7.0.15",
                NOW - timedelta(minutes=31),
            ),
        ),
        "details": _DETAILS.get(info.id, ()),
        "system": DEBIAN,
    }
    return Finding(**{**values, **changes})


def make_assessment(
    check: str = "exposure.redis-no-auth",
    resource: str = "web1.bakery.example",
    outcome: Outcome = Outcome.PASS,
    reason: str = "Nothing of the kind answers.",
    verdicts: Sequence[Verdict] = (),
) -> Assessment:
    """An outcome, with the one verdict it stands on where none are given."""
    return Assessment(CHECKS[check], resource, outcome, reason, tuple(verdicts) or (Verdict(outcome, reason),))


def make_view(findings: Sequence[Finding] = (), **changes: object) -> CustomerView:
    """A view whose assessments fit its findings: failed where there is an active or accepted one, passed elsewhere."""
    customer = changes.pop("customer", None) or make_customer()
    failing: dict[tuple[str, str], list[Verdict]] = {}
    for f in findings:
        if f.status is not FindingStatus.RESOLVED:
            verdict = Verdict(Outcome.FAIL, f.summary, f.subject, f.severity)
            failing.setdefault((f.check.id, f.resource), []).append(verdict)
    assessments = tuple(
        make_assessment(
            check,
            resource.id,
            Outcome.FAIL if (check, resource.id) in failing else Outcome.PASS,
            verdicts=failing.get((check, resource.id), ()),
        )
        for check in CHECKS
        for resource in customer.resources
        if resource.kind is ResourceKind.HOST
    )
    values: dict[str, object] = {
        "customer": customer,
        "policy": POLICY,
        "run": Run(
            "20261122-021200", NOW - timedelta(minutes=40), "0.1.0", "coma-cloud 2026-01", NOW,
            (Source("Debian 12 index", SourceState.CURRENT, NOW - timedelta(hours=9), NOW - timedelta(hours=3)),
             Source("Ubuntu 24.04 index", SourceState.STALE, LAST_WEEK, LAST_WEEK, "older than three days")),
        ),
        "previous": Run("20261115-021200", LAST_WEEK, "0.1.0", "coma-cloud 2026-01", LAST_WEEK),
        "assessments": assessments,
        "findings": tuple(findings),
        "vantage": "Network checks came from 192.0.2.10; no login was tried",
    }  # fmt: skip
    return CustomerView(**{**values, **changes})


def typical_findings() -> tuple[Finding, ...]:
    """Fourteen findings over three hosts, of every status."""
    hosts = [f"web{n}.bakery.example" for n in (1, 2, 3)]
    updates = [make_finding("packages.pending-updates", resource=host, status=FindingStatus.OPEN) for host in hosts]
    keys = [
        make_finding("keys.private-key-readable", resource=host, subject=path, details=(("path", path),))
        for host in hosts[:2]
        for path in ("/home/deploy/.ssh/id_ed25519", "/srv/backup/my key.pem")
    ]
    return (
        make_finding(),
        make_finding("exposure.telnet", status=FindingStatus.REOPENED, times_reopened=1),
        *updates,
        *keys,
        *(
            make_finding("mfa.ssh-password", resource=host, status=FindingStatus.OPEN, unconfirmed_runs=1)
            for host in hosts
        ),
        make_finding("packages.reboot-needed"),
        make_finding("packages.reboot-needed", resource=hosts[1], status=FindingStatus.RESOLVED, resolved_at=NOW),
    )


def many_findings(count: int) -> tuple[Finding, ...]:
    """So many findings over so many checks and hosts as a neglected customer has."""
    names = list(CHECKS)
    return tuple(
        make_finding(
            names[n % len(names)],
            resource=f"srv-{n // 12:04}.bakery.example",
            subject=f"198.51.100.{n % 250}:{1000 + n}/tcp",
            details=(
                ("config", f"/etc/redis/{n % 7}.conf"),
                ("port", 1000 + n),
                ("package", f"lib{n % 9}"),
                ("path", f"/srv/{n}/key"),
            ),
        )
        for n in range(count)
    )


def make_acceptance(finding: Finding, **changes: object) -> Acceptance:
    """Somebody accepts this finding for ninety days."""
    values: dict[str, object] = {
        "finding": finding.id, "customer": finding.customer, "reason": "Behind the office VPN from December on",
        "accepted_by": "Jane Doe", "accepted_at": NOW - timedelta(days=3), "until": NOW + timedelta(days=87),
        "severity": finding.severity, "times_reopened": finding.times_reopened,
    }  # fmt: skip
    return Acceptance(**{**values, **changes})
