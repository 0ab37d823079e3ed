"""Which hosts the lab has, where they are and why they are there, told by hand."""

from __future__ import annotations

NETWORK = "198.51.100.0/24"  # RFC 5737, TEST-NET-2: for documentation, routed nowhere
NETWORK6 = "2001:db8:51:100::/64"  # RFC 3849: for documentation
SCANNER = "198.51.100.2"
SCANNER6 = "2001:db8:51:100::2"
ADDRESSES = {
    "hardened": "198.51.100.11",
    "weak-ssh": "198.51.100.12",
    "data": "198.51.100.13",
    "firewalled": "198.51.100.14",
    "dark": "198.51.100.15",
    "hostile": "198.51.100.16",
    "neighbour": "198.51.100.17",
    "dropping": "198.51.100.18",
    "tarpit": "198.51.100.19",
    "stores": "198.51.100.20",
    "web": "198.51.100.21",
    "mail": "198.51.100.22",
    "udp": "198.51.100.23",
    "udp-strict": "198.51.100.24",
    "shares": "198.51.100.25",
    "weak-crypto": "198.51.100.26",
    "six": "2001:db8:51:100::27",
}
KNOWN_AS = ADDRESSES | {
    "web": "web.lab.test"
}  # in the inventory; a certificate is for another name only where one is known
ABSENT = "198.51.100.10"  # in scope, and nobody has it: a host that is down answers not even ARP
CUSTOMER = "lab"
IN_SCOPE = tuple(name for name in ADDRESSES if name != "neighbour")
# Every host in scope; the neighbour is between them.
SCOPE = (
    "198.51.100.8/29", "198.51.100.16/32", "198.51.100.18/31", "198.51.100.20/30", "198.51.100.24/30", NETWORK6,
)  # fmt: skip
SCOPE_AROUND_NEIGHBOUR = ("198.51.100.0/27", NETWORK6)  # only right together with `exclude: [the neighbour]`
REASONS = {
    "hardened": "everything as it should be: no finding may come from here",
    "weak-ssh": "remote access done wrong: passwords, root, telnet, rsh, anonymous FTP, keys that lie open",
    "data": "databases reachable by anyone, with and without a login; its release gets no updates any more",
    "firewalled": "open inside and not reachable from outside is not exposed",
    "dark": "answers ARP and nothing else: filtered, which is neither open nor fine",
    "hostile": "servers that attack whoever scans them",
    "neighbour": "out of scope: counts every packet that reaches it",
    "dropping": "drops everything but SSH and a store on an odd port",
    "tarpit": "every TCP port answers, none has a service",
    "stores": "stores, brokers and directories, each without and with a login",
    "web": "files that must not lie there, interfaces for administrators without and with a login, TLS in its variants",
    "mail": "mail servers that take passwords in clear, and those that want TLS first",
    "udp": "datagrams whose answers can be aimed at others",
    "udp-strict": "the same services, giving strangers nothing",
    "shares": "files and screens, each without and with a login",
    "weak-crypto": "an SSH server with broken algorithms beside a good one",
    "six": "reachable over IPv6 only",
}
NAMES = {  # what the scanner's resolver answers; everything else does not exist
    "alias.lab.test": (ADDRESSES["neighbour"],),  # a CNAME of neighbour.lab.test
    "mixed.lab.test": (ADDRESSES["hardened"], ADDRESSES["neighbour"]),
    **{f"{name}.lab.test": (address,) for name, address in ADDRESSES.items()},
}
