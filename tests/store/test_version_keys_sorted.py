"""Databases sort keys of versions as Python does."""

from __future__ import annotations

from random import Random

from sqlalchemy import LargeBinary, String, column, create_engine, insert, select, table, text

from posture.advisories.feeds.records import Scheme
from posture.advisories.versions.order import key

VERSIONS = {
    Scheme.DPKG: ["1.0~rc1-1", "1.0-1", "1.0-1+b1", "1.0a", "1:0", "1.0+dfsg-1", "1.10", "1.9", "2147483647:1"],
    Scheme.RPM: ["1.0~rc1-1", "1.0-1", "1.0", "1.0^git1-1", "1.0a-1", "300:1-1", "1.128-1", "1.127-1"],
    Scheme.APK: ["1.0_rc1", "1.0", "1.0-r0", "1.0_p1", "1.0a", "1.0.0", "1.00", "10"],
    Scheme.SEMVER: ["1.0.0-a", "1.0.0-1", "1.0.0", "1.0.0.1", "1.0.1"],
    Scheme.PEP440: ["1.0.dev1", "1.0a1", "1.0", "1.0.post1", "1.0+local", "1!0"],
}


def test_keys_sort_as_bytes_everywhere(empty_url):
    """SQLite's BLOB and PostgreSQL's bytea compare byte by byte, without signs and without collation."""
    rows = [
        {"version": f"{scheme} {one}", "key": key(scheme, one)} for scheme, some in VERSIONS.items() for one in some
    ]
    rows += [{"version": f"byte {number}", "key": bytes((number,))} for number in range(256)]
    Random(4).shuffle(rows)
    kept = table("kept", column("version", String), column("key", LargeBinary))
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        kind = "bytea" if engine.dialect.name == "postgresql" else "blob"
        connection.execute(text(f"CREATE TABLE kept (version text, key {kind})"))
        connection.execute(insert(kept), rows)
        found = [bytes(one) for one in connection.scalars(select(kept.c.key).order_by(kept.c.key))]
    engine.dispose()
    assert found == sorted(row["key"] for row in rows)
