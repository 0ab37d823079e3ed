"""Keep who proved what to be theirs, and what was revoked: a history that no statement can change."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KEYS = {
    "challenge": ("customer", "reference", "target"),
    "verified_grant": ("customer", "reference"),
    "proof": ("customer", "reference", "target"),
    "revocation": ("id",),
}


def upgrade() -> None:
    _challenges()
    _grants()
    _revocations()
    for table, key in KEYS.items():
        if op.get_bind().dialect.name == "postgresql":
            _append_only_postgresql(table)
        else:
            _append_only_sqlite(table, key)


def _challenges() -> None:
    op.create_table(
        "challenge",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("reference", KEY, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("issued", MOMENT, nullable=False),
        sa.Column("issued_by", sa.Text, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*KEYS["challenge"], name="pk_challenge"),
        sa.UniqueConstraint("token", name="uq_challenge_token"),
    )


def _grants() -> None:
    op.create_table(
        "verified_grant",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("reference", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*KEYS["verified_grant"], name="pk_verified_grant"),
        sa.UniqueConstraint("reference", name="uq_verified_grant_reference"),
    )
    op.create_table(
        "proof",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("reference", KEY, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(*KEYS["proof"], name="pk_proof"),
        sa.ForeignKeyConstraint(
            ["customer", "reference"],
            ["verified_grant.customer", "verified_grant.reference"],
            name="fk_proof_customer_reference_verified_grant",
        ),
    )


def _revocations() -> None:
    op.create_table(
        "revocation",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("reference", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("revoked_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revocation"),
    )
    op.create_index("ix_revocation_customer_reference", "revocation", ["customer", "reference"])


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
