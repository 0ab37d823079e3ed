"""Note which units saw anything of their resource, for the next night to go on from, and how many ports they tried."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scan_unit") as batch:
        batch.add_column(sa.Column("looked", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What is stored already counts as a look: nothing says otherwise, and facts without a sweep lead to a full one.
    op.execute("UPDATE scan_unit SET looked = true WHERE state = 'done' AND resource <> ''")
    with op.batch_alter_table("outcome") as batch:
        batch.add_column(sa.Column("ports", sa.Text(), nullable=False, server_default=sa.text("''")))
