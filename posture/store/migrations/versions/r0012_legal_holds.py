"""Keep what somebody needs from being pruned."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSAL = "'legal_hold is append-only'"


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("finding", KEY, nullable=False),
        sa.Column("lifted", sa.Boolean, nullable=False),
        sa.Column("said_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_legal_hold"),
    )
    op.create_index("ix_legal_hold_customer_finding", "legal_hold", ["customer", "finding"])
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    # INSERT OR REPLACE deletes without asking the DELETE trigger, hence the third one.
    for name, when in (
        ("update", "UPDATE ON legal_hold"),
        ("delete", "DELETE ON legal_hold"),
        ("replace", "INSERT ON legal_hold WHEN EXISTS (SELECT 1 FROM legal_hold WHERE id = NEW.id)"),
    ):
        op.execute(f"CREATE TRIGGER legal_hold_no_{name} BEFORE {when} BEGIN SELECT RAISE(ABORT, {REFUSAL}); END")


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION legal_hold_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION {REFUSAL}; END $$"
    )
    for name, when, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER legal_hold_no_{name} BEFORE {when} ON legal_hold "
            f"FOR EACH {each} EXECUTE FUNCTION legal_hold_refuse()"
        )
    asked = "(SELECT current_setting('posture.customer', true))"
    op.execute("ALTER TABLE legal_hold ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE legal_hold FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON legal_hold USING ({asked} IN (customer, '*'))")
