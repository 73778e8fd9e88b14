"""A collection brought over to another encoder, while it goes on being searched with the old one."""

import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

from embeddings.catalog import Catalog
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.encoder import Encoder
from embeddings.extract import Record, Rejected
from embeddings.ingest import Ingested, Ingester

_LISTED_AT_ONCE = 256


def reencode(collection: Collection, encoder: Encoder) -> Generator[Ingested, None, None]:
    """Split and encode every article anew, yielding each, and then replace all passages in one transaction.

    Interrupted, it goes on where it was when it is called again. Searches that began with the old encoder are refused
    from then on with IndexMismatch. Articles, versions, and what cites them stay. Raises IngestRunning.
    """
    owner = collection.catalog.encoder()
    if owner is None or owner.digest == encoder.identity.digest:
        return
    directory = collection.directory / "reencoding"
    with Lease(collection.catalog.path) as lease:
        staged = _staged(directory, encoder)
        try:
            for result in Ingester(staged, encoder).ingest(_current(collection.catalog)):
                if isinstance(result, Ingested):
                    yield result
        finally:
            staged.close()
        collection.catalog.adopt(staged.catalog.path, lease.holder)
        shutil.rmtree(directory)
    collection.refresh()
    collection.compact()


def _staged(directory: Path, encoder: Encoder) -> Collection:
    """Open what an interrupted run left, emptied first when it was for a third encoder."""
    staged = _opened(directory)
    owner = staged.catalog.encoder()
    if owner is None or owner.digest == encoder.identity.digest:
        return staged
    staged.close()
    shutil.rmtree(directory)
    return _opened(directory)


def _opened(directory: Path) -> Collection:
    directory.mkdir(exist_ok=True)
    return Collection(directory, Catalog(directory / "catalog.sqlite"))


def _current(catalog: Catalog) -> Iterator[Record | Rejected]:
    """Read the current version of every article, withdrawn ones too."""
    last = 0
    while page := catalog.listing(after=last, limit=_LISTED_AT_ONCE):
        for listed in page:
            article = catalog.article(listed.article.article_id)
            yield Record(article=article, source_digest=f"{article.id}@{article.version}")
        last = page[-1].cursor
