"""The contract: what is asked, what is answered, and the events of which a stream of an answer consists.

Every face uses these values unchanged. Streaming is the only path: an `Answer` is the `Done` at the end of a stream.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from embeddings.articles import Carrier, Filter, Genre, Hit, Query, Speech

if TYPE_CHECKING:
    from embeddings.retriever import Retrieval

COLLECTION = "main"
NOT_SAID = "The articles do not say."
"""What is said in place of an answer that has no sentences."""
Standing = Literal["current", "updated", "corrected", "withdrawn", "erased"]
"""What became of an article since a version of it was cited: there is a newer one, perhaps with a notice by which the
outlet says that it corrected the article; or it was taken out of every search; or deleted."""


class Turn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was said earlier in a conversation."""

    role: Literal["user", "assistant"]
    text: Annotated[str, Meta(max_length=20_000)]


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked, of which articles."""

    question: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
    history: Annotated[tuple[Turn, ...], Meta(max_length=100)] = ()
    """The turns before, the earliest first: what "he" and "there" refer to. Nothing in it is evidence."""
    as_of: datetime | None = None
    """The moment that "last week" is counted from; now unless given."""
    filters: Filter = Filter()
    k: Annotated[int, Meta(ge=1, le=50)] = 8
    """How many distinct stories to look into."""
    collection: str = COLLECTION
    answerer: Literal["reader", "chat"] | None = None
    """Who is to answer: by quoting, or the chat model; None for the chat model where one is configured."""


class Citation(Struct, frozen=True, kw_only=True):
    """Where a quotation stands: `article.text[start:end] == quote`, for the version that is named."""

    number: int
    """From 1, in the order of use in the answer."""
    article_id: str
    version: int
    passage_id: str
    title: str
    source: str | None
    author: str | None
    published_at: datetime | None
    url: str | None
    genre: Genre | None = None
    """"opinion", say, where the article is known to be one."""
    page: int | None = None
    """From 1, of where the quotation begins, where the article has pages."""
    quote: str
    start: int
    """In code points of the article's text."""
    end: int
    speech: Speech | None = None
    """Who says it, where the article says so plainly: the words are then not the article's own."""
    carriers: tuple[Carrier, ...] = ()
    """Other articles that have the same sentence: copies of one text."""
    state: Standing = "current"


class Doubt(Struct, frozen=True, kw_only=True):
    """What of a sentence the articles that it cites do not bear out."""

    kind: Literal["quotation", "number", "date", "name", "negation", "attribution", "roles", "merging", "support"]
    """"merging": it makes one of two articles that differ, and does not tell which of them says what. "support": none
    of the others in particular, but the cited sentences hardly say it."""
    words: str
    """The words of the sentence that are in doubt; empty where it is the whole of it."""


Status = Literal["quoted", "supported", "unsupported", "uncited"]
"""What stands behind a sentence: it is one of an article; or the chat model's, and borne out by what it cites; or not
borne out; or it cites nothing, and nothing bears it out."""


class AnswerSentence(Struct, frozen=True, kw_only=True):
    """A sentence of an answer: `answer.text[start:end] == text`."""

    text: str
    start: int
    end: int
    status: Status
    citations: tuple[int, ...]
    """Numbers of what it rests on."""
    support: float | None = None
    """How well the cited sentences bear it out, from 0 to 1; None where it is quoted."""
    doubts: tuple[Doubt, ...] = ()
    """Why it is unsupported."""


class Usage(Struct, frozen=True, kw_only=True):
    """What a chat model counted."""

    prompt_tokens: int
    completion_tokens: int


class Answer(Struct, frozen=True, kw_only=True):
    """An answer, every sentence of it with its citations. "Not in the articles" is one of them."""

    id: str
    collection: str
    """Empty where the articles came with the request, and are kept nowhere."""
    question: str
    queries: tuple[Query, ...]
    """What was searched for it, and in which articles."""
    as_of: datetime
    """The moment as of which the question was understood: when it came, unless it said."""
    status: Literal["answered", "partial", "not_in_articles"]
    text: str
    """The sentences, without marks, paragraphs divided by an empty line; empty when the articles do not say."""
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    independent_sources: int
    """On how many outlets the citations rest; one outlet, and copies of one text wherever they stand, count once."""
    missing: tuple[str, ...] = ()
    """The parts of the question that the articles do not answer, where the status is "partial"."""
    nearest: tuple[Hit, ...] = ()
    """The best passages, when the articles do not say."""
    notes: tuple[str, ...] = ()
    """What a reader of the answer should know: how the question was understood, which outlet has no article here."""
    answerer: Literal["reader", "chat"]
    model: str | None = None
    prompt_digest: str | None = None
    """Of the prompt by which the chat model wrote: the version of its words."""
    usage: Usage | None = None
    fallback_reason: str | None = None
    """Why another answerer than the configured one answered."""
    confidence: float | None = None
    """None until there is a calibrated one."""
    timings_ms: dict[str, float]
    seq: int
    """The last change of the collection that the answer could see."""


class Found(Struct, frozen=True, kw_only=True):
    """What a search brought back."""

    query: str
    collection: str
    seq: int
    """The last change of the collection that the search could see."""
    independent_sources: int
    """How many outlets that is; one outlet, and copies of one text, count once."""
    hits: tuple[Hit, ...]
    """One passage a story, the best first; copies of a story are its carriers."""

    @classmethod
    def of(cls, retrieval: "Retrieval", collection: str) -> "Found":
        """What a retrieval in a collection brought back."""
        return cls(
            query=retrieval.queries[0].text,
            collection=collection,
            seq=retrieval.seq,
            independent_sources=independent_sources(retrieval.hits),
            hits=retrieval.hits,
        )


class Searched(Struct, frozen=True, tag="searched", tag_field="type"):
    """The articles were searched."""

    queries: tuple[Query, ...]
    hits: int


class Cited(Struct, frozen=True, tag="citation", tag_field="type"):
    """A source of the sentences that follow; its quotation was compared with the stored article."""

    citation: Citation


class Released(Struct, frozen=True, tag="sentence", tag_field="type"):
    """A sentence of the answer; what it cites came before it."""

    sentence: AnswerSentence


class Done(Struct, frozen=True, tag="done", tag_field="type"):
    """The end of a stream that succeeded: all of it, folded."""

    answer: Answer


class Failed(Struct, frozen=True, tag="error", tag_field="type"):
    """The end of a stream that failed."""

    code: str
    message: str


AnswerEvent = Searched | Cited | Released | Done | Failed


def independent_sources(hits: Iterable[Hit]) -> int:
    """Count the outlets on which hits rest: one outlet, and copies of one text wherever they stand, count once.

    Of a text that several outlets carry, the one that is cited counts; articles without an outlet count by story.
    """
    return len({hit.article.source.casefold() if hit.article.source else hit.story for hit in hits})
