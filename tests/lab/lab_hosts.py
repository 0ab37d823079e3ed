"""The hosts of the lab: their files, accounts, firewalls and servers. Each one's reason stands in `truth.REASONS`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab_accounts import AUDITOR, PASSWORD_HASH, Account, account_files, owner_of
from lab_keys import KeyPair
from truth import ADDRESSES, SCANNER

HERE = Path(__file__).resolve().parent
SSHD = "/usr/sbin/sshd -D -e &"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a host, or a folder where `content` is None."""

    path: str
    content: str | None = None
    mode: int = 0o644
    owner: str = "root"


@dataclass(frozen=True, slots=True)
class Host:
    """What a host has of its own; everything else it shares with the machine below.

    `binds` are the paths where its own `entries` replace the machine's, `scratch` those that begin empty. `firewall` is
    an nftables script that is loaded before the network comes up, `servers` a shell script.
    """

    name: str
    servers: str = ""
    firewall: str = ""
    people: tuple[Account, ...] = ()
    entries: tuple[Entry, ...] = ()
    binds: tuple[str, ...] = ()
    scratch: tuple[str, ...] = ("/run", "/var/log", "/srv")


def _as(user: str, command: str) -> str:
    uid, gid = owner_of(user, ())
    return f"setpriv --reuid={uid} --regid={gid} --clear-groups {command}"


def _sshd(keys: Mapping[str, KeyPair], name: str, *options: str) -> tuple[Entry, ...]:
    host_key = keys[f"host-{name}"]
    config = (
        "# Debian's defaults where nothing else is said",
        "HostKey /etc/ssh/ssh_host_ed25519_key",
        "KbdInteractiveAuthentication no",
        "UsePAM yes",
        "PrintMotd no",
        "Subsystem sftp internal-sftp",
        *options,
    )
    return (
        Entry("/etc/ssh/sshd_config", "\n".join(config) + "\n"),
        Entry("/etc/ssh/ssh_host_ed25519_key", host_key.private, 0o600),
        Entry("/etc/ssh/ssh_host_ed25519_key.pub", host_key.public + "\n"),
    )


def _restricted(key: KeyPair) -> str:
    return f'restrict,from="{SCANNER}" {key.public}'


def _home(person: Account, keys_allowed: str = "") -> tuple[Entry, ...]:
    home = f"/home/{person.name}"
    mine = Entry(f"{home}/.ssh/authorized_keys", keys_allowed + "\n", 0o600, person.name)
    folders = (Entry(home, None, 0o750, person.name), Entry(f"{home}/.ssh", None, 0o700, person.name))
    return (*folders, mine) if keys_allowed else folders[:1]


def _with_ssh(  # a host that can be audited from inside: nothing personal of the machine may show through
    name: str,
    keys: Mapping[str, KeyPair],
    *options: str,
    servers: str = "",
    firewall: str = "",
    others: tuple[Account, ...] = (),
    root_keys: str = "",
    root_password: str = "*",
    entries: tuple[Entry, ...] = (),
    binds: tuple[str, ...] = (),
    scratch: tuple[str, ...] = (),
) -> Host:
    people = (AUDITOR, *others)
    files = account_files(people, root_password)
    accounts = tuple(Entry(path, text, 0o640 if path.endswith("shadow") else 0o644) for path, text in files.items())
    root = (
        Entry("/root", None, 0o700),
        Entry("/root/.ssh", None, 0o700),
        *((Entry("/root/.ssh/authorized_keys", root_keys + "\n", 0o600),) if root_keys else ()),
    )
    return Host(
        name,
        servers=f"mkdir -p /run/sshd\n{SSHD}\n{servers}",
        firewall=firewall,
        people=people,
        entries=(
            *accounts,
            *root,
            *_home(AUDITOR, _restricted(keys["auditor"])),
            *_sshd(keys, name, *options),
            *entries,
        ),
        binds=("/etc/ssh", "/home", "/root", *files, *binds),
        scratch=("/run", "/var/log", "/srv", "/tmp", *scratch),
    )


