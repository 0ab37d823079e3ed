"""Remember which SSH host keys people confirmed, who and when: a history that no statement can change."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
REFUSAL = "'ssh_pin is append-only'"


def upgrade() -> None:
    op.create_table(
        "ssh_pin",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("fingerprints", sa.Text, nullable=False),
        sa.Column("pinned_by", sa.Text, nullable=False),
        sa.Column("pinned_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ssh_pin"),
    )
    op.create_index("ix_ssh_pin_customer_resource_id", "ssh_pin", ["customer", "resource", "id"])
    if op.get_bind().dialect.name == "postgresql":
        _append_only_postgresql()
    else:
        _append_only_sqlite()


def _append_only_sqlite() -> None:
    # INSERT OR REPLACE deletes without asking the DELETE trigger, hence the third one.
    for name, when in {
        "update": "UPDATE ON ssh_pin",
        "delete": "DELETE ON ssh_pin",
        "replace": "INSERT ON ssh_pin WHEN EXISTS (SELECT 1 FROM ssh_pin WHERE id = NEW.id)",
    }.items():
        op.execute(f"CREATE TRIGGER ssh_pin_no_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, {REFUSAL}); END")


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION ssh_pin_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION {REFUSAL}; END $$"
    )
    for name, when in {"change": "UPDATE OR DELETE", "truncate": "TRUNCATE"}.items():
        each = "STATEMENT" if name == "truncate" else "ROW"
        op.execute(
            f"CREATE TRIGGER ssh_pin_no_{name} BEFORE {when} ON ssh_pin "
            f"FOR EACH {each} EXECUTE FUNCTION ssh_pin_refuse()"
        )
