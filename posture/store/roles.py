"""What the role that the program works as may do on PostgreSQL: it owns nothing, and what is append-only stays so."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
            f"there is no role {role}. As an administrator of the server: CREATE ROLE {role} LOGIN; then start again"
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


def refuse_who_owns_nothing(connection: Connection, version_table: str) -> None:
    """Stop where there are tables that are another role's.

    Raises:
        StoreError: they are.
    """
    owner = connection.execute(
        text(
            "SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = :table "
            "AND NOT pg_has_role(tableowner, 'USAGE')"
        ),
        {"table": version_table},
    ).scalar()
    if owner:
        raise StoreError(f"the tables belong to the role {owner}: upgrade them as that role")


def working(connection: Connection, version_table: str) -> list[str]:
    """The roles that an earlier upgrade let work with the tables; where there is none, APP_ROLE if it exists."""
    there = connection.execute(
        text(
            "SELECT DISTINCT pg_get_userbyid(one.grantee) AS role FROM pg_class, aclexplode(relacl) AS one "
            "WHERE oid = to_regclass(:table) AND one.grantee NOT IN (0, relowner) AND one.privilege_type = 'SELECT' "
            "AND has_table_privilege(one.grantee, to_regclass('run'), 'INSERT') ORDER BY role"
        ),
        {"table": version_table},
    ).scalars()
    asked = text("SELECT rolname FROM pg_roles WHERE rolname = :role AND rolname <> current_user")
    return list(there) or list(connection.execute(asked, {"role": APP_ROLE}).scalars())


@dataclass(frozen=True, slots=True)
class Access:
    """As whom a connection works: its role, and who owns the tables ("": nobody, there are none).

    `tables` hold customers' rows; those of `open` show this role the rows of all customers at once.
    """

    role: str
    owner: str
    tables: int
    open: tuple[str, ...]


def access(connection: Connection, version_table: str) -> Access:
    """As whom this connection works."""
    confined = connection.execute(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relforcerowsecurity AND row_security_active(oid)"
        )
    ).scalars()
    owner = text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = :table")
    tables = {table.name for table in METADATA.sorted_tables if "customer" in table.c}
    return Access(
        role=connection.execute(text("SELECT current_user")).scalar_one(),
        owner=connection.execute(owner, {"table": version_table}).scalar() or "",
        tables=len(tables),
        open=tuple(sorted(tables - set(confined))),
    )


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
    elif connection.execute(text("SELECT has_schema_privilege('public', 'CREATE')")).scalar_one():
        found.append(
            f"{row.rolname} may make tables (PostgreSQL 14 and older let everybody). As an administrator, in this "
            "database: REVOKE CREATE ON SCHEMA public FROM PUBLIC"
        )
    return found
