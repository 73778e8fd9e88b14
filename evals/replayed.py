"""Sentences of real models, replayed through the service as if a chat model were writing them.

    python -m evals.replayed --data DIRECTORY

What was written about one text is one reply, a paragraph a claim; each sentence ends with the ids of the sentences that
bear it out best, and the reply comes in pieces divided anywhere. Kept: claims that people judged to be supported and
that are shown so; caught: others that are flagged or left out. Exact: citations whose quotation is what the stored
article has there. Cost: the time from a reply's first piece to its last citation, by that of encoding the same
sentences one by one; both in turns, of each text, and the median over texts.
"""

import argparse
import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec import Struct

from embeddings.articles import Filter, Query
from embeddings.encoder import DEFAULT_ENCODER, Encoder, SentenceTransformerEncoder
from embeddings.retriever import Retrieval, Retriever
from evals.results import Figure, Row, keep
from evals.vectors import CachedEncoder
from evals.verified import MOST_PASSAGES, retriever_of
from evals.verifier_fitting import balanced
from evals.verifier_sets import SETS, Claim, digest
from prompts import load
from service.answers import Citation, Question
from service.chat.model import Message
from service.citing import Citations
from service.condenser.condensed import condense
from service.grounds import Grounds
from service.pieces import Folded, Piece
from service.verifier.rules import RuleVerifier
from service.verifier.supporting import supporting
from service.writing import Draft, Writer

_SETS = ("RAGTruth news", "ExpertQA", "LFQA")
_QUESTION = Question(question="What do the articles say?")
_TODAY = datetime(2026, 1, 1, tzinfo=UTC)
_CONTEXT, _MOST_TOKENS = 64_000, 8_000
"""Tokens: enough for the longest text, and for all that was written about it."""
_LONGEST_PIECE = 12
"""Characters."""


class Replay(Struct, frozen=True, kw_only=True):
    """What became of a reply."""

    claims: Sequence[Claim]
    pieces: Sequence[Piece]
    left_out: Sequence[str]
    citations: Sequence[Citation]
    exact: int
    """Of the citations."""
    seconds: float
    """From its first piece to its last citation."""

    def supported(self) -> list[bool]:
        """Tell of each claim whether all of it is shown as supported."""
        wordings = [_bare(claim.text) for claim in self.claims]
        shown: list[list[bool]] = [[] for _ in wordings]
        at = 0
        for piece in self.pieces:
            at = next(at for at in range(at, len(wordings)) if _bare(piece.text) in wordings[at])
            shown[at].append(piece.status == "supported")
        for text in self.left_out:
            at = next(at for at in range(at, len(wordings)) if _bare(text) in wordings[at])
            shown[at].append(False)
        return [bool(each) and all(each) for each in shown]


class _Reply:
    """Yields a text in pieces divided anywhere."""

    usage = None
    cut = False

    def __init__(self, text: str) -> None:
        self._text = text

    async def __aiter__(self) -> AsyncIterator[str]:
        chance, at = random.Random(digest(self._text)), 0
        while at < len(self._text):
            end = at + chance.randint(1, _LONGEST_PIECE)
            yield self._text[at:end]
            at = end


class _Replaying:
    """A chat model that writes what it is given."""

    name = "replaying"
    host = "nowhere"
    deadline_s = 600.0

    def __init__(self) -> None:
        self.write: Callable[[], str] = str
        self.began = 0.0

    @asynccontextmanager
    async def reply(
        self, messages: Sequence[Message], *, most_tokens: int, until: float | None = None
    ) -> AsyncIterator[_Reply]:
        del messages, most_tokens, until
        reply = _Reply(await asyncio.to_thread(self.write))
        self.began = time.perf_counter()
        yield reply


