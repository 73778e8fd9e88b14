"""API keys as they are kept in service.sqlite: made and revoked by `byline keys`, read by the service."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from msgspec import Struct

from service.auth.callers import Caller, Scope
from service.auth.rates import Rate
from service.errors import KeyNotFound
from service.ledger.storage import FILE, LedgerFile, in_our_words

_WRITTEN = re.compile(r"byl_(?P<id>[0-9a-f]{12})_(?P<secret>[0-9a-f]{64})")
"""What an API key looks like, so that scanners of source code recognise one that leaked."""
_ID_BYTES = 6
_SECRET_BYTES = 32
_NONE = hashlib.sha256(b"").digest()
"""Of no secret, as every secret has 256 bits."""


class Key(Struct, frozen=True, kw_only=True):
    """What is known of an API key; the key itself is not."""

    id: str
    name: str
    """What it is called by whoever made it."""
    scopes: tuple[Scope, ...]
    collections: tuple[str, ...] | None = None
    """None for all."""
    rate: str | None = None
    """How often it may be used: `60/m`."""
    created_at: datetime
    last_used_at: date | None = None
    """To the day, in UTC."""
    revoked_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who sends a request with it."""
        collections = None if self.collections is None else frozenset(self.collections)
        return Caller(key_id=self.id, scopes=frozenset(self.scopes), collections=collections)


class Known(Struct, frozen=True):
    """All keys at one moment, to look one up in."""

    keys: dict[str, Key]
    digests: dict[str, bytes]

    def find(self, written: str) -> Key | None:
        """Give the key that somebody shows, unless it is revoked or none of ours.

        A secret of 256 random bits cannot be guessed, however fast its digest is computed: the slow hashes that
        passwords need would only slow every request down.
        """
        if not (match := _WRITTEN.fullmatch(written)):
            return None
        key = self.keys.get(match["id"])
        # The same work is done for an id that is there and for one that is not.
        same = hmac.compare_digest(_digest(match["secret"]), self.digests.get(match["id"], _NONE))
        return key if same and key and key.revoked_at is None else None


class Keys:
    """The keys of a library. Every method may raise LedgerError; reading makes no file."""

    def __init__(self, library: Path) -> None:
        """Open nothing yet."""
        self._file = LedgerFile(library / FILE)

    def create(
        self, name: str, scopes: Collection[Scope], collections: Collection[str] | None = None, rate: Rate | None = None
    ) -> tuple[Key, str]:
        """Make a key; give what is known of it, and the key itself, which is kept nowhere."""
        id, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
        key = Key(
            id=id,
            name=name,
            scopes=tuple(scopes),
            collections=None if collections is None else tuple(collections),
            rate=None if rate is None else str(rate),
            created_at=datetime.now(UTC),
        )
        with in_our_words(self._file.path):
            self._file.path.parent.mkdir(parents=True, exist_ok=True)
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT INTO keys (id, name, digest, scopes, collections, rate, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    id,
                    name,
                    _digest(secret),
                    " ".join(key.scopes),
                    None if key.collections is None else " ".join(key.collections),
                    key.rate,
                    key.created_at.isoformat(),
                ),
            )
        return key, f"byl_{id}_{secret}"

    def known(self) -> Known:
        """Read all keys, the oldest first, revoked ones too."""
        rows = self._file.read(
            "SELECT id, name, digest, scopes, collections, rate, created_at, last_used_at, revoked_at FROM keys "
            "ORDER BY created_at, id",
            {},
        )
        keys, digests = {}, {}
        for id, name, digest, scopes, collections, rate, created_at, last_used_at, revoked_at in rows:
            keys[id] = Key(
                id=id,
                name=name,
                scopes=cast(tuple[Scope, ...], tuple(scopes.split())),
                collections=None if collections is None else tuple(collections.split()),
                rate=rate,
                created_at=datetime.fromisoformat(created_at),
                last_used_at=date.fromisoformat(last_used_at) if last_used_at else None,
                revoked_at=datetime.fromisoformat(revoked_at) if revoked_at else None,
            )
            digests[id] = digest
        return Known(keys, digests)

    def revoke(self, ids: Collection[str]) -> list[Key]:
        """Revoke keys by their ids, or by the keys themselves; give them as they were. Raises KeyNotFound for any."""
        known = self.known().keys
        meant = []
        for id in ids:
            match = _WRITTEN.fullmatch(id)
            if (key := known.get(match["id"] if match else id)) is None:
                # Whoever mistypes a key would not want to read it in a log.
                shown = f"{id[:16]}…" if len(id) > 16 else id
                raise KeyNotFound(f"there is no API key of the id {shown!r}; see: byline keys list")
            meant.append(key)
        if meant:
            with self._file.transaction() as connection:
                connection.executemany(
                    "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                    [(datetime.now(UTC).isoformat(), key.id) for key in meant],
                )
        return meant

    def used(self, id: str, day: date) -> None:
        """Keep that a key was used on this day."""
        with self._file.transaction() as connection:
            connection.execute("UPDATE keys SET last_used_at = ? WHERE id = ?", (day.isoformat(), id))

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        self._file.close()


def has_keys(library: Path) -> bool:
    """Tell whether a library has an API key that is not revoked. Raises LedgerError."""
    keys = Keys(library)
    try:
        return any(key.revoked_at is None for key in keys.known().keys.values())
    finally:
        keys.close()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
