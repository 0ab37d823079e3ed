"""PostgreSQL over TLS, with a password, as over a network: a real server on loopback with certificates made here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from owner import OWNER
from postgresql_server import Server, running
from sqlalchemy import text
from web_lab import free_port

from posture.cli.database_url import for_children
from posture.cli.options import now
from posture.store import open_store
from posture.store.condition import mending
from posture.store.database import EVERYONE, connect_to
from posture.store.errors import DatabaseUnreachable
from posture.store.roles import APP_ROLE

pytestmark = pytest.mark.postgresql

AT = "127.0.0.2"
"""A loopback address that posture does not know as this machine's own."""
PASSWORD = "of-the-test-4711"
ACCESS = "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n"


@dataclass(frozen=True)
class Authority:
    """Signs certificates; `file` is what clients are given as sslrootcert."""

    key: ec.EllipticCurvePrivateKey
    file: Path

    def signs(self, name: str, folder: Path) -> dict[str, str]:
        """A certificate of a server of that name; PostgreSQL's settings for it."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = certificate(name, key, "Test authority", self.key, server=True)
        (folder / "server.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / "server.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (folder / "server.key").chmod(0o600)
        return {"ssl": "on", "ssl_cert_file": str(folder / "server.crt"), "ssl_key_file": str(folder / "server.key")}


def certificate(name, key, issuer, issuers_key, *, server):
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=not server, path_length=None), critical=True)
    )
    if server:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return made.sign(issuers_key, hashes.SHA256())


def authority(file: Path, name: str = "Test authority") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificate(name, key, name, key, server=False)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return Authority(key, file)


@dataclass(frozen=True)
class Remote:
    """A server that takes passwords over TLS alone, and the authority of its certificate, which is for db.example."""

    server: Server
    port: int
    authority: Authority
    others: tuple[Authority, ...]

    def url(self, *, host: str = "db.example", user: str = APP_ROLE, database: str = "posture_0", **query: str) -> str:
        more = "&".join(f"{name}={value}" for name, value in query.items())
        return f"postgresql://{user}@{host}:{self.port}/{database}?hostaddr={AT}&{more}"

    def checked(self, **query: str) -> str:
        """As the docs say it."""
        return self.url(sslmode="verify-full", sslrootcert=str(self.authority.file), **query)


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    folder = tmp_path_factory.mktemp("authorities")
    ours, others = (
        authority(folder / "ours.pem"),
        (
            authority(folder / "other.pem", "Other authority"),
            authority(folder / "same-name.pem"),
        ),
    )
    port = free_port()

    def prepared(place: Path) -> dict[str, str]:
        (place / "data" / "pg_hba.conf").write_text(ACCESS)
        return {"listen_addresses": AT, "port": str(port), **ours.signs("db.example", place)}

    with running(prepared) as server:
        database = connect_to(server.url("postgres", OWNER))
        with database.writing(EVERYONE) as connection:
            connection.execute(text(f"ALTER ROLE {APP_ROLE} PASSWORD '{PASSWORD}'"))
        database.engine.dispose()
        yield Remote(server, port, ours, others)


def said_by(url: str) -> str:
    with pytest.raises(DatabaseUnreachable) as refused:
        open_store(url)
    assert PASSWORD not in str(refused.value)
    return str(refused.value)


def posture(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "posture.cli.main", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def with_password(url: str) -> str:
    return url.replace("@", f":{PASSWORD}@", 1)


def test_a_server_with_the_right_certificate_is_worked_with(remote, make):
    with open_store(with_password(remote.checked())) as store:
        make.audit(store, 1, [make.customer()], "6379/tcp")
        assert mending(store.database, now) == ()
        with store.database.reading(EVERYONE) as connection:
            about = connection.execute(text("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).one()
    assert about == (True, "TLSv1.3")


def test_a_server_with_another_authority_or_name_is_refused_before_the_password(remote):
    for other in remote.others:
        said = said_by(with_password(remote.url(sslmode="verify-full", sslrootcert=str(other.file))))
        assert "not the one that was asked for" in said
        assert "sslrootcert" in said
    named = remote.url(host="another.example", sslmode="verify-full", sslrootcert=str(remote.authority.file))
    assert "not the one that was asked for" in said_by(with_password(named))


def test_a_wrong_password_and_a_plain_connection_are_refused(remote):
    assert "refuses this user" in said_by(remote.checked())
    assert "refuses this user" in said_by(remote.checked().replace("@", ":wrong@", 1))
    assert "refuses this user" in said_by(with_password(remote.url(sslmode="disable")))


@pytest.mark.parametrize(("mode", "said"), [("require", "sslmode=require"), ("verify-ca", "sslmode=verify-ca")])
def test_a_server_whose_name_nobody_checks_is_told(remote, mode, said):
    url = with_password(remote.url(sslmode=mode, sslrootcert=str(remote.authority.file)))
    with open_store(url) as store:
        (told,) = mending(store.database, now)
    assert said in told
    assert "verify-full" in told


def test_the_password_is_looked_up_where_the_environment_says(remote, tmp_path):
    """Neither the URL nor the command line holds it; the queue's tables are reached the same way."""
    kept = tmp_path / "password"
    kept.write_text(PASSWORD + "\n")
    kept.chmod(0o600)
    how = {"POSTURE_DATABASE": remote.checked(), "POSTURE_DATABASE_PASSWORD": f"file:{kept}"}
    fine = posture("db", "status", "--json", **how)
    assert fine.returncode == 0, fine.stderr
    assert '"role": "posture_app"' in fine.stdout
    assert PASSWORD not in fine.stdout + fine.stderr
    twice = posture("db", "status", **how | {"POSTURE_DATABASE": with_password(remote.checked())})
    assert twice.returncode == 2
    kept.chmod(0o644)
    assert "chmod 600" in posture("db", "status", **how).stderr
    literal = posture("db", "status", **how | {"POSTURE_DATABASE_PASSWORD": PASSWORD})
    assert literal.returncode == 2
    assert PASSWORD not in literal.stderr


def test_processes_of_ours_are_not_handed_the_password(remote):
    environment = {"POSTURE_DATABASE_PASSWORD": "env:HELD_ELSEWHERE"}
    assert PASSWORD not in for_children(with_password(remote.checked()), environment)
    assert "sslmode=verify-full" in for_children(with_password(remote.checked()), environment)
    assert for_children(with_password(remote.checked()), {}) == with_password(remote.checked())
