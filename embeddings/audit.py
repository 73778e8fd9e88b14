"""Does what must always hold, hold? Looked at on the stored data, for `byline status --check`."""

from collections.abc import Iterator

import numpy as np
from msgspec import MsgspecError

from embeddings import snapshot
from embeddings.arrays import KeyRanges, Keys
from embeddings.collection import Collection, Indexes
from embeddings.dense import DenseIndex
from embeddings.errors import LibraryError
from embeddings.lexical import LexicalIndex

_BLOCK = 4096
_SAMPLED_TITLES = 50
_SCORE_TOLERANCE = 1e-9
_TRIES = 5


def audit(collection: Collection) -> Iterator[str]:
    """Say in a sentence each what does not hold; nothing when all is well.

    Reads everything once, a block at a time; beside a block, memory holds a second lexical index to compare with. May
    run beside an ingest.
    """
    try:
        yield from collection.catalog.faults()
        yield from _snapshot_faults(collection)
        yield from _index_faults(collection)
    except (LibraryError, ValueError) as error:  # ValueError: vectors of unequal length do not make a matrix
        yield f"the check could not be finished: {error}."


def _snapshot_faults(collection: Collection) -> Iterator[str]:
    for path in (collection.dense_path, collection.lexical_path):
        try:
            snapshot.read(path)
        except FileNotFoundError:
            continue
        except (LibraryError, MsgspecError, OSError, LookupError, TypeError, ValueError) as error:
            yield f"{path.name} cannot be used and will be rebuilt from the catalog: {error}."


def _index_faults(collection: Collection) -> Iterator[str]:
    settled = _settled(collection)
    if settled is None:
        return
    indexes, live = settled
    for name, index in (("by meaning", indexes.dense), ("by words", indexes.lexical)):
        if fault := _difference(index.keys(), live):
            yield f"the index {name} {fault}."
    yield from _dense_faults(collection, indexes.dense, live)
    yield from _lexical_faults(collection, indexes.lexical, live)


def _settled(collection: Collection) -> tuple[Indexes, Keys] | None:
    """The indexes, and the keys that they should have, at one change where that can be had."""
    settled = None
    for _ in range(_TRIES):
        indexes = collection.refresh()
        if indexes is None:
            return None
        settled = indexes, _expanded(collection.catalog.live())
        if indexes.dense.seq == indexes.lexical.seq == collection.catalog.seq():
            break
    return settled


def _expanded(ranges: KeyRanges) -> Keys:
    return np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(first, end) for first, end in ranges)])


def _difference(found: Keys, live: Keys) -> str | None:
    missing, dead = np.setdiff1d(live, found), np.setdiff1d(found, live)
    if len(missing):
        return f"lacks {len(missing)} passages that are searched, the first being {missing[0]}"
    if len(dead):
        return f"has {len(dead)} passages that are not searched, the first being {dead[0]}"
    return None


def _dense_faults(collection: Collection, dense: DenseIndex, live: Keys) -> Iterator[str]:
    for start in range(0, len(live), _BLOCK):
        keys = live[start : start + _BLOCK]
        if not np.array_equal(dense.vectors(keys), collection.catalog.vectors(keys)):
            yield f"the index by meaning has other vectors than the catalog, between passages {keys[0]} and {keys[-1]}."


def _lexical_faults(collection: Collection, lexical: LexicalIndex, live: Keys) -> Iterator[str]:
    fresh = LexicalIndex()
    for start in range(0, len(live), _BLOCK):
        keys = live[start : start + _BLOCK]
        fresh.apply(0, keys, collection.catalog.indexed_texts(keys), keys[:0])
    listed = collection.catalog.listing(limit=_SAMPLED_TITLES)
    for title in dict.fromkeys(each.article.title for each in listed):
        if not np.allclose(lexical.scores(title, live), fresh.scores(title, live), rtol=0, atol=_SCORE_TOLERANCE):
            yield f"the index by words scores otherwise than one made anew, for the title {title!r}."
