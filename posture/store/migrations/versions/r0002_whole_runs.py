"""Tell runs of everything from others, number runs in the order they were started, and note what risk was accepted.

Only runs of everything are what a report is compared with. Which run is newer was told by ids, which a wrong clock
makes. An acceptance held for whatever its finding became.
"""

import json
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _runs()
    _acceptances()


def _runs() -> None:
    # What is stored already counts as whole: nothing says otherwise.
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("seq", sa.Integer()))
    op.execute("UPDATE run SET seq = (SELECT count(*) FROM run AS other WHERE other.id <= run.id)")
    with op.batch_alter_table("run") as batch:
        batch.alter_column("seq", existing_type=sa.Integer(), nullable=False)
        batch.create_index("ix_run_seq", ["seq"], unique=True)


def _acceptances() -> None:
    # What is stored already is taken to be given for the finding as it stands.
    with op.batch_alter_table("acceptance") as batch:
        batch.add_column(sa.Column("severity", sa.Integer()))
        batch.add_column(sa.Column("times_reopened", sa.Integer()))
    bind = op.get_bind()
    given = bind.execute(
        sa.text(
            "SELECT acceptance.id, finding.severity, finding.body FROM acceptance JOIN finding "
            "ON finding.customer = acceptance.customer AND finding.id = acceptance.finding"
        )
    ).all()
    known = sa.text("UPDATE acceptance SET severity = :severity, times_reopened = :times WHERE id = :id")
    for row in given:
        times = json.loads(zlib.decompress(row.body))["times_reopened"]
        bind.execute(known, {"id": row.id, "severity": row.severity, "times": times})
    with op.batch_alter_table("acceptance") as batch:
        batch.alter_column("severity", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("times_reopened", existing_type=sa.Integer(), nullable=False)
