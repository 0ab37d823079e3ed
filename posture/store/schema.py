"""The tables. A change here needs a migration of the same content; a test compares the two.

Every key that names a customer's thing carries the customer, so that no row can point into another customer's data.
Nothing in a unique key may be NULL: two NULLs would both pass.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from posture.store.columns import Key, RowId, UtcDateTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NOT_DONE = text("state <> 'done'")
"""In these very words in indexes and queries: a partial index serves no query that says it by a parameter."""

OPEN_TO_ALL = text("shared AND ended IS NULL")

LEASED = text("state = 'leased'")

run = Table(
    "run",
    METADATA,
    Column("id", Key, primary_key=True),
    # Which run is newer is decided by this number and never by a clock, which may be wrong for a day and then right.
    Column("seq", Integer, nullable=False, index=True, unique=True),
    Column("digest", Key, nullable=False, index=True),  # of the plan
    Column("started", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
    Column("posture_version", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("vantage", Text, nullable=False),
    Column("whole", Boolean, nullable=False, server_default=true()),  # all checks on all resources
    Column("shared", Boolean, nullable=False, server_default=false()),  # else only its own process takes its units
    Column("until", UtcDateTime),  # nothing is looked at from then on
    Column("winding", Boolean, nullable=False, server_default=false()),  # what is left is closed without a look
    Column("rules", Text, nullable=False, server_default=text("'{}'")),  # posture.model.night.NightRules, JSON
)
Index("ix_run_shared", run.c.seq, sqlite_where=OPEN_TO_ALL, postgresql_where=OPEN_TO_ALL)

customer_run = Table(
    "customer_run",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("run", Key, ForeignKey("run.id"), primary_key=True, index=True),
    Column("snapshot", Text, nullable=False),  # the customer as JSON: reports need no inventory
    Column("priority", Integer, nullable=False),
    Column("ended", UtcDateTime),
    Column("complete", Boolean, nullable=False, server_default=true()),  # no resource was left out for want of time
    Column("reported", UtcDateTime),  # its files were written
    Column("gist", Text, nullable=False, server_default=text("''")),  # of the report: posture.model.night.Gist, JSON
)

scan_unit = Table(
    "scan_unit",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("run", Key, nullable=False),
    Column("customer", Key, nullable=False),
    Column("resource", Key, nullable=False),  # empty: the customer's finish
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("shuffle", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("looked", Boolean, nullable=False, server_default=false()),  # done, and something was seen of the resource
    Column("late", Boolean, nullable=False, server_default=false()),  # done without a look: the night was over
    Column("network", Key, nullable=False, server_default=text("''")),  # whose units at once are counted; empty: none
    Column("opens", UtcDateTime),  # not to be looked at before
    Column("closes", UtcDateTime),  # nor from then on; empty: to the end of the run
    Column("over", Boolean, nullable=False, server_default=false()),  # its hours are, and it is closed without a look
    CheckConstraint("state IN ('queued', 'leased', 'done')", name="state"),
    ForeignKeyConstraint(["customer", "run"], ["customer_run.customer", "customer_run.run"]),
    UniqueConstraint("customer", "resource", "run"),
    UniqueConstraint("id", "customer"),
)
Index("ix_scan_unit_claim", scan_unit.c.run, scan_unit.c.priority, scan_unit.c.shuffle, scan_unit.c.id,
      sqlite_where=NOT_DONE, postgresql_where=NOT_DONE)  # fmt: skip
Index("ix_scan_unit_open", scan_unit.c.run, scan_unit.c.customer, sqlite_where=NOT_DONE, postgresql_where=NOT_DONE)
Index("ix_scan_unit_leased", scan_unit.c.network, scan_unit.c.worker, sqlite_where=LEASED, postgresql_where=LEASED)

night = Table(
    "night",
    METADATA,
    Column("id", Key, primary_key=True),  # the date on which it opened
    Column("run", Key, ForeignKey("run.id"), nullable=False, unique=True),
    Column("opened", UtcDateTime, nullable=False),
    Column("closes", UtcDateTime, nullable=False),
    Column("holder", Text, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("ended", UtcDateTime),
    Column("planned", Text, nullable=False),  # whom it leaves out and why: posture.model.night.LeftOut, JSON
    Column("summary", Text, nullable=False),  # JSON; empty until it has ended
)

night_late = Table(  # customers of whom the night reached nothing
    "night_late",
    METADATA,
    Column("night", Key, ForeignKey("night.id"), primary_key=True),
    Column("customer", Key, primary_key=True),
    Column("reason", Text, nullable=False),
)

fact_set = Table(
    "fact_set",
    METADATA,
    Column("unit", RowId, primary_key=True, autoincrement=False),
    Column("customer", Key, nullable=False),
    Column("facts", LargeBinary, nullable=False),  # a record of contents; of older versions, compressed
    Column("sha256", Text, nullable=False),  # of the facts
    ForeignKeyConstraint(["unit", "customer"], ["scan_unit.id", "scan_unit.customer"]),
)

outcome = Table(
    "outcome",
    METADATA,
    Column("unit", RowId, primary_key=True, autoincrement=False),
    Column("customer", Key, nullable=False),
    Column("assessments", LargeBinary, nullable=False),  # all of the unit; a record as `facts` is
    Column("sources", Text, nullable=False, server_default=text("'[]'")),  # the data they stand on, JSON
    Column("ports", Text, nullable=False, server_default=text("''")),  # how many were looked at, JSON; empty: none
    ForeignKeyConstraint(["unit", "customer"], ["scan_unit.id", "scan_unit.customer"]),
)

finding = Table(
    "finding",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("id", Key, primary_key=True, index=True),
    Column("resource", Key, nullable=False),
    Column("check_id", Key, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("due", UtcDateTime),
    Column("last_run", Key, nullable=False),  # the last run that wrote this row
    Column("body", LargeBinary, nullable=False),  # the whole finding, compressed JSON; the columns serve queries
    ForeignKeyConstraint(["customer", "last_run"], ["customer_run.customer", "customer_run.run"]),
    Index(None, "customer", "resource"),
)

finding_event = Table(
    "finding_event",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("finding", Key, nullable=False),
    Column("run", Key),  # NULL: somebody accepted the risk
    Column("at", UtcDateTime, nullable=False),
    Column("status", Text, nullable=False),
    ForeignKeyConstraint(["customer", "finding"], ["finding.customer", "finding.id"]),
    ForeignKeyConstraint(["customer", "run"], ["customer_run.customer", "customer_run.run"]),
    Index(None, "customer", "finding"),
)

acceptance = Table(
    "acceptance",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("finding", Key, nullable=False),
    Column("reason", Text, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("times_reopened", Integer, nullable=False),
    ForeignKeyConstraint(["customer", "finding"], ["finding.customer", "finding.id"]),
    Index(None, "customer", "finding"),
)

scan_action = Table(  # append-only: triggers in the migration refuse UPDATE and DELETE
    "scan_action",
    METADATA,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("run", Key, nullable=False),
    Column("customer", Key, nullable=False),
    Column("authorization", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "customer", "seq"),
)

ssh_pin = Table(  # append-only as well; the newest row of a host counts
    "ssh_pin",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("resource", Key, nullable=False),
    Column("fingerprints", Text, nullable=False),  # with spaces between
    Column("pinned_by", Text, nullable=False),
    Column("pinned_at", UtcDateTime, nullable=False),
    Index(None, "customer", "resource", "id"),
)

challenge = Table(  # append-only, like all that says who may be looked at
    "challenge",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("reference", Key, primary_key=True),
    Column("target", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("issued", UtcDateTime, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),  # of what comes of it
)

verified_grant = Table(
    "verified_grant",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("reference", Key, primary_key=True, unique=True),  # it is asked for by its reference alone
    Column("name", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
)

proof = Table(
    "proof",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("reference", Key, primary_key=True),
    Column("target", Key, primary_key=True),
    Column("method", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seen", Text, nullable=False),
    ForeignKeyConstraint(["customer", "reference"], ["verified_grant.customer", "verified_grant.reference"]),
)

revocation = Table(  # of any authorization: the inventory's are in no table
    "revocation",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("reference", Key, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("revoked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "customer", "reference"),
)

dispute = Table(  # append-only: a customer says that a finding is wrong, and what was decided
    "dispute",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("finding", Key, nullable=False),
    Column("episode", Integer, nullable=False),  # how often the finding had come back
    Column("severity", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("state IN ('raised', 'accepted', 'rejected')", name="state"),
    ForeignKeyConstraint(["customer", "finding"], ["finding.customer", "finding.id"]),
    Index(None, "customer", "finding"),
)

enforcement_proposal = Table(  # append-only, as are the two below; a step of a finding's episode is proposed once
    "enforcement_proposal",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("finding", Key, primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("step", Key, primary_key=True),
    Column("lift", Boolean, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("body", Text, nullable=False),  # JSON, the same whenever it is handed over
    ForeignKeyConstraint(["customer", "finding"], ["finding.customer", "finding.id"]),
)

enforcement_handing = Table(  # of a proposal to a hook: begun, and what came of it
    "enforcement_handing",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("finding", Key, primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("step", Key, primary_key=True),
    Column("lift", Boolean, primary_key=True),
    Column("hook", Key, primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("state", Key, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("said", Text, nullable=False),
    CheckConstraint("state IN ('begun', 'taken', 'failed')", name="state"),
    ForeignKeyConstraint(
        ["customer", "finding", "episode", "step", "lift"],
        [f"enforcement_proposal.{column}" for column in ("customer", "finding", "episode", "step", "lift")],
        name="fk_enforcement_handing_proposal",  # by the rule above it is longer than PostgreSQL's 63 characters
    ),
)

enforcement_record = Table(  # what was carried out or lifted, by whose word
    "enforcement_record",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("finding", Key, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("step", Key, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("state IN ('done', 'lifted')", name="state"),
    ForeignKeyConstraint(["customer", "finding"], ["finding.customer", "finding.id"]),
    Index(None, "customer", "finding"),
)

key_look = Table(
    "key_look",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("resource", Key, primary_key=True),
    Column("run", Key, nullable=False),  # the last that looked
    Column("at", UtcDateTime, nullable=False),  # of the last look that saw keys of any role
    Column("body", LargeBinary, nullable=False),  # the keys and what was not seen, compressed JSON
    ForeignKeyConstraint(["customer", "run"], ["customer_run.customer", "customer_run.run"]),
)

key_sighting = Table(  # what key_look holds, by key: whom else it opens is asked this way round
    "key_sighting",
    METADATA,
    Column("fingerprint", Key, primary_key=True),
    Column("host_key", Boolean, primary_key=True),
    Column("customer", Key, primary_key=True),
    Column("resource", Key, primary_key=True),
    ForeignKeyConstraint(["customer", "resource"], ["key_look.customer", "key_look.resource"]),
    Index(None, "customer", "resource"),
)

NOT_JUDGED = text("NOT judged")

rsa_modulus = Table(  # a public number and nobody's own: whose key it is stands in key_sighting
    "rsa_modulus",
    METADATA,
    Column("fingerprint", Key, primary_key=True),
    Column("modulus", LargeBinary, nullable=False),  # big-endian
    Column("judged", Boolean, nullable=False),  # held against all others
)
Index("ix_rsa_modulus_new", rsa_modulus.c.fingerprint, sqlite_where=NOT_JUDGED, postgresql_where=NOT_JUDGED)

shared_prime = Table(
    "shared_prime",
    METADATA,
    Column("fingerprint", Key, primary_key=True),
    Column("partner", Key, primary_key=True),
)

delivery = Table(  # whom which run's report went to: a row is never deleted, and its state goes forward only
    "delivery",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("run", Key, primary_key=True),
    Column("channel", Key, primary_key=True),
    Column("recipient", Key, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("next_try", UtcDateTime),
    Column("digest", Text, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("state IN ('waiting', 'claimed', 'sending', 'sent', 'failed')", name="state"),
    ForeignKeyConstraint(["customer", "run"], ["customer_run.customer", "customer_run.run"]),
)

content = Table(  # parts of facts and outcomes without their moments, once a customer: see contents.py
    "content",
    METADATA,
    Column("customer", Key, primary_key=True),
    Column("sha256", Key, primary_key=True),  # of the content before compression
    Column("body", LargeBinary, nullable=False),  # compressed
)

legal_hold = Table(  # append-only; the newest row of a customer and finding counts
    "legal_hold",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("customer", Key, nullable=False),
    Column("finding", Key, nullable=False),  # empty: all of the customer
    Column("lifted", Boolean, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "customer", "finding"),
)

APPEND_ONLY = frozenset(
    {
        "scan_action",
        "ssh_pin",
        "challenge",
        "verified_grant",
        "proof",
        "revocation",
        "dispute",
        "enforcement_proposal",
        "enforcement_handing",
        "enforcement_record",
        "legal_hold",
    }
)
"""Tables whose rows nobody changes or deletes: triggers refuse it, and PostgreSQL's role of the program may not."""
