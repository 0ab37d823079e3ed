"""Every UDP service that is asked; what is left out, and why, is in docs/coverage.md."""

from __future__ import annotations

from posture.collect.network.udp.request import UdpService
from posture.collect.network.udp.services.applications import APPLICATIONS
from posture.collect.network.udp.services.directory import DIRECTORY
from posture.collect.network.udp.services.discovery import DISCOVERY
from posture.collect.network.udp.services.domain import DOMAIN, MULTICAST_DNS
from posture.collect.network.udp.services.infrastructure import INFRASTRUCTURE
from posture.collect.network.udp.services.legacy import LEGACY
from posture.collect.network.udp.services.management import MANAGEMENT
from posture.collect.network.udp.services.ntp import NTP
from posture.collect.network.udp.services.snmp import SNMP

SERVICES: tuple[UdpService, ...] = tuple(
    sorted(
        (
            *LEGACY, DOMAIN, NTP, SNMP, MANAGEMENT, MULTICAST_DNS, *DIRECTORY, *DISCOVERY, *APPLICATIONS,
            *INFRASTRUCTURE,
        ),
        key=lambda service: service.port,
    )
)  # fmt: skip
