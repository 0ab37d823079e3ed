"""Tell runs of everything from runs of some checks or resources, and number runs in the order they were started.

Only the former are what a report is compared with. Which run is newer was told by ids, which a wrong clock makes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is stored already counts as whole: nothing says otherwise.
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("seq", sa.Integer()))
    op.execute("UPDATE run SET seq = (SELECT count(*) FROM run AS other WHERE other.id <= run.id)")
    with op.batch_alter_table("run") as batch:
        batch.alter_column("seq", existing_type=sa.Integer(), nullable=False)
        batch.create_index("ix_run_seq", ["seq"], unique=True)
