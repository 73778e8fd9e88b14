"""Stand-ins for what is slow, and libraries made in a moment."""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np

from embeddings.arrays import FloatVector
from embeddings.articles import Article
from embeddings.collection import Collection
from embeddings.encoder import EncodedPassage, Encoder, EncoderIdentity, EncoderInput
from embeddings.extract import Record
from embeddings.ingest import Ingested, Ingester
from embeddings.library import Library
from prompts import load
from service.answers import Usage
from service.chat.model import ChatModel, Message, Reply
from service.errors import ChatModelError
from service.verifier.rules import RuleVerifier
from service.writing import Unsupported, Writer

_WORD = re.compile(r"\w+")


class HashingEncoder:
    """An encoder for which texts are near each other when they share words; the same everywhere, always."""

    def __init__(self, dimension: int = 256) -> None:
        self._dimension = dimension

    @property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity(name="hashing", digest=f"hashing-{self._dimension}", dimension=self._dimension)

    @property
    def max_tokens(self) -> int:
        return 254

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def cut(self, text: str, tokens: int) -> str:
        words = list(_WORD.finditer(text))
        return text if len(words) <= tokens else text[: words[tokens].start()].rstrip()

    def encode_query(self, query: str) -> FloatVector:
        return self._encode(query)

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]:
        return [self.encode_query(query) for query in queries]

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        return [
            EncodedPassage(
                vector=self._encode(each.text),
                sentences=np.array(
                    [self._encode(each.text[start:end]) for start, end in each.spans], dtype=np.float32
                ).reshape(-1, self._dimension),
            )
            for each in inputs
        ]

    def _encode(self, text: str) -> FloatVector:
        """Add each word to one place of the vector, or subtract it there; a text without words points at the first."""
        vector = np.zeros(self._dimension, dtype=np.float32)
        for word in _WORD.findall(text.casefold()):
            digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
            vector[(digest >> 1) % self._dimension] += 1 if digest & 1 else -1
        if not vector.any():
            vector[0] = 1
        unit: FloatVector = vector / np.linalg.norm(vector)
        return unit


Delta = str | ChatModelError


class ScriptedReply:
    """The reply of a `ScriptedChatModel`."""

    def __init__(self, deltas: Sequence[Delta], usage: Usage | None, *, cut: bool) -> None:
        self._deltas = deltas
        self._at_end = (usage, cut)
        self.usage: Usage | None = None
        self.cut = False

    async def __aiter__(self) -> AsyncIterator[str]:
        for delta in self._deltas:
            if isinstance(delta, ChatModelError):
                raise delta
            yield delta
        self.usage, self.cut = self._at_end


class ScriptedChatModel:
    """A chat model that plays given deltas, a reply after the other, and keeps the messages that it saw.

    A reply is a sequence of deltas, in which an error is raised where it stands; an error, which is raised in place of
    a reply; or a function of the messages that gives either. A model that is asked more often fails.
    """

    name = "scripted"
    host = "127.0.0.1"
    deadline_s = 60.0

    def __init__(
        self,
        *replies: Sequence[Delta] | ChatModelError | Callable[[Sequence[Message]], Sequence[Delta] | ChatModelError],
        usage: Usage | None = None,
        cut: bool = False,
    ) -> None:
        self._replies = list(replies)
        self._usage = usage
        self._cut = cut
        self.seen: list[tuple[Message, ...]] = []
        self.most_tokens: list[int] = []
        self.until: list[float | None] = []
        self.open = 0
        """Replies that were begun and not left."""

    @asynccontextmanager
    async def reply(
        self, messages: Sequence[Message], *, most_tokens: int, until: float | None = None
    ) -> AsyncIterator[Reply]:
        self.until.append(until)
        self.seen.append(tuple(messages))
        self.most_tokens.append(most_tokens)
        assert self._replies, "the chat model was asked more often than it has replies"
        reply = self._replies.pop(0)
        if callable(reply):
            reply = reply(messages)
        if isinstance(reply, ChatModelError):
            raise reply
        self.open += 1
        try:
            yield ScriptedReply(reply, self._usage, cut=self._cut)
        finally:
            self.open -= 1


def make_writer(model: ChatModel, *, most_tokens: int = 400, unsupported: Unsupported = "flag") -> Writer:
    """Have a model write by the prompts and the verifier that users have."""
    return Writer(
        model=model,
        prompt=load("answer"),
        condensing=load("condense"),
        verifier=RuleVerifier(),
        context=8192,
        most_tokens=most_tokens,
        unsupported=unsupported,
    )


def record(article: Article) -> Record:
    """Give an article the digest that the bytes of its source would have."""
    return Record(article=article, source_digest=hashlib.sha256(msgspec.json.encode(article)).hexdigest())


def ingest(path: Path, articles: Iterable[Article], encoder: Encoder, collection: str = "main") -> list[Ingested]:
    """Take articles into a collection of the library at `path`."""
    opened = Collection.create(path, collection)
    try:
        results = list(Ingester(opened, encoder).ingest(record(article) for article in articles))
    finally:
        opened.close()
    return [result for result in results if isinstance(result, Ingested)]


def make_library(path: Path, articles: Iterable[Article], encoder: Encoder | None = None) -> Library:
    """Make a library of these articles, in the collection `main`."""
    encoder = encoder or HashingEncoder()
    ingest(path, articles, encoder)
    return Library(path, encoder)
