"""Controls of security frameworks, written ``framework@edition:control``: ``cis@8.1:4.4``, ``nis2@2022:21(2)(e)``.

The edition is part of the name: control 4.4 is another one in another edition. Numbers only, no text of a framework: a
check gives evidence for a control, and never says that anybody is compliant with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

FRAMEWORKS = {
    "cis": "CIS Controls",
    "iso27001": "ISO/IEC 27001",
    "nist-csf": "NIST CSF",
    "nist-800-53": "NIST SP 800-53 revision",
    "nis2": "NIS2, Directive (EU) 2022/2555, article",
    "nis2-annex": "NIS2, Regulation (EU) 2024/2690, annex",
    "pci-dss": "PCI DSS",
    "soc2": "SOC 2 trust services criteria",
    "bsi-c5": "BSI C5",
    "bsi-grundschutz": "BSI IT-Grundschutz",
}
"""What each framework is called, in the order in which they are listed."""

_YEAR_IN_NAME = frozenset({"nis2", "nis2-annex"})
_EARLIER = {
    "CIS-8.1": "cis@8.1",
    "ISO-27001:2022": "iso27001@2022",
    "NIST-CSF-2.0": "nist-csf@2.0",
    "PCI-DSS-4.0.1": "pci-dss@4.0.1",
}
_NOTATION = re.compile(r"(?P<framework>[a-z0-9-]+)@(?P<edition>[0-9.]+):(?P<control>\S+)")


def present(control: str) -> str:
    """A control in the present notation; results stored by earlier versions have ``CIS-8.1/4.4``.

    What is in neither notation, as a check of somebody else's may name it, stays as it is.
    """
    if "@" in control:
        return control
    framework, _, number = control.partition("/")
    return f"{_EARLIER[framework]}:{number}" if number and framework in _EARLIER else control


def by_framework(controls: Iterable[str]) -> dict[str, list[str]]:
    """The controls' numbers by the framework's name and edition, as people read them: ``CIS Controls 8.1``.

    What is not in the notation stands under its own name, without numbers.
    """
    found: dict[str, list[str]] = {}
    for control in controls:
        match = _NOTATION.fullmatch(control)
        if match is None:
            found.setdefault(control, [])
            continue
        name = FRAMEWORKS.get(match["framework"], match["framework"])
        named = name if match["framework"] in _YEAR_IN_NAME else f"{name} {match['edition']}"
        found.setdefault(named, []).append(match["control"])
    return found
