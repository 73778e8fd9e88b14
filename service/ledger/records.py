"""What the log keeps of an answer: enough to tell later why it says what it says."""

from datetime import datetime
from typing import Literal, Self

from msgspec import Struct
from msgspec.structs import replace

from embeddings.articles import Carrier, Filter, Hit
from service.answers import Answer, Citation, Doubt, Turn
from service.written.written import Mark

Outcome = Literal["answered", "partial", "not_in_articles", "failed"]
"""The status of an answer, or that there is none."""
Versions = frozenset[tuple[str, int]]
"""Articles, by id and version."""


class Considered(Struct, frozen=True, kw_only=True):
    """A passage that was found for the question; its words are in the catalog."""

    passage_id: str
    article_id: str
    version: int
    rank: int
    score: float
    dense_score: float
    lexical_score: float
    source: int | None = None
    """The number under which the chat model was shown some of it; None where it was not."""

    @classmethod
    def of(cls, hit: Hit, source: int | None = None) -> Self:
        """Note a hit."""
        return cls(
            passage_id=hit.passage.id,
            article_id=hit.article.article_id,
            version=hit.article.version,
            rank=hit.rank,
            score=hit.score,
            dense_score=hit.dense_score,
            lexical_score=hit.lexical_score,
            source=source,
        )


class Dropped(Struct, frozen=True, kw_only=True):
    """A sentence of the chat model that nobody was shown."""

    text: str
    marks: tuple[Mark, ...] = ()
    """What it named as its grounds."""
    why: Literal["uncited", "unsupported"]
    support: float | None = None
    doubts: tuple[Doubt, ...] = ()


class Record(Struct, frozen=True, kw_only=True):
    """An answer, and how it came about. In a stream that failed, `answer` is what was released before."""

    asked_at: datetime
    """Aware."""
    answer: Answer
    k: int
    filters: Filter = Filter()
    history: tuple[Turn, ...] = ()
    """Of turns of the assistant the log keeps no words: they are those of earlier answers, logged on their own."""
    candidates: tuple[Considered, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    unknown_marks: int = 0
    """How often the chat model named what it was not offered."""
    prompt_digests: dict[str, str] = {}
    """By the names of the prompts."""
    source_tokens: int | None = None
    """What the articles took of the prompt, as it was estimated."""
    failure: str | None = None
    """The code of the error that ended the stream."""

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return self.answer.status if self.failure is None else "failed"

    @property
    def grounds(self) -> Versions:
        """The articles whose words may stand in it."""
        named: list[Considered | Citation | Carrier] = [*self.candidates, *self.answer.citations]
        named += [hit.article for hit in self.answer.nearest]
        return frozenset((each.article_id, each.version) for each in named)

    @property
    def versions(self) -> Versions:
        """All articles that it names: its grounds and their copies."""
        copies = [copy for citation in self.answer.citations for copy in citation.carriers]
        copies += [copy for hit in self.answer.nearest for copy in hit.carriers]
        return self.grounds | {(each.article_id, each.version) for each in copies}

    def without_copies(self) -> "Record":
        """Leave out the words that are kept elsewhere: of the nearest passages, and of earlier answers."""
        nearest = tuple(replace(hit, passage=replace(hit.passage, text="")) for hit in self.answer.nearest)
        history = tuple(turn if turn.role == "user" else replace(turn, text="") for turn in self.history)
        return replace(self, answer=replace(self.answer, nearest=nearest), history=history)


class Logged(Struct, frozen=True, kw_only=True):
    """A record as a listing shows it."""

    cursor: int
    """Give it as `before` to go on from here."""
    id: str
    asked_at: datetime
    collection: str
    outcome: Outcome
    answerer: Literal["reader", "chat"]
    question: str
