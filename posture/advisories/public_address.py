"""Whether a host belongs to the public internet or to a network behind it."""

from __future__ import annotations

import ipaddress
import socket


def is_internal(host: str) -> bool:
    """Whether a name or address leads to loopback, link-local, private or otherwise reserved addresses.

    A name does as soon as one of its addresses does. One that does not resolve here, as behind a proxy, does not.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(not _is_global(str(address[0])) for *_, address in found)


def _is_global(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1 is loopback
    return bool((mapped or address).is_global)
