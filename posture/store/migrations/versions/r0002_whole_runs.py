"""Tell runs of everything from runs of some checks or resources: only the former are what a report is compared with."""

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
