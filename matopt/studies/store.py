"""Outcomes on disk: one SQLite file, durable as they arrive, each run once.

The file is in WAL mode with ``synchronous=FULL``: what ``commit`` has returned from is
on the disk. Every transaction is BEGIN IMMEDIATE, so that writers wait for each other
and none fails. The coordinator of a study also holds a lock of the kernel, which no
death can leave behind.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Any, Self

from matopt.studies.environment import boot, environment
from matopt.studies.frames import Message
from matopt.studies.outcome import Outcome, Run
from matopt.studies.plan import Planned, digest
from matopt.studies.trace import expand

SCHEMA = 1
_PATIENCE = 30.0  # seconds to wait for another writer

_NUMBERS = {  # what a run returns, as it is stored
    "value": "REAL",
    "gradient_norm": "REAL",
    "reference": "REAL",
    "gap": "REAL",
    "tolerance": "REAL",
    "dimension": "INTEGER",
    "nit": "INTEGER",
    "nfev": "INTEGER",
    "njev": "INTEGER",
    "nhev": "INTEGER",
    "nfactor": "INTEGER",
    "seconds": "REAL",
    "cpu_seconds": "REAL",
    "memory": "INTEGER",
}
_COLUMNS = [
    *("id", "problem", "parameters", "solver", "settings", "seed"),
    *("status", "message", "traceback", *_NUMBERS, "trace", "environment"),
]
_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE environment (id INTEGER PRIMARY KEY, content TEXT UNIQUE NOT NULL);
CREATE TABLE session (
    id INTEGER PRIMARY KEY, study TEXT, digest TEXT, definition TEXT,
    environment INTEGER, boot TEXT, pid INTEGER, started REAL, ended REAL
);
CREATE TABLE attempt (
    run TEXT, number INTEGER, session INTEGER, started REAL, ended REAL, ending TEXT,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE run (
    id TEXT PRIMARY KEY, problem TEXT, parameters TEXT, solver TEXT, settings TEXT,
    seed INTEGER, status TEXT NOT NULL, message TEXT, traceback TEXT,
    {", ".join(f"{name} {kind}" for name, kind in _NUMBERS.items())},
    trace BLOB, environment INTEGER
);
CREATE INDEX running ON attempt (session) WHERE ended IS NULL;
"""
_INSERT = (
    f"INSERT INTO run ({', '.join(_COLUMNS)}) "
    f"VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT DO NOTHING"
)


class StoreError(ValueError):
    """A store that cannot be used."""


class StoreLocked(StoreError):
    """Another coordinator runs a study into this store."""


