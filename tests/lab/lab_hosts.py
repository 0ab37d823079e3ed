"""The hosts of the lab by name. Each one's reason stands in `truth.REASONS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hosts_access import hardened, weak_crypto, weak_ssh
from hosts_databases import data
from hosts_mail import mail
from hosts_shares import shares
from hosts_shy import dark, dropping, firewalled, hostile, neighbour, tarpit
from hosts_stores import six, stores
from hosts_udp import udp, udp_strict
from hosts_web import web
from lab_certificates import Authority
from lab_host import Host
from lab_keys import KeyPair

HOSTS: dict[str, Callable[[Mapping[str, KeyPair], Authority], Host]] = {
    "hardened": hardened,
    "weak-ssh": weak_ssh,
    "data": data,
    "firewalled": firewalled,
    "dark": dark,
    "hostile": hostile,
    "neighbour": neighbour,
    "dropping": dropping,
    "tarpit": tarpit,
    "stores": stores,
    "web": web,
    "mail": mail,
    "udp": udp,
    "udp-strict": udp_strict,
    "shares": shares,
    "weak-crypto": weak_crypto,
    "six": six,
}
