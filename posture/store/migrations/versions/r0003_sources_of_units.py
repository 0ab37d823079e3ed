"""Keep the data that verdicts stand on with each unit: kept with the run, it told a customer what others' hosts run."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outcome") as batch:
        batch.add_column(sa.Column("sources", sa.Text(), nullable=False, server_default=sa.text("'[]'")))
    # What is there is dropped: nothing says whose it was.
    with op.batch_alter_table("run") as batch:
        batch.drop_column("sources")
