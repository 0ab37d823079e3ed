"""Keep nights, whose work any worker may take, within their hours and their networks' bounds."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
OPEN_TO_ALL = sa.text("shared AND ended IS NULL")
LEASED = sa.text("state = 'leased'")


def upgrade() -> None:
    _runs()
    _units()
    _nights()


def _runs() -> None:
    op.add_column("run", sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("run", sa.Column("until", MOMENT))
    op.add_column("run", sa.Column("winding", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("run", sa.Column("rules", sa.Text, nullable=False, server_default=sa.text("'{}'")))
    op.create_index("ix_run_shared", "run", ["seq"], sqlite_where=OPEN_TO_ALL, postgresql_where=OPEN_TO_ALL)
    op.add_column("customer_run", sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("customer_run", sa.Column("reported", MOMENT))
    op.add_column("customer_run", sa.Column("gist", sa.Text, nullable=False, server_default=sa.text("''")))


def _units() -> None:
    op.add_column("scan_unit", sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("scan_unit", sa.Column("network", KEY, nullable=False, server_default=sa.text("''")))
    op.add_column("scan_unit", sa.Column("opens", MOMENT))
    op.create_index(
        "ix_scan_unit_leased", "scan_unit", ["network", "worker"], sqlite_where=LEASED, postgresql_where=LEASED
    )


def _nights() -> None:
    op.create_table(
        "night",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run", KEY, nullable=False),
        sa.Column("opened", MOMENT, nullable=False),
        sa.Column("closes", MOMENT, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("ended", MOMENT),
        sa.Column("planned", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_night"),
        sa.UniqueConstraint("run", name="uq_night_run"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_night_run_run"),
    )
    op.create_table(
        "night_late",
        sa.Column("night", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("night", "customer", name="pk_night_late"),
        sa.ForeignKeyConstraint(["night"], ["night.id"], name="fk_night_late_night_night"),
    )
