"""A host with databases, some of which ask for a login."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab_accounts import owner_of
from lab_certificates import Authority
from lab_host import SCANNER, Entry, Host, restricted, running_as, with_ssh
from lab_keys import KeyPair

SHOP_PASSWORD = "q7" + "Vd2vTz9mLx"


def data(keys: Mapping[str, KeyPair], _authority: Authority) -> Host:
    redis = {
        "redis.conf": "port 6379\nprotected-mode no\n",
        "redis-6380.conf": "port 6380\nprotected-mode yes\nrequirepass 8c5f0e7d1b\n",
        "redis-6381.conf": "port 6381\nprotected-mode yes\n",
        "redis-36379.conf": "port 36379\nprotected-mode no\n",  # moved away, as if that hid it
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
for conf in {" ".join(redis)}; do {running_as("redis", 'redis-server "/etc/redis/$conf"')} & done
memcached -u memcache -l 0.0.0.0 -p 11211 -U 0 -m 16 -t 1 &
( install -d -o {uid} -g {gid} -m 700 /var/lib/postgresql/main
  install -d -o {uid} -g {gid} /run/postgresql
  cd /var/lib/postgresql
  {running_as("postgres", initdb)} >/dev/null
  echo 'host all all 0.0.0.0/0 scram-sha-256' >>main/pg_hba.conf
  exec {running_as("postgres", server)} ) &
( install -d -o {mysql_uid} -g {mysql_gid} /run/mysqld /srv/mysql
  sql=/usr/share/mysql # what mariadb-install-db does, which itself needs the client package
  {{ printf 'create database mysql;\\nuse mysql;\\nset @auth_root_socket=NULL;\\n'
    cat $sql/mysql_system_tables.sql $sql/mysql_performance_tables.sql $sql/mysql_system_tables_data.sql
  }} | {mariadbd} --bootstrap
  echo "CREATE USER shop@'%' IDENTIFIED BY '2f9d41aa07';" >/run/mysqld/init.sql
  exec {mariadbd} --bind-address=0.0.0.0 --init-file=/run/mysqld/init.sql ) &"""
    os_release = 'PRETTY_NAME="Debian GNU/Linux 10 (buster)"\nNAME="Debian GNU/Linux"\nVERSION_ID="10"\n'
    os_release += 'VERSION="10 (buster)"\nVERSION_CODENAME=buster\nID=debian\n'
    return with_ssh(
        "data",
        keys,
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
        servers=servers,
        # Whoever reads the key that lies open on weak-ssh becomes root here.
        root_keys=f'{restricted(keys["auditor"])}\nfrom="{SCANNER}" {keys["lying-open"].public}',
        entries=(
            Entry("/srv/shop/.env", f"DB_HOST=127.0.0.1\nDB_USERNAME=shop\nDB_PASSWORD={SHOP_PASSWORD}\n", 0o644),
            Entry("/etc/redis", None, 0o750, "redis"),
            *(Entry(f"/etc/redis/{file}", common + text, 0o640, "redis") for file, text in redis.items()),
            Entry("/etc/os-release", os_release),
        ),
        binds=("/etc/redis", "/etc/os-release"),
        scratch=("/var/lib/redis", "/var/lib/postgresql"),
    )