class Stage:
    """Where replies about the texts of one set are replayed."""

    def __init__(self, cached: Retriever, bare: Retriever) -> None:
        """Marks are looked for with one retriever, replies read with the other, which encodes every sentence anew."""
        self._cached, self._bare = cached, bare
        self._model = _Replaying()
        answering, condensing = load("answer"), load("condense")
        self._writer = Writer(
            model=self._model,
            prompt=answering,
            condensing=condensing,
            verifier=RuleVerifier(),
            context=_CONTEXT,
            most_tokens=_MOST_TOKENS,
        )

    def replay(self, claims: Sequence[Claim]) -> Replay:
        """Write the claims about one text."""
        retrieval = self._bare.retrieve(
            _QUESTION.question, k=1, wanted=Filter(articles=(claims[0].article,)), per_story=MOST_PASSAGES
        )
        grounds = Grounds(
            question=_QUESTION,
            as_of=_TODAY,
            condensed=condense(_QUESTION, _TODAY, ()),
            retriever=self._bare,
            retrieval=retrieval,
            passages=tuple(tuple(passage) for passage in self._bare.candidates(retrieval)),
        )
        draft = self._writer.draft(grounds)
        self._model.write = lambda: "\n\n".join(self._marked(claim, draft, retrieval) for claim in claims)
        folded = Folded(Citations(retrieval.hits, self._bare.article, self._bare.saying))
        pieces = asyncio.run(_written(draft, folded))
        ended = time.perf_counter()
        return Replay(
            claims=claims,
            pieces=pieces,
            left_out=[dropped.text for dropped in draft.dropped],
            citations=folded.citations,
            exact=sum(
                self._bare.article(each.article_id, each.version).text[each.start : each.end] == each.quote
                for each in folded.citations
            ),
            seconds=ended - self._model.began,
        )

    def _marked(self, claim: Claim, draft: Draft, retrieval: Retrieval) -> str:
        """Put the ids of the sentences that bear it out best behind each sentence of a claim."""
        written = []
        ids = {each.sentence.start: place for place, each in enumerate(draft.sources.of(1), start=1)}
        for sentence in claim.sentences():
            compared = self._cached.candidates(retrieval, [Query(text=sentence)])
            shown = [each for passage in compared for each in passage if each.sentence.start in ids]
            marks = "".join(f"[1.{ids[each.sentence.start]}]" for each in supporting(sentence, shown))
            written.append(f"{sentence} {marks}")
        return " ".join(written)


async def _written(draft: Draft, folded: Folded) -> list[Piece]:
    """Take a reply in and cite it, as the service does."""
    pieces = []
    async for piece in draft.pieces():
        await asyncio.to_thread(folded.add, piece)
        pieces.append(piece)
    return pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    kept: list[Row] = []
    files: list[Path] = []
    for name in _SETS:
        made = SETS[name](arguments.data)
        files += made.files
        cached = retriever_of(name, made, CachedEncoder(encoder))
        stage = Stage(cached, Retriever(cached.collection, encoder))
        by_text: defaultdict[str, list[Claim]] = defaultdict(list)
        for claim in made.half(True):
            by_text[claim.article].append(claim)
        replays, ratios = [], []
        for claims in by_text.values():
            replay = stage.replay(claims)
            replays.append(replay)
            ratios.append(replay.seconds / _encoding(encoder, [text for claim in claims for text in claim.sentences()]))
        kept.append(Row(name=name, figures=_figures(replays, ratios)))
    keep("replayed", kept, files)


def _encoding(encoder: Encoder, sentences: Sequence[str]) -> float:
    """Give the seconds that it takes to encode sentences one by one."""
    started = time.perf_counter()
    for sentence in sentences:
        encoder.encode_query(sentence)
    return time.perf_counter() - started


def _figures(replays: Sequence[Replay], ratios: Sequence[float]) -> dict[str, Figure]:
    labels = np.array([claim.supported for replay in replays for claim in replay.claims])
    passed = np.array([supported for replay in replays for supported in replay.supported()])
    pieces = [piece for replay in replays for piece in replay.pieces]
    left_out = sum(len(replay.left_out) for replay in replays)
    citations = sum(len(replay.citations) for replay in replays)
    return {
        "replies": len(replays),
        "sentences": len(pieces) + left_out,
        "shown as supported": sum(piece.status == "supported" for piece in pieces) / (len(pieces) + left_out),
        "flagged": sum(piece.status != "supported" for piece in pieces) / (len(pieces) + left_out),
        "left out": left_out / (len(pieces) + left_out),
        "balanced accuracy": balanced(labels, passed),
        "kept": float(np.mean(passed[labels])),
        "caught": float(np.mean(~passed[~labels])),
        "citations": citations,
        "exact": sum(replay.exact for replay in replays) / citations,
        "cost": float(np.median(ratios)),
    }


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


if __name__ == "__main__":
    main()
