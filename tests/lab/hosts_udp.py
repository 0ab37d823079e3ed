"""Services that answer datagrams: a host whose answers can be aimed at others, and one that gives strangers nothing."""

from __future__ import annotations

from collections.abc import Mapping

from lab_certificates import Authority
from lab_host import Entry, Host, own_server, service_host
from lab_keys import KeyPair
from truth import ADDRESSES

UNBOUND = """server:
 port: {port}
 chroot: ""
 username: ""
 directory: "/run"
 pidfile: "/run/unbound-{port}.pid"
 do-daemonize: no
 do-ip6: no
 use-syslog: no
 module-config: "iterator"
{rules}remote-control:
 control-enable: no
"""
# Without a module that validates, what the lab's own root makes up is believed.
RESOLVER = """ interface: 0.0.0.0
 access-control: 0.0.0.0/0 allow
 do-not-query-localhost: no
forward-zone:
 name: "."
 forward-addr: 127.0.0.1@5300
"""
ROOT = """ interface: 127.0.0.1
 local-zone: "." redirect
 local-data: ". 3600 IN NS a.root-servers.net."
 local-data: ". 3600 IN A 192.0.2.1"
"""
SNMP_PUBLIC = "rocommunity public\nsysDescr Lab router 1.0\nagentaddress udp:161\n"
SNMP_V3 = """createUser auditor SHA-256 6a1f0c9e2b77 AES 90be41d7ac03
rouser auditor priv
agentaddress udp:161
"""
CHRONY = """local stratum 3
allow all
cmdport 0
bindcmdaddress /
pidfile /run/chronyd.pid
driftfile /run/chrony.drift
"""
INETD_BUILT_IN = """service {name}
{{
  type = INTERNAL
  id = {name}-{kind}
  socket_type = {kind}
  protocol = {protocol}
  user = root
  wait = {wait}
  disable = no
}}
"""
BMC = """name "bmc"
set_working_mc 0x20
  startlan 1
    addr 0.0.0.0 623
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  user 2 true "operator" "c0e5d8127f" admin 10 none md2 md5 straight
"""
BMC_SETUP = "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n"
EMULATED = (
    ("qotd", 17), ("ntp-monlist", 123), ("cldap", 389), ("upnp", 1900), ("ard", 3283), ("ws-discovery", 3702),
    ("mdns", 5353),
)  # fmt: skip
EMULATED_STRICT = (("slp-quiet", 427), ("sip-quiet", 5060), ("a2s-quiet", 27015))


def _xinetd() -> str:
    kinds = (("stream", "tcp", "no"), ("dgram", "udp", "yes"))
    return "defaults\n{\n  log_type = FILE /dev/null\n  instances = 400\n  cps = 5000 1\n}\n" + "".join(
        INETD_BUILT_IN.format(name=name, kind=kind, protocol=protocol, wait=wait)
        for name in ("echo", "chargen", "daytime")
        for kind, protocol, wait in kinds
    )


def udp(_keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    servers = """mkdir -p /run/rpcbind /run/ipmi
xinetd -dontfork -f /srv/xinetd.conf -pidfile /run/xinetd.pid &
unbound -d -c /srv/root.conf &
unbound -d -c /srv/resolver.conf &
snmpd -f -Lo -I -smux -C -c /srv/snmpd.conf -p /run/snmpd.pid &
rpcbind -f &
in.tftpd --foreground -L -4 -a 0.0.0.0:69 -u nobody -s /srv/tftp &
coap-server-notls -A 0.0.0.0 -p 5683 &
ipmi_sim -n -c /srv/lan.conf -f /srv/bmc.emu -s /run/ipmi </dev/null &
"""
    servers += "\n".join(own_server("servers_udp.py", name, port) for name, port in EMULATED)
    entries = (
        Entry("/srv/xinetd.conf", _xinetd()),
        Entry("/srv/root.conf", UNBOUND.format(port=5300, rules=ROOT)),
        Entry("/srv/resolver.conf", UNBOUND.format(port=53, rules=RESOLVER)),
        Entry("/srv/snmpd.conf", SNMP_PUBLIC),
        Entry("/srv/tftp/startup-config", "hostname router\n"),
        Entry("/srv/lan.conf", BMC),
        Entry("/srv/bmc.emu", BMC_SETUP),
    )
    return service_host("udp", servers=servers, entries=entries)


def udp_strict(_keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    servers = f"""mkdir -p /run/chrony
dnsmasq -k -C /dev/null --bind-interfaces --listen-address={ADDRESSES["udp-strict"]} \
  --no-resolv --no-hosts --user=root --pid-file=/run/dnsmasq.pid &
SNMP_PERSISTENT_DIR=/run/snmp snmpd -f -Lo -I -smux -C -c /srv/snmpd.conf -p /run/snmpd.pid &
chronyd -d -x -u root -f /srv/chrony.conf &
"""
    servers += "\n".join(own_server("servers_udp.py", name, port) for name, port in EMULATED_STRICT)
    entries = (Entry("/srv/snmpd.conf", SNMP_V3), Entry("/srv/chrony.conf", CHRONY))
    return service_host("udp-strict", servers=servers, entries=entries)
