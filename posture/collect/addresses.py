from __future__ import annotations

from ipaddress import IPv6Address

from posture.model.customer import IPAddress


def plain(address: IPAddress) -> IPAddress:
    """The address that packets would carry: IPv4 where it is mapped into IPv6, and no zone.

    A zone (``fe80::1%anything``) is free text that no address check looks at, and permits end up on command lines.
    """
    if address.version == 4:
        return address
    return address.ipv4_mapped or IPv6Address(int(address))
