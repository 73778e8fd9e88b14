"""Records into a collection: split, encoded and stored, a bounded number at a time, each batch one transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from embeddings.catalog import Outcome, PreparedArticle, PreparedPassage, heading
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.encoder import EncodedPassage, Encoder, EncoderInput
from embeddings.extract import Known, Record, Rejected, Result, Skipped
from embeddings.fingerprints import fingerprint
from embeddings.splitter import SPLITTER_VERSION, PassageSplit, Splitter

PASSAGE_TOKENS = 200
HEADING_TOKENS = 46
_BATCH_PASSAGES = 256
_BATCH_RECORDS = 256
_ENCODED_AT_ONCE = 32


class Ingested(Struct, frozen=True, kw_only=True):
    """An article that is stored, on disk, and found from now on."""

    article_id: str
    outcome: Outcome
    passages: int
    """0 when nothing changed."""


class Ingester:
    """Takes articles into one collection; holds its lease while it does."""

    def __init__(
        self,
        collection: Collection,
        encoder: Encoder,
        *,
        revert: bool = False,
        readmit: bool = False,
        passage_tokens: int = PASSAGE_TOKENS,
        before_encoding: Callable[[], None] = lambda: None,
    ) -> None:
        """Raises IndexMismatch when the collection is another encoder's.

        With `revert`, the bytes of an earlier version become a version again; with `readmit`, erased articles return.
        `passage_tokens` is for measuring what another size would do: a collection is to have one. `before_encoding` is
        called again and again, every second or so; what it raises ends the ingest.
        """
        collection.catalog.check_encoder(encoder.identity)
        self._collection = collection
        self._catalog = collection.catalog
        self._encoder = encoder
        budget = min(passage_tokens, encoder.max_tokens - HEADING_TOKENS)
        self._splitter = Splitter(encoder.count_tokens, budget)
        self._revert, self._readmit = revert, readmit
        self._before_encoding = before_encoding

    def known(self, source_digest: str) -> bool:
        """Tell whether these bytes came in before and would change nothing, so that they need not be extracted."""
        match self._catalog.came(source_digest):
            case None:
                return False
            case _, "superseded":
                return not self._revert
            case _, "erased":
                return not self._readmit
            case _:
                return True

    def preview(self, records: Iterable[Result]) -> Iterator[Ingested | Rejected]:
        """Tell what would become of records, each looked at alone, without encoding or storing anything."""
        for record in records:
            match record:
                case Rejected():
                    yield record
                case Known():
                    yield self._known(record)
                case Record():
                    outcome = self._outcome(record)
                    passages = len(self._splitter.split(record.article)) if outcome in ("new", "updated") else 0
                    yield Ingested(article_id=record.article.id, outcome=outcome, passages=passages)

    def ingest(self, records: Iterable[Result]) -> Iterator[Ingested | Rejected]:
        """Store records, yielding what became of each, in their order, once it is on disk.

        Whatever interrupts it, what was yielded is stored whole, and the same records again finish without repeating
        work. What is rejected comes at once. Raises IngestRunning when another process is ingesting.
        """
        with Lease(self._catalog.path) as lease:
            self._catalog.claim(self._encoder.identity, SPLITTER_VERSION)
            self._collection.refresh()  # finds out indexes of another past, before the log grows as long as theirs
            waiting: list[PreparedArticle | Ingested] = []
            inputs: dict[bytes, EncoderInput] = {}
            for record in records:
                if isinstance(record, Skipped):
                    continue
                if isinstance(record, Rejected):
                    yield record
                    continue
                if _full(waiting, inputs, record):
                    yield from self._store(waiting, inputs, lease.holder)
                    waiting, inputs = [], {}
                waiting.append(self._known(record) if isinstance(record, Known) else self._prepare(record, inputs))
            yield from self._store(waiting, inputs, lease.holder)
            self._collection.compact(always=False)

    def _known(self, record: Known) -> Ingested:
        id, outcome = self._catalog.came(record.source_digest) or ("", "unchanged")
        return Ingested(article_id=id, outcome=outcome, passages=0)

    def _outcome(self, record: Record) -> Outcome:
        return self._catalog.outcome(record.article, record.source_digest, revert=self._revert, readmit=self._readmit)

    def _prepare(self, record: Record, inputs: dict[bytes, EncoderInput]) -> PreparedArticle:
        """Split a record, adding to `inputs` what must be encoded; nothing, when it will not be stored."""
        article = record.article
        if self._outcome(record) not in ("new", "updated"):
            return PreparedArticle(article=article, source_digest=record.source_digest)
        passages: list[PreparedPassage] = []
        above = self._encoder.cut(heading(article.title, article.published_at), HEADING_TOKENS)
        for split in self._splitter.split(article):
            whole = encoder_input(above, split)
            digest = whole.digest()
            inputs[digest] = whole
            passages.append(PreparedPassage(passage=split.passage, sentences=split.sentences, input_digest=digest))
        return PreparedArticle(
            article=article,
            source_digest=record.source_digest,
            passages=tuple(passages),
            fingerprint=fingerprint(article.text),
        )

    def _store(
        self, waiting: Sequence[PreparedArticle | Ingested], inputs: dict[bytes, EncoderInput], holder: str
    ) -> Iterator[Ingested]:
        batch = [each for each in waiting if isinstance(each, PreparedArticle)]
        outcomes: Iterator[Outcome] = iter(())
        if batch:
            missing = sorted(self._catalog.missing_vectors(list(inputs)))
            vectors = self._encoded([inputs[each] for each in missing])
            encoded = dict(zip(missing, vectors, strict=True))
            stored = self._catalog.store(batch, encoded, holder, revert=self._revert, readmit=self._readmit)
            outcomes = iter(stored)
            self._collection.refresh()
            self._collection.compact(always=False, growing=True)
        for each in waiting:
            if isinstance(each, Ingested):
                yield each
            else:
                outcome = next(outcomes)
                passages = len(each.passages) if outcome in ("new", "updated") else 0
                yield Ingested(article_id=each.article.id, outcome=outcome, passages=passages)

    def _encoded(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        """Encode in parts, each of inputs of about one length, as an encoder itself divides them."""
        order = sorted(range(len(inputs)), key=lambda i: -len(inputs[i].text))
        encoded: dict[int, EncodedPassage] = {}
        for start in range(0, len(order), _ENCODED_AT_ONCE):
            self._before_encoding()
            part = order[start : start + _ENCODED_AT_ONCE]
            encoded |= zip(part, self._encoder.encode_document([inputs[i] for i in part]), strict=True)
        return [encoded[i] for i in range(len(inputs))]


def _full(
    waiting: Sequence[PreparedArticle | Ingested], inputs: dict[bytes, EncoderInput], record: Record | Known
) -> bool:
    """Tell whether what waits has to be stored before this record."""
    if len(waiting) >= _BATCH_RECORDS or len(inputs) >= _BATCH_PASSAGES:
        return True
    # What an article says is compared with what is stored, so two versions never wait together.
    return isinstance(record, Record) and any(
        isinstance(other, PreparedArticle) and other.article.id == record.article.id for other in waiting
    )


def encoder_input(above: str, split: PassageSplit) -> EncoderInput:
    """Put the heading above the passage; the sentences move down by as much."""
    lead = f"{above}\n"
    moved = len(lead) - split.passage.start
    return EncoderInput(
        text=lead + split.passage.text,
        spans=tuple((sentence.start + moved, sentence.end + moved) for sentence in split.sentences),
    )
