"""Ports that no server should open to the whole internet, with what usually listens there.

Sources: IANA, Service Name and Transport Protocol Port Number Registry; the programs' own manuals for ports that are
not registered; CISA, TA14-017A, "UDP-Based Amplification Attacks" for those that flood others.
"""

from __future__ import annotations

from dataclasses import dataclass

from posture.sdk import Severity

_C, _H, _M = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM


@dataclass(frozen=True, slots=True)
class Port:
    """`severity` is that of the port open to the world, where the internet has a way to it.

    Critical is what as installed lets strangers read, change or run things without a password.
    """

    number: int
    protocol: str
    name: str
    severity: Severity

    def __str__(self) -> str:
        return f"{self.name} ({self.number}/{self.protocol})"


_TCP: tuple[tuple[int, str, Severity], ...] = (
    (21, "FTP", _M), (22, "SSH", _M), (23, "Telnet", _H), (110, "POP3 without TLS", _M), (111, "portmapper", _H),
    (135, "Windows RPC", _H), (139, "NetBIOS", _H), (143, "IMAP without TLS", _M), (389, "LDAP", _H), (445, "SMB", _H),
    (512, "rexec", _H), (513, "rlogin", _H), (514, "rsh", _H), (873, "rsync", _H), (1433, "SQL Server", _H),
    (1521, "Oracle", _H), (1883, "MQTT", _M), (2049, "NFS", _H), (2181, "ZooKeeper", _H), (2375, "Docker", _C),
    (2376, "Docker over TLS", _H), (2379, "etcd", _C), (2380, "etcd peers", _H), (3306, "MySQL", _H), (3389, "RDP", _H),
    (4369, "Erlang port mapper", _H), (4505, "Salt", _H), (4506, "Salt", _H), (5432, "PostgreSQL", _H),
    (5601, "Kibana", _H), (5672, "AMQP", _M), (5900, "VNC", _H), (5901, "VNC", _H), (5984, "CouchDB", _H),
    (5985, "WinRM", _H), (5986, "WinRM over TLS", _H), (6379, "Redis", _C), (6443, "Kubernetes", _M),
    (7001, "Cassandra nodes", _H), (8086, "InfluxDB", _H), (8123, "ClickHouse", _H), (8500, "Consul", _H),
    (9042, "Cassandra", _H), (9092, "Kafka", _H), (9200, "Elasticsearch", _C), (9300, "Elasticsearch nodes", _H),
    (10250, "kubelet", _H), (11211, "Memcached", _C), (15672, "RabbitMQ management", _M), (27017, "MongoDB", _C),
    (27018, "MongoDB shards", _H), (27019, "MongoDB configuration", _H), (50070, "Hadoop", _H),
)  # fmt: skip
_UDP: tuple[tuple[int, str, Severity], ...] = (
    (19, "chargen", _H), (53, "DNS", _M), (69, "TFTP", _H), (111, "portmapper", _H), (123, "NTP", _M),
    (137, "NetBIOS", _H), (161, "SNMP", _H), (389, "CLDAP", _H), (623, "IPMI", _H), (1434, "SQL Server browser", _H),
    (1900, "SSDP", _H), (3702, "WS-Discovery", _H), (5353, "mDNS", _H), (11211, "Memcached", _C),
)  # fmt: skip

PORTS: tuple[Port, ...] = (
    *(Port(number, "tcp", name, severity) for number, name, severity in _TCP),
    *(Port(number, "udp", name, severity) for number, name, severity in _UDP),
)
