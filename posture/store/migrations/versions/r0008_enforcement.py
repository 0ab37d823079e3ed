"""Keep what customers dispute, and which steps were proposed, handed over, carried out and lifted: unchangeable."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STEP = ("customer", "finding", "episode", "step", "lift")
KEYS = {
    "dispute": ("id",),
    "enforcement_proposal": STEP,
    "enforcement_handing": (*STEP, "hook", "attempt", "state"),
    "enforcement_record": ("id",),
}


def upgrade() -> None:
    _disputes()
    _proposals()
    _records()
    for table, key in KEYS.items():
        if op.get_bind().dialect.name == "postgresql":
            _append_only_postgresql(table)
        else:
            _append_only_sqlite(table, key)


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("finding", KEY, nullable=False),
        sa.Column("episode", sa.Integer, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("said_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dispute"),
        sa.CheckConstraint("state IN ('raised', 'accepted', 'rejected')", name="ck_dispute_state"),
        _of_a_finding("dispute"),
    )
    op.create_index("ix_dispute_customer_finding", "dispute", ["customer", "finding"])


def _proposals() -> None:
    op.create_table(
        "enforcement_proposal",
        *_step_columns(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(*STEP, name="pk_enforcement_proposal"),
        _of_a_finding("enforcement_proposal"),
    )
    op.create_index("ix_enforcement_proposal_at", "enforcement_proposal", ["at"])
    op.create_table(
        "enforcement_handing",
        *_step_columns(),
        sa.Column("hook", KEY, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(*KEYS["enforcement_handing"], name="pk_enforcement_handing"),
        sa.CheckConstraint("state IN ('begun', 'taken', 'failed')", name="ck_enforcement_handing_state"),
        sa.ForeignKeyConstraint(
            STEP,
            [f"enforcement_proposal.{column}" for column in STEP],
            name="fk_enforcement_handing_proposal",
        ),
    )


def _records() -> None:
    op.create_table(
        "enforcement_record",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("finding", KEY, nullable=False),
        sa.Column("episode", sa.Integer, nullable=False),
        sa.Column("step", KEY, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enforcement_record"),
        sa.CheckConstraint("state IN ('done', 'lifted')", name="ck_enforcement_record_state"),
        _of_a_finding("enforcement_record"),
    )
    op.create_index("ix_enforcement_record_customer_finding", "enforcement_record", ["customer", "finding"])


def _step_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("customer", KEY, nullable=False),
        sa.Column("finding", KEY, nullable=False),
        sa.Column("episode", sa.Integer, nullable=False),
        sa.Column("step", KEY, nullable=False),
        sa.Column("lift", sa.Boolean, nullable=False),
    ]


def _of_a_finding(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["customer", "finding"], ["finding.customer", "finding.id"], name=f"fk_{table}_customer_finding_finding"
    )


def _append_only_sqlite(table: str, key: tuple[str, ...]) -> None:
    # INSERT OR REPLACE deletes without asking the DELETE trigger, hence the third one.
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    for name, when in {
        "update": f"UPDATE ON {table}",
        "delete": f"DELETE ON {table}",
        "replace": f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})",  # noqa: S608
    }.items():
        refusal = f"SELECT RAISE(ABORT, '{table} is append-only')"
        op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {when} BEGIN {refusal}; END")


def _append_only_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    for name, when in {"change": "UPDATE OR DELETE", "truncate": "TRUNCATE"}.items():
        each = "STATEMENT" if name == "truncate" else "ROW"
        op.execute(
            f"CREATE TRIGGER {table}_no_{name} BEFORE {when} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
        )
