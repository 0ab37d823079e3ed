"""Whether a host as written belongs to the public internet or to a network behind it."""

from __future__ import annotations

import ipaddress
import socket


def is_internal(host: str) -> bool:
    """Whether a host is written as a loopback, link-local, private or otherwise reserved address, or as localhost.

    Names are not resolved: what they lead to, only the connection tells.
    """
    bare = host.lower().rstrip(".")
    if bare == "localhost" or bare.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        try:
            address = ipaddress.ip_address(socket.inet_aton(bare))  # 127.1 and 2130706433 are addresses, too
        except (OSError, UnicodeError):
            return False
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1 is loopback
    return not (mapped or address).is_global
