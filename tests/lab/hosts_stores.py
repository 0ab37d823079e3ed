"""Stores, brokers and directories, each open to anybody, and beside it the same behind a login."""

from __future__ import annotations

from collections.abc import Mapping

import lab_nginx
from lab_certificates import Authority
from lab_host import Entry, Host, own_server, service_host
from lab_keys import KeyPair
from truth import ADDRESSES

EMULATED = (  # what Debian has no package of, or only with a Java machine that takes longer to start than the whole lab
    ("mongodb", 27017, 27018),
    ("cassandra", 9042, 9043),
    ("zookeeper", 2181, 2182),
    ("kafka", 9092, 9093),
)
EMULATED_WEB = (  # the second of each behind TLS
    ("elasticsearch", 9200, 9201),
    ("couchdb", 5984, 5985),
)
SLAPD = """include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile /run/slapd-{port}/pid
{rule}
database mdb
suffix "dc=lab,dc=test"
rootdn "cn=admin,dc=lab,dc=test"
rootpw 5be0a1f2c7
directory /run/slapd-{port}
maxsize 10485760
"""
BASE = """dn: dc=lab,dc=test
objectClass: dcObject
objectClass: organization
dc: lab
o: The Lab

dn: ou=people,dc=lab,dc=test
objectClass: organizationalUnit
ou: people
"""
# mosquitto_passwd makes the file; the password is nobody's
MOSQUITTO = "listener {port} 0.0.0.0\nallow_anonymous {anonymous}\n{more}"


def _etcd(name: str, client: str, peer: int) -> str:
    return (
        f"etcd --name {name} --data-dir /run/{name} --unsafe-no-fsync --listen-client-urls {client} "
        f"--advertise-client-urls {client} --listen-peer-urls http://127.0.0.1:{peer} "
        f"--initial-advertise-peer-urls http://127.0.0.1:{peer} --initial-cluster {name}=http://127.0.0.1:{peer}"
    )


def stores(_keys: Mapping[str, KeyPair], authority: Authority) -> Host:
    own = authority.issue("stores.lab.test", ADDRESSES["stores"])
    secured = (
        "--cert-file /srv/own.pem --key-file /srv/own.key --client-cert-auth --trusted-ca-file /srv/ca.pem "
        "--cipher-suites TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    )
    servers = f"""mkdir -p /run/slapd-389 /run/slapd-1389
mosquitto -c /srv/mosquitto-1883.conf &
( mosquitto_passwd -b -c /run/mosquitto.passwd shop 0d6c2b81fe; chmod 644 /run/mosquitto.passwd
  exec mosquitto -c /srv/mosquitto-1884.conf ) &
{_etcd("etcd-open", "http://0.0.0.0:2379", 2380)} &
{_etcd("etcd-certificate", "https://0.0.0.0:2381", 2382)} {secured} &
for port in 389 1389; do
  ( slapadd -f /srv/slapd-$port.conf -l /srv/base.ldif
    exec slapd -d 0 -h ldap://0.0.0.0:$port/ -f /srv/slapd-$port.conf ) &
done
memcached -u nobody -l 0.0.0.0 -p 11211 -U 11211 -m 16 -t 1 &
memcached -u nobody -l 0.0.0.0 -p 11212 -U 0 -m 16 -t 1 -Y /srv/memcached.users &
"""
    for name, port, twin in EMULATED:
        servers += own_server("servers_stores.py", name, port) + "\n"
        servers += own_server("servers_stores.py", name, twin, "--login") + "\n"
    for name, port, twin in EMULATED_WEB:
        servers += own_server("servers_web.py", name, port) + "\n"
        servers += own_server("servers_web.py", name, twin + 10_000, "127.0.0.1", "--login") + "\n"
    servers += lab_nginx.START.format(path="/srv/nginx.conf")
    twins = lab_nginx.configuration(*(lab_nginx.behind_tls(twin, "own", twin + 10_000) for _, _, twin in EMULATED_WEB))
    entries = (
        Entry("/srv/mosquitto-1883.conf", MOSQUITTO.format(port=1883, anonymous="true", more="")),
        Entry(
            "/srv/mosquitto-1884.conf",
            MOSQUITTO.format(port=1884, anonymous="false", more="password_file /run/mosquitto.passwd\n"),
        ),
        Entry("/srv/slapd-389.conf", SLAPD.format(port=389, rule="")),
        Entry("/srv/slapd-1389.conf", SLAPD.format(port=1389, rule="disallow bind_anon\nrequire authc")),
        Entry("/srv/base.ldif", BASE),
        Entry("/srv/nginx.conf", twins),
        Entry("/srv/memcached.users", "shop:7a91bc03d5\n"),
        Entry("/srv/ca.pem", authority.certificate),
        Entry("/srv/own.pem", own.certificate),
        Entry("/srv/own.key", own.key, 0o600),
    )
    return service_host("stores", servers=servers, entries=entries)


def six(_keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    """Listens on IPv6 alone: whoever scans IPv4 only never meets it."""
    common = f"--bind {ADDRESSES['six']} --save '' --dir /run"
    servers = f"""redis-server --port 6379 {common} --protected-mode no &
redis-server --port 6380 {common} --requirepass 2b7f0d93aa &
{lab_nginx.START.format(path="/srv/nginx.conf")}"""
    page = lab_nginx.configuration(lab_nginx.plain(80, lab_nginx.QUIET, address=f"[{ADDRESSES['six']}]:"))
    return service_host("six", servers=servers, entries=(Entry("/srv/nginx.conf", page),))
