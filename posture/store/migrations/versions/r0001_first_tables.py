"""The first tables. Written out in full: history must not change when posture.store.schema does."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NOT_DONE = sa.text("state <> 'done'")


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
        sa.Column("posture_version", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("vantage", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_digest", "run", ["digest"])
    op.create_table(
        "customer_run",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("run", KEY, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("ended", MOMENT),
        sa.PrimaryKeyConstraint("customer", "run", name="pk_customer_run"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_customer_run_run_run"),
    )
    op.create_index("ix_customer_run_run", "customer_run", ["run"])


def _units() -> None:
    op.create_table(
        "scan_unit",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("run", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("shuffle", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_scan_unit"),
        sa.CheckConstraint("state IN ('queued', 'leased', 'done')", name="ck_scan_unit_state"),
        sa.ForeignKeyConstraint(
            ["customer", "run"],
            ["customer_run.customer", "customer_run.run"],
            name="fk_scan_unit_customer_run_customer_run",
        ),
        sa.UniqueConstraint("customer", "resource", "run", name="uq_scan_unit_customer_resource_run"),
        sa.UniqueConstraint("id", "customer", name="uq_scan_unit_id_customer"),
    )
    for name, indexed in {
        "ix_scan_unit_claim": ["run", "priority", "shuffle", "id"],
        "ix_scan_unit_open": ["run", "customer"],
    }.items():
        op.create_index(name, "scan_unit", indexed, sqlite_where=NOT_DONE, postgresql_where=NOT_DONE)
    blobs: dict[str, tuple[sa.Column[Any], ...]] = {
        "fact_set": (sa.Column("facts", sa.LargeBinary, nullable=False), sa.Column("sha256", sa.Text, nullable=False)),
        "outcome": (sa.Column("assessments", sa.LargeBinary, nullable=False),),
    }
    for table, columns in blobs.items():
        op.create_table(
            table,
            sa.Column("unit", ROW_ID, nullable=False, autoincrement=False),
            sa.Column("customer", KEY, nullable=False),
            *columns,
            sa.PrimaryKeyConstraint("unit", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(
                ["unit", "customer"],
                ["scan_unit.id", "scan_unit.customer"],
                name=f"fk_{table}_unit_customer_scan_unit",
            ),
        )


def _findings() -> None:
    op.create_table(
        "finding",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("check_id", KEY, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("last_run", KEY, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("customer", "id", name="pk_finding"),
        sa.ForeignKeyConstraint(
            ["customer", "last_run"],
            ["customer_run.customer", "customer_run.run"],
            name="fk_finding_customer_last_run_customer_run",
        ),
    )
    op.create_index("ix_finding_id", "finding", ["id"])
    op.create_index("ix_finding_customer_resource", "finding", ["customer", "resource"])


def _of_a_finding(table: str, *columns: sa.Column[Any], more: tuple[sa.Constraint, ...] = ()) -> None:
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("finding", KEY, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["customer", "finding"], ["finding.customer", "finding.id"], name=f"fk_{table}_customer_finding_finding"
        ),
        *more,
    )
    op.create_index(f"ix_{table}_customer_finding", table, ["customer", "finding"])


def _history() -> None:
    _of_a_finding(
        "finding_event",
        sa.Column("run", KEY),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        more=(
            sa.ForeignKeyConstraint(
                ["customer", "run"],
                ["customer_run.customer", "customer_run.run"],
                name="fk_finding_event_customer_run_customer_run",
            ),
        ),
    )
    _of_a_finding(
        "acceptance",
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("accepted_by", sa.Text, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
    )


def _actions() -> None:
    op.create_table(
        "scan_action",
        sa.Column("seq", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("run", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("authorization", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_scan_action"),
    )
    op.create_index("ix_scan_action_customer_seq", "scan_action", ["customer", "seq"])


REFUSAL = "'scan_action is append-only'"


def _append_only_sqlite() -> None:
    # INSERT OR REPLACE deletes without asking the DELETE trigger, hence the third one.
    for name, when in {
        "update": "UPDATE ON scan_action",
        "delete": "DELETE ON scan_action",
        "replace": "INSERT ON scan_action WHEN EXISTS (SELECT 1 FROM scan_action WHERE seq = NEW.seq)",
    }.items():
        op.execute(f"CREATE TRIGGER scan_action_no_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, {REFUSAL}); END")


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION scan_action_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION {REFUSAL}; END $$"
    )
    for name, when in {"change": "UPDATE OR DELETE", "truncate": "TRUNCATE"}.items():
        each = "STATEMENT" if name == "truncate" else "ROW"
        op.execute(
            f"CREATE TRIGGER scan_action_no_{name} BEFORE {when} ON scan_action "
            f"FOR EACH {each} EXECUTE FUNCTION scan_action_refuse()"
        )


def upgrade() -> None:
    _runs()
    _units()
    _findings()
    _history()
    _actions()
    if op.get_bind().dialect.name == "postgresql":
        _append_only_postgresql()
    else:
        _append_only_sqlite()
