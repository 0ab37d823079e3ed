"""Keep the keys of each host by key, so that hosts and customers can be held against each other."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
NOT_JUDGED = sa.text("NOT judged")


def upgrade() -> None:
    _sightings()
    _primes()


def _sightings() -> None:
    op.create_table(
        "key_look",
        sa.Column("customer", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.Column("run", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("customer", "resource", name="pk_key_look"),
        sa.ForeignKeyConstraint(
            ["customer", "run"], ["customer_run.customer", "customer_run.run"], name="fk_key_look_customer_customer_run"
        ),
    )
    op.create_table(
        "key_sighting",
        sa.Column("fingerprint", KEY, nullable=False),
        sa.Column("host_key", sa.Boolean(), nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("resource", KEY, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "host_key", "customer", "resource", name="pk_key_sighting"),
        sa.ForeignKeyConstraint(
            ["customer", "resource"],
            ["key_look.customer", "key_look.resource"],
            name="fk_key_sighting_customer_key_look",
        ),
    )
    op.create_index("ix_key_sighting_customer_resource", "key_sighting", ["customer", "resource"])


def _primes() -> None:
    op.create_table(
        "rsa_modulus",
        sa.Column("fingerprint", KEY, nullable=False),
        sa.Column("modulus", sa.LargeBinary, nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_rsa_modulus"),
    )
    op.create_index(
        "ix_rsa_modulus_new", "rsa_modulus", ["fingerprint"], sqlite_where=NOT_JUDGED, postgresql_where=NOT_JUDGED
    )
    op.create_table(
        "shared_prime",
        sa.Column("fingerprint", KEY, nullable=False),
        sa.Column("partner", KEY, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "partner", name="pk_shared_prime"),
    )
