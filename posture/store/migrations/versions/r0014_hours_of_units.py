"""Until when a customer's hours let a unit be looked at, and which are closed as those hours are over."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_unit", sa.Column("closes", sa.DateTime(timezone=True), nullable=True))
    op.add_column("scan_unit", sa.Column("over", sa.Boolean, nullable=False, server_default=sa.false()))
