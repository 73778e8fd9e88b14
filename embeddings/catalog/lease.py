"""One ingest at a time for each collection: a row in the catalog that its holder keeps warm."""

import logging
import os
import socket
import sqlite3
import threading
import time
import uuid
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from embeddings.catalog.connections import connect
from embeddings.catalog.transactions import transaction
from embeddings.errors import IngestRunning, LibraryError

_HEARTBEAT_S = 5.0
_STALE_S = 30.0

logger = logging.getLogger(__name__)


class Lease:
    """Held inside a `with` block; the catalog stores nothing for anyone else meanwhile.

    A holder that died on this machine is replaced at once, one elsewhere when it has been silent for 30 seconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.holder = uuid.uuid4().hex
        self._done = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        """Raises IngestRunning when another process holds it."""
        with self._connected() as connection, transaction(connection):
            row = connection.execute("SELECT host, pid, heartbeat FROM lease").fetchone()
            if row is not None and _alive(*row):
                raise IngestRunning(
                    f"another ingest (process {row[1]} on {row[0]}) is writing to this collection; "
                    "wait for it, or stop it and run this again"
                )
            connection.execute(
                "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?)",
                (self.holder, socket.gethostname(), os.getpid(), time.time()),
            )
        self._beating.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._beating.join()
        try:
            with self._connected() as connection:
                connection.execute("DELETE FROM lease WHERE holder = ?", (self.holder,))
        except LibraryError as failure:  # on a full disk, say; what went wrong before matters more
            logger.warning("the lease of this ingest runs out by itself: %s", failure)

    def _beat(self) -> None:
        while not self._done.wait(_HEARTBEAT_S):
            try:
                with self._connected() as connection:
                    connection.execute("UPDATE lease SET heartbeat = ? WHERE holder = ?", (time.time(), self.holder))
            except LibraryError as failure:
                logger.warning("the lease of this ingest was not renewed: %s", failure)

    def _connected(self) -> "closing[sqlite3.Connection]":
        return closing(connect(self._path))


def _alive(host: str, pid: int, heartbeat: float) -> bool:
    if time.time() - heartbeat > _STALE_S:
        return False
    if host != socket.gethostname() or pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
