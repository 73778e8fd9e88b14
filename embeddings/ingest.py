"""Records into a collection: split, encoded and stored, a bounded number at a time, each batch one transaction."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from embeddings.catalog import Outcome, PreparedArticle, PreparedPassage, heading
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.encoder import Encoder, EncoderInput
from embeddings.extract import Record, Rejected
from embeddings.splitter import SPLITTER_VERSION, PassageSplit, Splitter

PASSAGE_TOKENS = 200
HEADING_TOKENS = 46
_BATCH_PASSAGES = 256
_BATCH_RECORDS = 256


class Ingested(Struct, frozen=True, kw_only=True):
    """An article that is stored, on disk, and found from now on."""

    article_id: str
    outcome: Outcome
    passages: int
    """0 when nothing changed."""


class Ingester:
    """Takes articles into one collection; holds its lease while it does."""

    def __init__(self, collection: Collection, encoder: Encoder) -> None:
        """Raises IndexMismatch when the collection is another encoder's."""
        collection.catalog.check_encoder(encoder.identity)
        self._collection = collection
        self._catalog = collection.catalog
        self._encoder = encoder
        budget = min(PASSAGE_TOKENS, encoder.max_tokens - HEADING_TOKENS)
        self._splitter = Splitter(encoder.count_tokens, budget)

    def ingest(self, records: Iterable[Record | Rejected]) -> Iterator[Ingested | Rejected]:
        """Store records, yielding what became of each once it is on disk.

        Whatever interrupts it, what was yielded is stored whole, and the same records again finish without repeating
        work. Raises IngestRunning when another process is ingesting.
        """
        with Lease(self._catalog.path) as lease:
            self._catalog.claim(self._encoder.identity, SPLITTER_VERSION)
            self._collection.refresh()  # finds out indexes of another past, before the log grows as long as theirs
            waiting: list[PreparedArticle] = []
            inputs: dict[bytes, EncoderInput] = {}
            for record in records:
                if isinstance(record, Rejected):
                    yield record
                    continue
                # What an article says is compared with what is stored, so two versions never wait together.
                again = any(record.article.id == other.article.id for other in waiting)
                if again or len(waiting) >= _BATCH_RECORDS or len(inputs) >= _BATCH_PASSAGES:
                    yield from self._store(waiting, inputs, lease.holder)
                    waiting, inputs = [], {}
                waiting.append(self._prepare(record, inputs))
            yield from self._store(waiting, inputs, lease.holder)

    def _prepare(self, record: Record, inputs: dict[bytes, EncoderInput]) -> PreparedArticle:
        """Split a record, adding to `inputs` what must be encoded; nothing, when storing it would change nothing."""
        passages: list[PreparedPassage] = []
        if not self._catalog.known(record.article, record.source_digest):
            above = self._encoder.cut(heading(record.article.title, record.article.published_at), HEADING_TOKENS)
            for split in self._splitter.split(record.article):
                encoder_input = _encoder_input(above, split)
                digest = encoder_input.digest()
                inputs[digest] = encoder_input
                passages.append(PreparedPassage(passage=split.passage, sentences=split.sentences, input_digest=digest))
        return PreparedArticle(article=record.article, source_digest=record.source_digest, passages=tuple(passages))

    def _store(
        self, batch: Sequence[PreparedArticle], inputs: dict[bytes, EncoderInput], holder: str
    ) -> Iterator[Ingested]:
        if not batch:
            return
        missing = sorted(self._catalog.missing_vectors(list(inputs)))
        vectors = self._encoder.encode_document([inputs[each] for each in missing]) if missing else []
        encoded = dict(zip(missing, vectors, strict=True))
        outcomes = self._catalog.store(batch, encoded, holder)
        self._collection.refresh()
        self._collection.compact(always=False)
        for prepared, outcome in zip(batch, outcomes, strict=True):
            stored = 0 if outcome == "unchanged" else len(prepared.passages)
            yield Ingested(article_id=prepared.article.id, outcome=outcome, passages=stored)


def _encoder_input(above: str, split: PassageSplit) -> EncoderInput:
    """Put the heading above the passage; the sentences move down by as much."""
    lead = f"{above}\n"
    moved = len(lead) - split.passage.start
    return EncoderInput(
        text=lead + split.passage.text,
        spans=tuple((sentence.start + moved, sentence.end + moved) for sentence in split.sentences),
    )
