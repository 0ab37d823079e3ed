"""The order of kernel releases, the names that ``uname -r`` prints."""

from __future__ import annotations

import re

_BUILD = re.compile(r"[0-9]{1,18}(?:[.~_-][0-9]{1,18})*")
_NUMBER = re.compile(r"[0-9]{1,18}")
_RPM = re.compile(r"\.(?:x86_64|aarch64|ppc64le|s390x|i686|armv7hl|riscv64)(?:\+([a-z0-9_-]+))?$")
_REBUILT = re.compile(r"(?:^|[0-9.])(uek|elrepo|cip|xanmod)(?![a-z])")

Order = tuple[tuple[int, ...], tuple[int, ...]]


def order(release: str) -> Order:
    """A key to compare releases of one distribution by: the build's numbers up to the first word, then all others.

    ``5.14.0-70.2.1.el9_0`` is later than ``5.14.0-70.el9``, and ``6.1.0-10-amd64`` later than ``6.1.0-9-amd64``. The
    flavours of one build (amd64, cloud-amd64) are equal.
    """
    build = _BUILD.match(release)
    head, rest = (build[0], release[build.end() :]) if build else ("", release)
    return _numbers(head), _numbers(rest)


def flavour(release: str) -> str:
    """What a kernel is built for: ``cloud-amd64`` of ``6.1.0-28-cloud-amd64``; of rpm's what follows a ``+``, if any.

    Kernels that other projects build for a distribution (uek, elrepo) are flavours, too.
    """
    rpm = _RPM.search(release)
    if rpm:
        rebuilt = _REBUILT.search(release)
        return "+".join(part for part in (rebuilt[1] if rebuilt else "", rpm[1] or "") if part)
    parts = release.split("-")
    return "-".join(parts[next((i for i, part in enumerate(parts) if not part[:1].isdigit()), len(parts)) :])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBER.findall(text))
