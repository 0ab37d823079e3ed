"""Keep which report went to whom, so that nobody gets it twice and nobody is forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("run", KEY, nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.Column("recipient", KEY, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("next_try", MOMENT),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("customer", "run", "channel", "recipient", name="pk_delivery"),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sending', 'sent', 'failed')", name="ck_delivery_state"
        ),
        sa.ForeignKeyConstraint(
            ["customer", "run"], ["customer_run.customer", "customer_run.run"],
            name="fk_delivery_customer_run_customer_run",
        ),
    )  # fmt: skip