class Store:
    """The outcomes of runs, by their ids."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, lock: IO[str] | None = None
    ) -> None:
        self._path = path
        self._connection = connection
        self._lock = lock
        self._session = 0

    @classmethod
    def create(cls, path: str | Path) -> Store:
        """Open for the one coordinator, creating the file; StoreLocked if it is not.

        The folder must be on a disk of this machine.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(path)
        try:
            return cls(path, _writer(path), lock)
        except BaseException:
            lock.close()
            raise

    @classmethod
    def write(cls, path: str | Path) -> Store:
        """Open to write beside other writers."""
        return cls(Path(path), _writer(Path(path)))

    @classmethod
    def read(cls, path: str | Path) -> Store:
        """Open to read, also while a study runs."""
        path = Path(path)
        if not path.is_file():
            raise StoreError(f"there is no store {path}; run the study first")
        connection = _connected(f"{path.resolve().as_uri()}?mode=ro", path)
        try:
            _check(connection, path)
        except StoreError:
            connection.close()
            raise
        return cls(path, connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        """Close; what SQLite could not do is a StoreError."""
        self.close()
        if isinstance(error, sqlite3.Error):
            raise StoreError(
                f"the store {self._path} cannot be read or written: {error}; "
                "see that its disk has space, or take a copy of the file"
            ) from error

    def close(self) -> None:
        """Close the file and give up the lock."""
        self._connection.close()
        if self._lock is not None:
            self._lock.close()

    def begin(self, study: str, definition: Mapping[str, Any]) -> None:
        """Note who runs what, and that runs in flight of earlier sessions are lost.

        A run is lost with its coordinator, or with its machine if that was started
        again since.
        """
        with self._transaction():
            about = (study, digest(definition), json.dumps(definition))
            where = (self._environment(environment()), boot(), os.getpid(), time.time())
            self._connection.execute(
                "UPDATE attempt SET ended = ?, ending = CASE WHEN "
                "(SELECT boot FROM session WHERE id = attempt.session) = ? "
                "THEN 'lost with the coordinator' ELSE 'lost with the machine' END "
                "WHERE ended IS NULL",
                (time.time(), boot()),
            )
            added = self._connection.execute(
                "INSERT INTO session (study, digest, definition, environment, boot, "
                "pid, started) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*about, *where),
            )
            self._session = int(added.lastrowid or 0)

    def end(self, ending: str) -> None:
        """Note that the session is over, and why what is in flight has no outcome."""
        with self._transaction():
            self._connection.execute(
                "UPDATE attempt SET ended = ?, ending = ? "
                "WHERE ended IS NULL AND session = ?",
                (time.time(), ending, self._session),
            )
            self._connection.execute(
                "UPDATE session SET ended = ? WHERE id = ?",
                (time.time(), self._session),
            )

    def commit(
        self,
        finished: Iterable[tuple[Planned, Message]] = (),
        started: Iterable[Planned] = (),
        lost: Iterable[Planned] = (),
    ) -> None:
        """Keep outcomes and note runs that begin: all of it on disk, or nothing.

        A run that has an outcome keeps it.
        """
        with self._transaction():
            for planned, answer in finished:
                self._finish(planned, answer)
            for planned in lost:
                self._leave(planned.id, "lost with its worker")
            for planned in started:
                self._connection.execute(
                    "INSERT INTO attempt SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, "
                    "NULL, NULL FROM attempt WHERE run = ?",
                    (planned.id, self._session, time.time(), planned.id),
                )

    def forget(self, ids: Sequence[str]) -> None:
        """Drop the outcomes and the losses of these runs: they are run again."""
        with self._transaction():
            for table, key in (("run", "id"), ("attempt", "run")):
                self._connection.executemany(
                    f"DELETE FROM {table} WHERE {key} = ?", ((id,) for id in ids)
                )

    def statuses(self) -> dict[str, str]:
        """The status of every run that has an outcome, by its id."""
        return dict(self._connection.execute("SELECT id, status FROM run"))

    def losses(self) -> dict[str, int]:
        """How often a run was lost with its worker or its machine, if ever."""
        return dict(
            self._connection.execute(
                "SELECT run, COUNT(*) FROM attempt WHERE ending IN "
                "('lost with its worker', 'lost with the machine') GROUP BY run"
            )
        )

    def outcomes(self, runs: Mapping[str, Run]) -> list[Outcome]:
        """The outcomes of these runs, in their order, of those that have one."""
        names = ["id", *(f.name for f in fields(Outcome) if f.name != "run")]
        rows = self._connection.execute(f"SELECT {', '.join(names)} FROM run")
        kept = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
        where = dict(self._connection.execute("SELECT id, content FROM environment"))
        return [
            _outcome(run, kept[id], where) for id, run in runs.items() if id in kept
        ]

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; nothing if it is whole."""
        rows = self._connection.execute("PRAGMA integrity_check")
        return [row[0] for row in rows if row[0] != "ok"]

    def _finish(self, planned: Planned, answer: Message) -> None:
        run, words = planned.run, answer.words
        row = (
            planned.id,
            run.problem,
            json.dumps(run.parameters),
            run.solver,
            json.dumps(run.settings),
            run.seed,
            words["status"],
            *(_storable(words.get(name, "")) for name in ("message", "traceback")),
            *(words.get(name) for name in _NUMBERS),
            answer.payload,
            self._environment(words.get("environment", {})),
        )
        self._connection.execute(_INSERT, row)
        self._leave(planned.id, words["status"])

    def _leave(self, id: str, ending: str) -> None:
        self._connection.execute(
            "UPDATE attempt SET ended = ?, ending = ? WHERE run = ? AND ended IS NULL",
            (time.time(), ending, id),
        )

    def _environment(self, content: Mapping[str, str]) -> int:
        text = json.dumps(content, sort_keys=True)
        self._connection.execute(
            "INSERT INTO environment (content) VALUES (?) ON CONFLICT DO NOTHING",
            (text,),
        )
        found = self._connection.execute(
            "SELECT id FROM environment WHERE content = ?", (text,)
        )
        return int(found.fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _outcome(run: Run, row: Mapping[str, Any], where: Mapping[int, str]) -> Outcome:
    words = dict(row)
    del words["id"]
    words["trace"] = expand(words["trace"])
    words["environment"] = json.loads(where[words["environment"]])
    if words["tolerance"] is None:
        del words["tolerance"]
    return Outcome(run, **words)


def _storable(text: str) -> str:
    """The text with half characters, which no file can hold, as escapes."""
    return text.encode(errors="backslashreplace").decode()


def is_locked(path: str | Path) -> bool:
    """Does a coordinator run a study into the store?"""
    try:
        with open(_beside(Path(path)), encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _locked(path: Path) -> IO[str]:
    """The lock file beside the store, locked until it is closed or we die."""
    lock = open(_beside(path), "a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        who = lock.read().strip() or "another process"
        lock.close()
        raise StoreLocked(
            f"{who} runs a study into {path}; wait for it, or take another --store"
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}\n")
    lock.flush()
    return lock


def _writer(path: Path) -> sqlite3.Connection:
    """A connection that may write, with the tables made."""
    connection = _connected(path.resolve().as_uri(), path)
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute(f"PRAGMA journal_mode = {_journal(path.parent)}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", (str(SCHEMA),))
        connection.execute("COMMIT")
        _check(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"{path} is not a store of a study: {error}") from error
    except StoreError:
        connection.close()
        raise
    return connection


def _connected(uri: str, path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"cannot open the store {path}: {error}") from error


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise unless this is a store, of a version that this program reads."""
    try:
        if not connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
            raise StoreError(f"the store {path} is empty; run the study first")
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'")
        found = int(row.fetchone()[0])
    except StoreError:
        raise
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise StoreError(f"{path} is not a store of a study: {error}") from error
    if found > SCHEMA:
        raise StoreError(
            f"{path} has schema {found}, newer than this program reads ({SCHEMA}); "
            "install a newer matopt"
        )


def _journal(folder: Path) -> str:
    """WAL where the file system can do it: some claim to, and fail when written to."""
    probe = folder / f".probe-{os.getpid()}.sqlite"
    try:
        for _ in range(2):  # what the first wrote, the second must be able to open
            with_wal = sqlite3.connect(probe)
            with_wal.execute("PRAGMA journal_mode = WAL")
            with_wal.execute("CREATE TABLE IF NOT EXISTS t (x)")
            with_wal.commit()
            with_wal.close()
        return "WAL"
    except sqlite3.Error:
        return "DELETE"
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{probe}{suffix}").unlink(missing_ok=True)
