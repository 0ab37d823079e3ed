"""The applications that are recognised on web servers, by kind."""

from __future__ import annotations

from posture.collect.network.web.fingerprint import Fingerprint
from posture.collect.network.web.fingerprints import administration, clusters, containers, databases, monitoring

EVERY: tuple[Fingerprint, ...] = (
    *containers.FINGERPRINTS,
    *clusters.FINGERPRINTS,
    *databases.FINGERPRINTS,
    *monitoring.FINGERPRINTS,
    *administration.FINGERPRINTS,
)
