"""What the role that the program works as may do on PostgreSQL: it owns nothing, and what is append-only stays so."""

from __future__ import annotations

import re

from sqlalchemy import Connection, inspect, text

from posture.store.errors import StoreError
from posture.store.schema import APPEND_ONLY, METADATA

APP_ROLE = "posture_app"
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def granted(connection: Connection, role: str, version_table: str) -> None:
    """Give the role the rights it needs on every table, and take those that it does not need.

    Raises:
        StoreError: there is no such role.
    """
    if not _ROLE.fullmatch(role):
        raise StoreError(f"{role!r} is no name of a role: lower-case letters, digits and underscores")
    if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar():
        raise StoreError(
            f"there is no role {role}. As an administrator of the server: CREATE ROLE {role} LOGIN PASSWORD '...'; "
            "then start again"
        )
    connection.execute(text("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"))
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    connection.execute(text(f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}"))
    connection.execute(text(f"GRANT SELECT ON {version_table} TO {role}"))
    there = set(inspect(connection).get_table_names())
    for table in METADATA.sorted_tables:
        if table.name in there:
            rights = "SELECT, INSERT" if table.name in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
            connection.execute(text(f"GRANT {rights} ON {table.name} TO {role}"))


def shortcomings(connection: Connection) -> list[str]:
    """Why row-level security does not bind this connection's user; empty where it does."""
    row = connection.execute(
        text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    ).one()
    found = []
    if row.rolsuper:
        found.append(f"{row.rolname} is a superuser: customers' rows are not kept apart for it")
    elif row.rolbypassrls:
        found.append(f"{row.rolname} has BYPASSRLS: customers' rows are not kept apart for it")
    owned = connection.execute(
        text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    ).scalar_one()
    if owned:
        found.append(f"{row.rolname} owns {owned} tables: it could change them and their policies")
    return found
