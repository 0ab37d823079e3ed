"""The table of ports: who listens on what in the lab, told by hand."""

from __future__ import annotations

from dataclasses import dataclass

from truth_addresses import ADDRESSES


@dataclass(frozen=True, slots=True)
class Port:
    """A port that somebody listens on.

    `process` is the name the kernel gives (`/proc/PID/comm`), None for the lab's own scripts. `without_login` tells
    that a stranger gets at what is served without proving who he is.
    """

    host: str
    number: int
    service: str
    process: str | None
    without_login: bool = False
    outside: bool = True
    protocol: str = "tcp"

    @property
    def endpoint(self) -> str:
        address = ADDRESSES[self.host]
        return f"{f'[{address}]' if ':' in address else address}:{self.number}/{self.protocol}"


def _open(host: str, number: int, service: str, process: str | None, protocol: str = "tcp") -> Port:
    return Port(host, number, service, process, without_login=True, protocol=protocol)


def _twins(host: str, service: str, number: int, twin: int, process: str | None = None) -> tuple[Port, Port]:
    """The same service twice: without a login, and with one."""
    return _open(host, number, service, process), Port(host, twin, service, process)


PEOPLE = (
    Port("hardened", 22, "ssh", "sshd"),
    Port("hardened", 80, "http", "nginx"),  # leads to https
    Port("hardened", 443, "https", "nginx"),
    _open("weak-ssh", 21, "ftp", "vsftpd"),
    Port("weak-ssh", 22, "ssh", "sshd"),
    Port("weak-ssh", 23, "telnet", "xinetd"),
    Port("weak-ssh", 513, "login", "xinetd"),
    Port("weak-ssh", 514, "shell", "xinetd"),
    Port("weak-crypto", 22, "ssh", "sshd"),
    Port("weak-crypto", 2222, "ssh", "sshd"),  # algorithms of the nineties
)
DATABASES = (
    Port("data", 22, "ssh", "sshd"),
    Port("data", 3306, "mysql", "mariadbd"),
    Port("data", 5432, "postgresql", "postgres"),
    _open("data", 6379, "redis", "redis-server"),
    Port("data", 6380, "redis", "redis-server"),  # NOAUTH: wants a password
    Port("data", 6381, "redis", "redis-server"),  # DENIED: protected mode answers loopback only
    _open("data", 11211, "memcached", "memcached"),
    _open("data", 36379, "redis", "redis-server"),  # an odd port hides nothing
)
SHY = (
    Port("firewalled", 22, "ssh", "sshd"),
    Port("firewalled", 6379, "redis", "redis-server", without_login=True, outside=False),
    Port("dropping", 22, "ssh", "sshd"),
    _open("dropping", 48379, "redis", "redis-server"),
    Port("tarpit", 9, "nothing", None),  # and every other TCP port leads to it
    Port("hostile", 21, "ftp", None),  # a banner of terminal escapes, HTML and bytes that are not UTF-8
    Port("hostile", 22, "ssh", None),  # a tarpit: lines without end before the version (RFC 4253, 4.2, allows lines)
    Port("hostile", 25, "smtp", None),  # a greeting of ten megabytes
    Port("hostile", 80, "http", None),  # redirects to the neighbour, `/name` by its name
    Port("hostile", 110, "pop3", None),  # one byte a second
    Port("hostile", 143, "imap", None),  # resets every connection at once
    Port("hostile", 443, "https", None),  # a key of 16,000 bits
    Port("hostile", 3306, "mysql", None),  # accepts and never says anything
    Port("hostile", 6379, "redis", None),  # floods without end
    Port("hostile", 8080, "http", None),  # redirects to itself without end
    Port("hostile", 8081, "http", None),  # two gigabytes, packed into two megabytes
    Port("neighbour", 22, "ssh", "sshd"),
    _open("neighbour", 6379, "redis", "redis-server"),
    _open("six", 80, "http", "nginx"),
    _open("six", 6379, "redis", "redis-server"),
    Port("six", 6380, "redis", "redis-server"),
)
STORES = (
    *_twins("stores", "mqtt", 1883, 1884, "mosquitto"),
    *_twins("stores", "ldap", 389, 1389, "slapd"),
    *_twins("stores", "etcd", 2379, 2381, "etcd"),  # the twin asks for a client's certificate
    Port("stores", 2380, "etcd", "etcd", outside=False),
    Port("stores", 2382, "etcd", "etcd", outside=False),
    *_twins("stores", "memcached", 11211, 11212, "memcached"),
    _open("stores", 11211, "memcached", "memcached", "udp"),
    *_twins("stores", "mongodb", 27017, 27018),
    *_twins("stores", "cassandra", 9042, 9043),
    *_twins("stores", "zookeeper", 2181, 2182),
    *_twins("stores", "kafka", 9092, 9093),
    *_twins("stores", "elasticsearch", 9200, 9201),
    *_twins("stores", "couchdb", 5984, 5985),
    Port("stores", 19201, "http", None, outside=False),
    Port("stores", 15985, "http", None, outside=False),
)
WEB = (
    _open("web", 80, "http", "nginx"),  # a repository, a configuration, a database dump and a listing lie open
    _open("web", 8080, "http", "nginx"),  # every path is answered with a page: nothing lies there
    Port("web", 8081, "http", "nginx"),  # a login form without TLS
    Port("web", 443, "https", "nginx"),
    Port("web", 8441, "https", "nginx"),  # no HSTS
    Port("web", 8442, "https", "nginx"),  # expired
    Port("web", 8443, "https", "nginx"),  # self-signed
    Port("web", 8444, "https", "nginx"),  # another name
    Port("web", 8445, "https", "nginx"),  # RSA of 1024 bits
    Port("web", 8446, "https", "nginx"),  # TLS 1.0 and 1.1
    Port("web", 8447, "https", "nginx"),  # a suite without encryption
    *_twins("web", "docker-registry", 5000, 5001, "docker-registry"),
    *_twins("web", "prometheus", 9090, 9091),  # with a login, and without TLS
    *_twins("web", "docker", 2375, 2376),
    *_twins("web", "kubelet", 10250, 10251),
    *_twins("web", "jupyter", 8888, 8889),
    *_twins("web", "grafana", 3000, 3001),
    *_twins("web", "jenkins", 8090, 8091),
    Port("web", 12376, "http", None, outside=False),
    Port("web", 20251, "http", None, outside=False),
    Port("web", 18889, "http", None, outside=False),
    Port("web", 13001, "http", None, outside=False),
    Port("web", 18091, "http", None, outside=False),
)
MAIL = (
    Port("mail", 25, "smtp", "master"),  # no login is offered
    Port("mail", 110, "pop3", "dovecot"),  # passwords in clear
    Port("mail", 143, "imap", "dovecot"),  # passwords in clear
    Port("mail", 465, "smtps", "master"),
    Port("mail", 587, "smtp", "master"),  # passwords in clear
    Port("mail", 993, "imaps", "dovecot"),
    Port("mail", 1110, "pop3", "dovecot"),  # STARTTLS first
    Port("mail", 1143, "imap", "dovecot"),  # STARTTLS first
    Port("mail", 2526, "smtp", "master"),  # takes mail from all for all
    Port("mail", 2587, "smtp", "master"),  # STARTTLS first
)
UDP = (
    _open("udp", 7, "echo", "xinetd"),
    _open("udp", 13, "daytime", "xinetd"),
    _open("udp", 19, "chargen", "xinetd"),
    _open("udp", 53, "domain", "unbound"),
    _open("udp", 111, "rpcbind", "rpcbind"),
    Port("udp", 5300, "domain", "unbound", outside=False),
    _open("udp", 5683, "coap", "coap-server-not"),  # the kernel keeps 15 letters
    Port("udp", 5300, "domain", "unbound", outside=False, protocol="udp"),
    _open("udp", 7, "echo", "xinetd", "udp"),
    _open("udp", 13, "daytime", "xinetd", "udp"),
    _open("udp", 17, "qotd", None, "udp"),
    _open("udp", 19, "chargen", "xinetd", "udp"),
    _open("udp", 53, "domain", "unbound", "udp"),
    _open("udp", 69, "tftp", "in.tftpd", "udp"),
    _open("udp", 111, "rpcbind", "rpcbind", "udp"),
    _open("udp", 123, "ntp", None, "udp"),  # monlist
    _open("udp", 161, "snmp", "snmpd", "udp"),
    Port("udp", 623, "ipmi", "ipmi_sim", protocol="udp"),
    _open("udp", 389, "cldap", None, "udp"),
    _open("udp", 1900, "upnp", None, "udp"),
    _open("udp", 3283, "ard", None, "udp"),
    _open("udp", 3702, "ws-discovery", None, "udp"),
    _open("udp", 5353, "mdns", None, "udp"),
    _open("udp", 5683, "coap", "coap-server-not", "udp"),
    Port("udp-strict", 53, "domain", "dnsmasq"),
    Port("udp-strict", 53, "domain", "dnsmasq", protocol="udp"),  # REFUSED
    Port("udp-strict", 123, "ntp", "chronyd", protocol="udp"),  # the time, and nothing else
    Port("udp-strict", 161, "snmp", "snmpd", protocol="udp"),  # version 3 only
    Port("udp-strict", 427, "slp", None, protocol="udp"),
    Port("udp-strict", 5060, "sip", None, protocol="udp"),
    Port("udp-strict", 27015, "a2s", None, protocol="udp"),
)
SHARES = (
    Port("shares", 21, "ftp", "vsftpd"),  # TLS first
    Port("shares", 22, "ssh", "sshd"),
    _open("shares", 111, "rpcbind", "rpcbind"),
    _open("shares", 111, "rpcbind", "rpcbind", "udp"),
    _open("shares", 139, "smb", "smbd"),
    _open("shares", 445, "smb", "smbd"),
    Port("shares", 1445, "smb", "smbd"),
    *_twins("shares", "rsync", 873, 8873, "rsync"),
    _open("shares", 2049, "nfs", "ganesha.nfsd"),
    _open("shares", 20048, "mountd", "ganesha.nfsd"),
    _open("shares", 2049, "nfs", "ganesha.nfsd", "udp"),
    _open("shares", 20048, "mountd", "ganesha.nfsd", "udp"),
    Port("shares", 3389, "rdp", "xrdp"),
    *_twins("shares", "vnc", 5900, 5901, "Xtigervnc"),
    *_twins("shares", "x11", 6000, 6001, "Xvfb"),
)
PORTS = (*PEOPLE, *DATABASES, *SHY, *STORES, *WEB, *MAIL, *UDP, *SHARES)
EVERY_PORT_ANSWERS = frozenset({"tarpit"})


def reachable(host: str, protocol: str = "tcp") -> frozenset[int]:
    """The ports of a host that a stranger can reach; of a tarpit those that are its own."""
    return frozenset(p.number for p in PORTS if (p.host, p.protocol) == (host, protocol) and p.outside)


def listening(host: str, protocol: str = "tcp") -> frozenset[int]:
    """The ports of a host that somebody listens on, reachable or not."""
    return frozenset(p.number for p in PORTS if (p.host, p.protocol) == (host, protocol))
