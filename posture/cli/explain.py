from __future__ import annotations

import inspect
import re

import click

from posture.cli.errors import Usage
from posture.cli.options import json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import raw, say
from posture.cli.plugins import loaded
from posture.collect.network.smtp.session import COMMANDS_SAID
from posture.collect.network.ssh.look import MOST_KEYS
from posture.collect.network.tls_names import MOST_NAMES
from posture.collect.network.udp.table import SERVICES
from posture.collect.network.web.client import MOST_REQUESTS
from posture.engine.plugins import Plugin
from posture.facts.factset import known_for
from posture.model.control import by_framework
from posture.model.resource import ResourceKind
from posture.report.remediation import Remediation, RemediationText, pick
from posture.report.remediation import explain as explained

_INSIDE = "one shell script on the host, over SSH or on this machine, that only reads"
_PORTS = (
    f"connections to the TCP ports and small requests to {len(SERVICES)} UDP ports, then one harmless exchange with "
    "each service found"
)
_OF_AN_ACCOUNT = (
    "questions to the API of the AWS account, which change nothing, as a role that may only read "
    "(`posture audit --dry-run` names each); nothing to what runs there"
)
_OF_A_DOMAIN = "questions to the DNS through the auditor's resolver; nothing to the domain's own servers"
_SENT = {
    "Services": f"{_PORTS}; {_INSIDE}",
    "PortSweep": _PORTS,
    "TlsEndpoints": "at most 25 TLS handshakes to each port that speaks TLS or offers STARTTLS, three at once",
    "TlsNames": (
        f"nothing to the host beyond its certificates; at most {2 * MOST_NAMES} questions to the DNS, through the "
        "auditor's resolver, of the names in them; nothing to where these lead"
    ),
    "WebSites": (
        f"up to {MOST_REQUESTS} requests for pages, files and interfaces to each web server found, two at a time"
    ),
    "MailServers": (
        "to each mail server, a host's and a domain's exchangers inside the customer's networks: one connection with "
        f"{COMMANDS_SAID}; never DATA, so no message is sent"
    ),
    "SshOffers": (
        "the first message of a key exchange to each SSH server, and a key exchange for each kind of host key, at most "
        f"{MOST_KEYS}; no login"
    ),
    "PendingUpdates": f"nothing beyond {_INSIDE}; the distribution's signed index comes from its mirror",
    "ReleaseSupport": f"nothing beyond {_INSIDE}; how long a release is supported is known offline",
    "UnsupportedPackages": f"nothing beyond {_INSIDE}; the distribution's list comes from the feeds",
    "FleetKeys": f"nothing beyond {_INSIDE}; what the hosts told is compared on the auditor's machine",
    "RepositoryLeaks": "nothing where it lies on the auditor's machine; else one `git clone` from an address in scope",
    "DirectoryAccounts": (
        "nothing where the list is a file on the auditor's machine; else questions over HTTPS to the API of its source "
        "that change nothing (docs/accounts.md names each)"
    ),
    "KeyFlaws": f"nothing beyond {_INSIDE}; public keys are judged on the auditor's machine",
    "LanguageFlaws": f"nothing beyond {_INSIDE}; advisories come from the feeds",
    "ApplicationFlaws": f"nothing beyond {_INSIDE}; advisories come from the feeds",
    "ServerFlaws": f"nothing beyond {_PORTS}; advisories come from the feeds",
}

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|&#(\d{1,3});")
"""What remediation texts neutralise a value with. In one pass, so that an escaped ampersand begins no number."""


@click.command()
@click.argument("check")
@click.option("--language", default="en", show_default=True, help="Language of the text, where it is translated.")
@json_option
def explain(check: str, language: str, as_json: bool) -> None:
    """Explain CHECK: what it means and when it is wrong, what it sends, why, fix, verify. Works offline.

    \b
    posture explain exposure.redis-no-auth
    """
    found = next((plugin for plugin in loaded().plugins if plugin.check.id == check), None)
    if found is None:
        raise Usage(f"no check is called {check}", "see them with: posture checks list")
    text = explained(pick(found.texts, language), found.texts["en"].example)
    if as_json:
        print_json(_described(found, text))
    else:
        _print(found, text)


def _print(found: Plugin[RemediationText], text: Remediation) -> None:
    info = found.check.info
    say(f"{info.id}: {info.title}")
    say(f"Severity {info.severity.word}; policy clause {info.clause}; from {found.source}")
    for sent in _sent(found):
        say(f"Sends: {sent}")
    if info.controls:
        say("Gives evidence for:")
        for framework, numbers in by_framework(info.controls).items():
            say(f"  {framework}: {', '.join(numbers)}" if numbers else f"  {framework}")
    say()
    raw(inspect.cleandoc(found.check.doc))
    say()
    say(f"To do: {text.action} (about {text.effort_minutes} minutes). May break: {text.disruption}")
    if example := found.texts["en"].example:
        say(f"Names and numbers below are an example, on {example.system.name}.")
    for title, part in (("WHY", text.why_md), ("FIX", text.fix_md), ("VERIFY", text.verify_md)):
        say()
        raw(f"{title}\n\n{plain(part)}")


def _sent(found: Plugin[RemediationText]) -> list[str]:
    return list(dict.fromkeys(_SENT.get(fact.__name__, _usual(fact)) for _, fact in found.check.needs))


def _usual(fact: type) -> str:
    if fact in known_for(ResourceKind.DOMAIN):
        return _OF_A_DOMAIN
    return _OF_AN_ACCOUNT if fact in known_for(ResourceKind.AWS_ACCOUNT) else _INSIDE


def _described(found: Plugin[RemediationText], text: Remediation) -> dict[str, object]:
    info = found.check.info
    return {
        "check": info.id,
        "title": info.title,
        "severity": info.severity.word,
        "clause": info.clause,
        "controls": info.controls,
        "sends": _sent(found),
        "meaning": inspect.cleandoc(found.check.doc),
        "action": text.action,
        "effort_minutes": text.effort_minutes,
        "disruption": text.disruption,
        "why_markdown": text.why_md,
        "fix_markdown": text.fix_md,
        "verify_markdown": text.verify_md,
    }


def plain(markdown: str) -> str:
    """Markdown as a terminal shows it best: escapes and numbered characters of the prose resolved, code as it is."""
    parts = re.split(r"(```.*?```|`[^`\n]*`)", markdown.strip(), flags=re.DOTALL)
    return "".join(part if n % 2 else _ESCAPE.sub(_shown, part) for n, part in enumerate(parts))


def _shown(escape: re.Match[str]) -> str:
    return escape[1] or chr(int(escape[2]))
