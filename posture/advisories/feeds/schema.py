"""The index a feed is built into: one SQLite file a feed, swapped by itself, read-only for whoever judges.

Version columns hold order-preserving keys (posture.advisories.versions): SQLite, PostgreSQL and Python compare them
byte by byte. A version that does not parse has no key and keeps its text, so that it can be named as not comparable.
"""

from __future__ import annotations

ENDING = "feed.sqlite"
SCHEMA_VERSION = 2  # PRAGMA user_version

SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- meta: name, format, location (no credentials), newest (ISO 8601, of the data), fetched, sha256, signer, etag, modified,
--       rows, refused (records that could not be read)
CREATE TABLE ecosystem (
    name TEXT PRIMARY KEY, scheme TEXT NOT NULL, rows INTEGER NOT NULL, not_comparable INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE advisory (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, severity INTEGER, score REAL, published TEXT, modified TEXT,
    summary TEXT NOT NULL, url TEXT NOT NULL, cves TEXT NOT NULL  -- separated by blanks
);
CREATE TABLE affected (
    ecosystem TEXT NOT NULL, name TEXT NOT NULL, advisory INTEGER NOT NULL, line INTEGER NOT NULL, is_binary INTEGER NOT NULL,
    module TEXT NOT NULL, state TEXT NOT NULL, channel TEXT NOT NULL, architectures TEXT NOT NULL,
    introduced BLOB, fixed BLOB, last BLOB, introduced_text TEXT NOT NULL, fixed_text TEXT NOT NULL, last_text TEXT NOT NULL,
    PRIMARY KEY (ecosystem, name, advisory, line)
) WITHOUT ROWID;
CREATE TABLE exploited (cve TEXT PRIMARY KEY, added TEXT NOT NULL, due TEXT, ransomware INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE probability (cve TEXT PRIMARY KEY, epss REAL NOT NULL, percentile REAL) WITHOUT ROWID;
CREATE TABLE cycle (
    product TEXT NOT NULL, cycle TEXT NOT NULL, phase TEXT NOT NULL, until TEXT, latest TEXT NOT NULL, released TEXT,
    PRIMARY KEY (product, cycle, phase)
) WITHOUT ROWID;
CREATE TABLE unsupported (
    ecosystem TEXT NOT NULL, source TEXT NOT NULL, limited INTEGER NOT NULL, since TEXT, version TEXT NOT NULL,
    note TEXT NOT NULL, PRIMARY KEY (ecosystem, source, limited)
) WITHOUT ROWID;
CREATE TABLE known_key (hash BLOB PRIMARY KEY, list TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
"""  # noqa: E501
