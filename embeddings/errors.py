"""What can go wrong below the service.

EmbeddingsError
  ExtractionError        a file or record is not an article
  LibraryError           the stored collection cannot be used
    CollectionNotFound     there is none of that name
    CollectionNameInvalid  no collection can have that name
    IndexMismatch          made by another encoder or a newer Byline
    SnapshotDamaged        an index file is incomplete or changed; it is rebuilt from the catalog
    IngestRunning          another process is ingesting into the same collection
    ArticleNotFound        no article of that id, or no such version
    ArticleErased          it was erased; its title, outlet and date are left
    BackupRefused          a backup cannot be written there, or restored from there
  EncoderUnavailable     no encoder where the settings say
"""

from datetime import datetime


class EmbeddingsError(Exception):
    """Base of all errors of this package; the message says what to do."""


class ExtractionError(EmbeddingsError):
    """A file or record is not an article."""


class LibraryError(EmbeddingsError):
    """The stored collection cannot be used as asked."""


class CollectionNotFound(LibraryError):
    """There is no collection of that name."""


class CollectionNameInvalid(LibraryError):
    """No collection can have that name."""


class IndexMismatch(LibraryError):
    """The collection was made by another encoder or by a newer Byline."""


class SnapshotDamaged(LibraryError):
    """An index file is incomplete or was changed."""


class IngestRunning(LibraryError):
    """Another process is ingesting into the same collection."""


class ArticleNotFound(LibraryError):
    """There is no article of that id, or no such version of it."""


class ArticleErased(LibraryError):
    """The article was erased; the message says which it was, and when."""

    def __init__(self, message: str, erased_at: datetime) -> None:
        super().__init__(message)
        self.erased_at = erased_at


class BackupRefused(LibraryError):
    """A backup cannot be written there, or restored from there."""


class EncoderUnavailable(EmbeddingsError):
    """There is no encoder where the settings say."""
