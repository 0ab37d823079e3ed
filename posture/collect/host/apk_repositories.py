"""The repositories of apk (apk-repositories(5))."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from posture.collect.host.update_lines import UpdateLines
from posture.facts.updates import UpdateSource
from posture.model.text import visible

_BRANCH = re.compile(r"/(v[0-9]+\.[0-9]+|edge|latest-stable)(?=/|$)")
_CACHES = ("/var/cache/apk/", "/etc/apk/cache/")
_MOST = 200  # repositories


def apk_repositories(lines: UpdateLines) -> tuple[UpdateSource, ...]:
    """Every line, with its branch and when its index was fetched. apk verifies each; no setting turns that off."""
    found = []
    for file in lines.below("/etc/apk/repositories"):
        for line in file.lines:
            words = line.split()
            location = words[1] if words[0].startswith("@") and len(words) > 1 else words[0]
            branch = _BRANCH.search(location)
            found.append(
                UpdateSource(
                    name=visible(" ".join(words)),
                    location=visible(location),
                    verified=True,
                    path=visible(file.path),
                    codename=branch[1] if branch else "",
                    components=(visible(location.rstrip("/").rpartition("/")[2], 60),),
                    fetched=_fetched(lines, location),
                )
            )
    return tuple(found[:_MOST])


def apk_pins(lines: UpdateLines) -> tuple[str, ...]:
    """What /etc/apk/world holds to a version."""
    world = [line.strip() for file in lines.below("/etc/apk/world") for line in file.lines]
    return tuple(visible(line) for line in world if re.search(r"[=<~]", line))[:200]


def apk_refreshed(lines: UpdateLines) -> datetime | None:
    """When an index was last written to the cache."""
    return max((when.changed for path, when in lines.written.items() if path.startswith(_CACHES)), default=None)


def _fetched(lines: UpdateLines, location: str) -> datetime | None:
    """Of the index in the cache, which is named by the first 32 bits of the SHA-1 of its address."""
    name = f"APKINDEX.{hashlib.sha1(location.encode(), usedforsecurity=False).hexdigest()[:8]}.tar.gz"
    return next((lines.written[path].changed for place in _CACHES if (path := place + name) in lines.written), None)
