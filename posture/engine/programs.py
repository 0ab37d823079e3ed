"""What a listening process speaks, by its program; by the port only where a superserver listens for others."""

from __future__ import annotations

from posture.facts.host import Process

_TCP = {
    "redis-server": "redis", "valkey-server": "redis", "keydb-server": "redis", "memcached": "memcached",
    "vsftpd": "ftp", "proftpd": "ftp", "pure-ftpd": "ftp", "telnetd": "telnet", "in.telnetd": "telnet",
    "postgres": "postgresql", "mysqld": "mysql", "mariadbd": "mysql", "mongod": "mongodb", "sshd": "ssh",
    "nginx": "http", "apache2": "http", "httpd": "http",
}  # fmt: skip
# As the kernel cuts names to 15 characters (proc_pid_comm(5)).
_UDP = {
    "memcached": "memcached", "named": "domain", "unbound": "domain", "dnsmasq": "domain", "pdns_recursor": "domain",
    "pdns_server": "domain", "kresd": "domain", "knotd": "domain", "nsd": "domain", "coredns": "domain",
    "systemd-resolve": "domain", "ntpd": "ntp", "chronyd": "ntp", "snmpd": "snmp", "rpcbind": "rpcbind",
    "avahi-daemon": "mdns", "in.tftpd": "tftp", "tftpd": "tftp", "atftpd": "tftp", "nmbd": "netbios-ns",
    "minissdpd": "upnp", "miniupnpd": "upnp", "minidlnad": "upnp", "rygel": "upnp", "wsdd": "ws-discovery",
    "wsdd2": "ws-discovery", "asterisk": "sip", "kamailio": "sip", "opensips": "sip", "freeswitch": "sip",
    "turnserver": "stun", "slpd": "svrloc", "ripd": "route", "routed": "route", "srcds_linux": "halflife",
    "hlds_linux": "halflife", "ipmi_sim": "asf-rmcp", "xdm": "xdmcp",
}  # fmt: skip
# Ports on which these programs speak something else, or nothing that strangers can misuse; "" says nothing.
_UDP_BESIDES = {
    ("dnsmasq", 67): "", ("dnsmasq", 547): "", ("dnsmasq", 69): "tftp", ("systemd-resolve", 5353): "mdns",
    ("systemd-resolve", 5355): "", ("chronyd", 323): "", ("nmbd", 138): "",
}  # fmt: skip
_TCP_PORTS = {21: "ftp", 23: "telnet"}
_UDP_PORTS = {7: "echo", 13: "daytime", 17: "qotd", 19: "chargen", 37: "time", 69: "tftp"}
_SUPERSERVERS = frozenset({"inetd", "xinetd", "systemd", "openbsd-inetd", "inetutils-inetd"})


def superserver(process: Process) -> bool:
    """Whether the process listens for other programs, so that its own name says nothing."""
    return process.name in _SUPERSERVERS


def speaks(process: Process | None, protocol: str, port: int) -> str:
    """The protocol that a process speaks on a port, in nmap's words; empty when its program does not tell.

    Args:
        process: that listens there, if it is known.
        protocol: tcp or udp.
        port: its number.
    """
    if process is None:
        return ""
    if protocol == "tcp":
        return _TCP.get(process.name, "")
    if superserver(process):
        return _UDP_PORTS.get(port, "")
    return _UDP_BESIDES.get((process.name, port), _UDP.get(process.name, ""))


def usual_on_tcp(port: int) -> str:
    """What a superserver, or a process that could not be read, most likely offers there; empty when that is open."""
    return _TCP_PORTS.get(port, "")