def hardened(keys: Mapping[str, KeyPair]) -> Host:
    nginx = """user www-data; worker_processes 1; daemon off; pid /run/nginx.pid; error_log stderr;
events { worker_connections 256; }
http {
  access_log off; server_tokens off;
  client_body_temp_path /run/nginx/1; proxy_temp_path /run/nginx/2; fastcgi_temp_path /run/nginx/3;
  uwsgi_temp_path /run/nginx/4; scgi_temp_path /run/nginx/5;
  server { listen 80; location / { default_type text/html; return 200 "<h1>A quiet page</h1>"; } }
}
"""
    return _with_ssh(
        "hardened",
        keys,
        "PasswordAuthentication no",
        "PermitRootLogin no",
        "AllowUsers auditor",
        servers="mkdir -p /run/nginx /var/log/nginx\nnginx &",
        entries=(Entry("/etc/nginx/nginx.conf", nginx),),
        binds=("/etc/nginx/nginx.conf",),
    )


def weak_ssh(keys: Mapping[str, KeyPair]) -> Host:
    xinetd = """defaults
{
  log_type = FILE /var/log/xinetd.log
}
service telnet
{
  type = UNLISTED
  port = 23
  socket_type = stream
  protocol = tcp
  wait = no
  user = root
  server = /usr/sbin/telnetd
  disable = no
}
"""
    vsftpd = "listen=YES\nbackground=NO\nanonymous_enable=YES\nanon_root=/srv/ftp\nseccomp_sandbox=NO\n"
    root_keys = (
        keys["auditor"].public,
        f'from="{SCANNER}" {keys["small-rsa"].public}',
        f"no-such-option {keys['dead'].public}",
        f'restrict,command="/usr/bin/true" {keys["restricted"].public}',
    )
    deploy, legacy = Account("deploy", 1001, PASSWORD_HASH), Account("legacy", 1002, password="")
    lying_open = (
        Entry("/home/deploy", None, 0o755, "deploy"),
        Entry("/home/deploy/.ssh", None, 0o755, "deploy"),
        Entry("/home/deploy/.ssh/id_ed25519", keys["lying-open"].private, 0o644, "deploy"),
    )
    return _with_ssh(
        "weak-ssh",
        keys,
        "PasswordAuthentication yes",
        "PermitRootLogin yes",
        servers="""printf '*** System restart required ***\\n' >/run/reboot-required
printf 'linux-image-amd64\\n' >/run/reboot-required.pkgs
mkdir -p /srv/ftp/pub /run/vsftpd/empty
printf 'name,iban\\n' >/srv/ftp/pub/customers.csv
xinetd -dontfork -pidfile /run/xinetd.pid &
vsftpd /etc/vsftpd.conf &""",
        others=(deploy, legacy),
        root_keys="\n".join(root_keys),
        root_password=PASSWORD_HASH,
        entries=(
            Entry("/etc/xinetd.conf", xinetd),
            Entry("/etc/vsftpd.conf", vsftpd),
            Entry("/var/lib/dpkg/status", _outdated(Path("/var/lib/dpkg/status").read_text())),
            *_home(legacy),
            *lying_open,
        ),
        binds=("/etc/xinetd.conf", "/etc/vsftpd.conf", "/var/lib/dpkg/status"),
    )


def _outdated(status: str) -> str:
    """The machine's package list, with OpenSSL's library as it was before its first security update."""
    return re.sub(r"(?ms)^(Package: libssl3(?:t64)?\n.*?^Version: )[^\n]+", r"\g<1>3.0.8-1", status, count=1)


