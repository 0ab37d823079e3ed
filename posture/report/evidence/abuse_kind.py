"""What kind of abuse report a finding is (XARF 4), and which address, port and service it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from posture.model.dossier import Dossier
from posture.model.text import visible
from posture.model.verdict import Detail

_PLACE: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+)):(\d{1,5})/(tcp|udp)(?![a-z])")
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_DOMAIN: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*")
_WEB: Final = re.compile(r"https?://[!-~]{1,2000}")
_CVES: Final = 50

# What a web server gave away (exposure.web-files-exposed) -> what data that is, and how it got out.
_DATA: Final[Mapping[str, tuple[str, str]]] = {
    "git-credentials": ("credentials", "git_repository"),
    "git": ("source_code", "git_repository"),
    "svn": ("source_code", "misconfigured_server"),
    "env": ("credentials", "misconfigured_server"),
    "config": ("credentials", "backup_file"),
    "dump": ("database_dumps", "backup_file"),
    "backup": ("internal_documents", "backup_file"),
    "key": ("credentials", "misconfigured_server"),
    "cloud-key": ("api_keys", "misconfigured_server"),
    "passwords": ("credentials", "misconfigured_server"),
    "listing": ("internal_documents", "open_directory"),
}
_OPEN: Final = frozenset({"email.open-relay"})  # services for everybody that are told by another family


@dataclass(frozen=True, slots=True)
class Place:
    """Where the finding is: `address` is an IP address, else a domain or the resource's id; `port` 0 where none is."""

    address: str
    port: int = 0
    protocol: str = ""

    @property
    def is_address(self) -> bool:
        """Whether it is an IP address."""
        return _is_address(self.address)

    @property
    def is_domain(self) -> bool:
        """Whether it is a domain name."""
        return not self.is_address and _DOMAIN.fullmatch(self.address) is not None


def place_of(case: Dossier) -> Place:
    """The address and port that the finding's subject names, else the address of its resource, else its id."""
    found = _PLACE.match(case.finding.subject)
    host = (found[1] or found[2]) if found else case.finding.subject
    port = int(found[3]) if found and 0 < int(found[3]) < 65_536 else 0
    protocol = found[4] if found and port else ""
    named = next((text for text in (host, case.address) if _is_address(text)), "")
    return Place(named or visible(case.finding.resource, 253), port, protocol)


def kind_of(case: Dossier) -> dict[str, Any]:
    """Category, type, and the fields that the type requires.

    A file that strangers can fetch is exposed data; known flaws of a server that answers are CVEs; what answers
    strangers and should not is an open service; all else is a misconfiguration of something that the provider's
    customer runs. No type says that somebody attacked or sent anything: nothing here shows that.
    """
    check, details = case.finding.check, dict(case.finding.details)
    place = place_of(case)
    data = _DATA.get(str(details.get("problem", "")))
    url = str(details.get("url", ""))
    if check.id == "exposure.web-files-exposed" and data and _WEB.fullmatch(url) and "SERVER-ADDRESS" not in url:
        return _exposed(url, *data)
    cves = _cves(details)
    if place.port and cves:
        return _flaws(case, place, cves)
    answers = place.port and (check.family == "exposure" or check.id in _OPEN)
    return {
        "category": "vulnerability",
        "type": "open_service" if answers else "misconfiguration",
        "service": _service(case),
        "evidence_source": "vulnerability_scan",
    }


def _exposed(url: str, data: str, method: str) -> dict[str, Any]:
    return {
        "category": "content",
        "type": "exposed_data",
        "url": url,
        "data_types": [data],
        "exposure_method": method,
        "accessibility": "public",
        "discovery_source": "automated_scan",
        "evidence_source": "automated_scan",
    }


def _flaws(case: Dossier, place: Place, cves: tuple[str, ...]) -> dict[str, Any]:
    return {
        "category": "vulnerability",
        "type": "cve",
        "service": _service(case),
        "service_port": place.port,
        "cve_id": cves[0],
        "cve_ids": list(cves),
        "risk_level": case.finding.severity.word,
        "evidence_source": "vulnerability_scan",
    }


def _cves(details: Mapping[str, Detail]) -> tuple[str, ...]:
    """Those that attackers use first."""
    named = (details.get("exploited"), details.get("flaws"))
    texts = [text for names in named if isinstance(names, tuple) for text in names]
    return tuple(dict.fromkeys(cve for text in texts for cve in _CVE.findall(text)))[:_CVES]


def _service(case: Dossier) -> str:
    details = dict(case.finding.details)
    programs = details.get("programs")
    if isinstance(programs, tuple) and programs:
        return visible(programs[0], 100)
    named = next((details[name] for name in ("process", "service", "package") if details.get(name)), "")
    return visible(str(named), 100) or case.finding.check.id


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
