"""What is kept: runs, units of work, findings with their history, the log of actions. SQLite or PostgreSQL."""

from posture.store.errors import StoreError, UnknownFinding
from posture.store.store import Store, open_store, upgrade

__all__ = ["Store", "StoreError", "UnknownFinding", "open_store", "upgrade"]