def data(keys: Mapping[str, KeyPair]) -> Host:
    redis = {
        "redis.conf": "port 6379\nprotected-mode no\n",
        "redis-6380.conf": "port 6380\nprotected-mode yes\nrequirepass 8c5f0e7d1b\n",
        "redis-6381.conf": "port 6381\nprotected-mode yes\n",
    }
    common = 'bind 0.0.0.0\ndir /var/lib/redis\nsave ""\n'
    postgres = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=Path())
    uid, gid = owner_of("postgres", ())
    initdb = f"{postgres}/initdb -N --no-instructions --auth-local=peer --auth-host=scram-sha-256 main"
    server = f"{postgres}/postgres -D /var/lib/postgresql/main -c listen_addresses=0.0.0.0 -c fsync=off"
    mysql_uid, mysql_gid = owner_of("mysql", ())
    mariadbd = "mariadbd --no-defaults --user=mysql --datadir=/srv/mysql --innodb-buffer-pool-size=8M"
    servers = f"""
chmod 777 /var/lib/redis
for conf in {" ".join(redis)}; do {_as("redis", 'redis-server "/etc/redis/$conf"')} & done
memcached -u memcache -l 0.0.0.0 -p 11211 -U 0 -m 16 -t 1 &
( install -d -o {uid} -g {gid} -m 700 /var/lib/postgresql/main
  install -d -o {uid} -g {gid} /run/postgresql
  cd /var/lib/postgresql
  {_as("postgres", initdb)} >/dev/null
  echo 'host all all 0.0.0.0/0 scram-sha-256' >>main/pg_hba.conf
  exec {_as("postgres", server)} ) &
( install -d -o {mysql_uid} -g {mysql_gid} /run/mysqld /srv/mysql
  sql=/usr/share/mysql # what mariadb-install-db does, which itself needs the client package
  {{ printf 'create database mysql;\\nuse mysql;\\nset @auth_root_socket=NULL;\\n'
    cat $sql/mysql_system_tables.sql $sql/mysql_performance_tables.sql $sql/mysql_system_tables_data.sql
  }} | {mariadbd} --bootstrap
  echo "CREATE USER shop@'%' IDENTIFIED BY '2f9d41aa07';" >/run/mysqld/init.sql
  exec {mariadbd} --bind-address=0.0.0.0 --init-file=/run/mysqld/init.sql ) &"""
    os_release = 'PRETTY_NAME="Debian GNU/Linux 10 (buster)"\nNAME="Debian GNU/Linux"\nVERSION_ID="10"\n'
    os_release += 'VERSION="10 (buster)"\nVERSION_CODENAME=buster\nID=debian\n'
    return _with_ssh(
        "data",
        keys,
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
        servers=servers,
        root_keys=_restricted(keys["auditor"]),
        entries=(
            Entry("/etc/redis", None, 0o750, "redis"),
            *(Entry(f"/etc/redis/{file}", common + text, 0o640, "redis") for file, text in redis.items()),
            Entry("/etc/os-release", os_release),
        ),
        binds=("/etc/redis", "/etc/os-release"),
        scratch=("/var/lib/redis", "/var/lib/postgresql"),
    )


def _open_redis() -> str:
    return "redis-server --port 6379 --bind 0.0.0.0 --protected-mode no --save '' --dir /srv"


def firewalled(keys: Mapping[str, KeyPair]) -> Host:
    only_ssh = """table inet guard {
  chain input { type filter hook input priority 0; policy drop; iifname lo accept; tcp dport 22 accept; }
}"""
    options = ("PasswordAuthentication no", "PermitRootLogin no")
    return _with_ssh("firewalled", keys, *options, servers=f"{_open_redis()} &", firewall=only_ssh)


def dark(_keys: Mapping[str, KeyPair]) -> Host:
    nothing = "table inet guard { chain input { type filter hook input priority 0; policy drop; iifname lo accept; }; }"
    return Host("dark", firewall=nothing)


def hostile(_keys: Mapping[str, KeyPair]) -> Host:
    # /root and /tmp stay the machine's: the interpreter and this folder may live there
    script = HERE / "hostile_servers.py"
    return Host("hostile", servers=f"'{sys.executable}' -I '{script}' {ADDRESSES['neighbour']} &")


def neighbour(keys: Mapping[str, KeyPair]) -> Host:
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
    return _with_ssh("neighbour", keys, *options, servers=f"{_open_redis()} &", firewall=counters)


HOSTS = {
    "hardened": hardened,
    "weak-ssh": weak_ssh,
    "data": data,
    "firewalled": firewalled,
    "dark": dark,
    "hostile": hostile,
    "neighbour": neighbour,
}
