"""A repository of the inventory, as facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from posture.collect.leaks.detector import Detector
from posture.collect.repository.collect import leaks_of
from posture.collect.repository.git import GitFailed
from posture.collect.repository.place import repository_folder
from posture.collect.scope import ScopeError, ScopeGate
from posture.facts.factset import Facts
from posture.facts.leaks import RepositoryLeaks
from posture.facts.unavailable import Unavailable
from posture.model.resource import Resource
from posture.model.secret import SecretRef
from posture.model.text import visible


def collect_repository(
    resource: Resource, detector: Detector, gate: ScopeGate, clock: Callable[[], datetime], deadline: datetime
) -> Facts:
    """What is leaked in a repository, or why that is not known."""
    settings = dict(resource.settings)
    url, token = settings.get("url", ""), settings.get("token", "")

    def over() -> bool:
        return clock() >= deadline

    try:
        with repository_folder(url, SecretRef.parse(token) if token else None, gate, over) as folder:
            return {RepositoryLeaks: leaks_of(folder, detector, clock(), over)}
    except (GitFailed, ScopeError) as error:
        return {RepositoryLeaks: Unavailable(f"{_shown(url)}: {error}")}


def _shown(url: str) -> str:
    """The repository's name and server, without a login."""
    parts = urlsplit(url)
    return visible(f"{parts.hostname or ''} {PurePosixPath(parts.path).name}".strip(), 120)
