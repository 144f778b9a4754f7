"""Keeps a copy of the account of certified digital providers: snapshot, changes, verify."""

from registry_sync.client import Difference, Register, RegisterError, Synced
from registry_sync.store import MemoryStore, Record, SqliteStore, Store

__all__ = ["Difference", "MemoryStore", "Record", "Register", "RegisterError", "SqliteStore", "Store", "Synced"]
