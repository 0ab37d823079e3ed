"""Hosts that hide, pretend or attack, and the one that must be left alone."""

from __future__ import annotations

from collections.abc import Mapping

from lab_certificates import Authority, rsa_of_16000_bits
from lab_host import Entry, Host, own_server, service_host, with_ssh
from lab_keys import KeyPair
from truth import ADDRESSES


def _open_redis(port: int = 6379) -> str:
    return f"redis-server --port {port} --bind 0.0.0.0 --protected-mode no --save '' --dir /srv"


def firewalled(keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    only_ssh = """table inet guard {
  chain input { type filter hook input priority 0; policy drop; iifname lo accept; tcp dport 22 accept; }
}"""
    options = ("PasswordAuthentication no", "PermitRootLogin no")
    return with_ssh("firewalled", keys, *options, servers=f"{_open_redis()} &", firewall=only_ssh)


def dark(_keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    nothing = "table inet guard { chain input { type filter hook input priority 0; policy drop; iifname lo accept; }; }"
    return Host("dark", firewall=nothing)


def dropping(keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    two_ports = """table inet guard {
  chain input {
    type filter hook input priority 0; policy drop; iifname lo accept;
    ct state established,related accept; tcp dport { 22, 48379 } accept;
  }
}"""
    options = ("PasswordAuthentication no", "PermitRootLogin no")
    return with_ssh("dropping", keys, *options, servers=f"{_open_redis(48379)} &", firewall=two_ports)


def tarpit(_keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    every_port = """table ip everything {
  chain arrive { type nat hook prerouting priority dstnat; iifname != lo meta l4proto tcp redirect to :9; }
}"""
    return service_host("tarpit", servers=own_server("tarpit_server.py", 9), entries=(), firewall=every_port)


def hostile(_keys: Mapping[str, KeyPair], authority: Authority) -> Host:
    slow = authority.issue("hostile.lab.test", ADDRESSES["hostile"], key=rsa_of_16000_bits())
    # /root and /tmp stay the machine's: the interpreter and this folder may live there
    servers = own_server("hostile_servers.py", ADDRESSES["neighbour"], "/srv/slow.pem")
    return service_host(
        "hostile", servers=servers, entries=(Entry("/srv/slow.pem", slow.key + slow.certificate, 0o600),)
    )


def neighbour(keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    # Packets: every IPv4 or IPv6 packet that the kernel takes for this host, unicast, multicast or broadcast, whatever
    # becomes of it later. (A frame for another MAC address, flooded by the bridge before it has learned where that is,
    # never gets so far, and must not count.) ARP: only questions for this very address, as everybody on the wire hears
    # every question. They are no contact yet, so they are counted apart, but somebody meant it.
    counters = f"""table inet counted {{
  counter arrived {{ }}
  chain arrive {{ type filter hook prerouting priority raw; iifname != lo counter name arrived; }}
}}
table arp counted {{
  counter asked {{ }}
  chain arrive {{
    type filter hook input priority 0;
    arp operation request arp daddr ip {ADDRESSES["neighbour"]} counter name asked;
  }}
}}"""
    options = ("PasswordAuthentication no", "PermitRootLogin no")
    return with_ssh("neighbour", keys, *options, servers=f"{_open_redis()} &", firewall=counters)
