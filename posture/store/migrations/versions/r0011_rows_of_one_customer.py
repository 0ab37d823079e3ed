"""Let each transaction see the rows of the customer it is about and no others, on PostgreSQL."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "customer_run",
    "scan_unit",
    "night_late",
    "fact_set",
    "outcome",
    "finding",
    "finding_event",
    "acceptance",
    "scan_action",
    "ssh_pin",
    "challenge",
    "verified_grant",
    "proof",
    "revocation",
    "dispute",
    "enforcement_proposal",
    "enforcement_handing",
    "enforcement_record",
    "key_look",
    "key_sighting",
    "delivery",
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # SQLite knows no users; whoever may read its file may read all
    # A sub-select is reckoned once a statement, not once a row.
    asked = "(SELECT current_setting('posture.customer', true))"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")  # for the owner too
        op.execute(f"CREATE POLICY own_rows ON {table} USING ({asked} IN (customer, '*'))")
