"""The ledger: what was seen, raised, acknowledged and sent, durable before anybody hears of it.

SQLite with a write-ahead log and `synchronous=FULL`: every commit is fsynced into the log before it
returns, so neither kill -9 nor a loss of power takes back what was committed. (A rollback journal
would be as durable, at three fsyncs a commit instead of one.) One process writes; a lock file keeps
a second watcher waiting.
"""

import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.alerts.ledger_schema import SCHEMA, SCHEMA_VERSION
from stream.errors import LedgerUnavailable


class Ledger:
    """One connection to the ledger, shared by the threads of the watcher; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, or make it.

        Raises:
            LedgerUnavailable: another process has it, or it cannot be read or written.
        """
        self.path = path
        self._lock = threading.RLock()
        self._lock_file = _lock(path)
        try:
            self._connection = _open(path)
        except BaseException:
            os.close(self._lock_file)
            raise
        with self.transaction() as connection:
            row = connection.execute("SELECT value FROM memory WHERE name = 'ledger_id'").fetchone()
            self.ledger_id = row[0] if row else secrets.token_hex(8)
            connection.execute("INSERT OR IGNORE INTO memory VALUES ('ledger_id', ?)", (self.ledger_id,))

    @contextmanager
    def transaction(self, *, is_synced: bool = True) -> Iterator[sqlite3.Connection]:
        """Give the connection for statements that are all committed together, or not at all.

        Args:
            is_synced: False leaves the commit to the next one's fsync, for what a loss of power may
                take back without harm; it survives the end of the process all the same.

        Raises:
            LedgerUnavailable: they could not be committed; nothing of them was.
        """
        with self._lock:
            try:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if is_synced else 'NORMAL'}")
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise LedgerUnavailable(f"the ledger {self.path} must be writable; {_in_plain_words(error)}") from error
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def remembered(self) -> dict[str, str]:
        """Return every value that `Record` stored by name."""
        with self.transaction() as connection:
            return dict(connection.execute("SELECT name, value FROM memory").fetchall())

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            os.close(self._lock_file)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lock(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_file = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerUnavailable(f"the folder of the ledger {path} must be writable: {error.strerror}") from error
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock_file)
        raise LedgerUnavailable(
            f"the ledger {path} is in use by another watcher; one ledger has one watcher"
        ) from error
    return lock_file


def _open(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))  # it holds the secrets of webhooks
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN;{SCHEMA};PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
    except (sqlite3.Error, OSError) as error:
        raise LedgerUnavailable(f"the ledger {path} must be a SQLite file of ours; {_in_plain_words(error)}") from error
    if version not in (0, SCHEMA_VERSION):
        connection.close()
        raise LedgerUnavailable(
            f"the ledger {path} must have schema {SCHEMA_VERSION}, found {version}; it was written by another version"
        )
    return connection


def _in_plain_words(error: Exception) -> str:
    text = str(error)
    if "disk is full" in text:
        return "its disk is full; free some space"
    if "disk I/O error" in text:
        return "its disk refuses reads or writes (full, read-only, over quota or broken)"
    return text
