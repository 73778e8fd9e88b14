"""Claims as the verifier saw them: each against the text that people judged it by, or the sentence it was made of."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from msgspec import Struct

from embeddings.articles import Filter, Query
from embeddings.encoder import Encoder
from embeddings.evidence import Candidate
from embeddings.retriever import Retrieval, Retriever
from embeddings.terms import FUNCTION_WORDS, terms
from evals.collections import collection
from evals.data import rows
from evals.falsified import Contrast, contrasts
from evals.falsifying import KINDS
from evals.vectors import CACHE
from evals.verifier_sets import Claim, VerifierSet, digest
from service.answers import Doubt
from service.verifier.rules import RuleVerifier, doubts
from service.verifier.signals import SUPPORTED_FROM, Signals, signals, support
from service.verifier.supporting import supporting
from service.verifier.verifying import beside

MOST_PASSAGES = 1000
_PAIRS = 300
"""Of a kind of contrast, in one half."""
_VERIFIER = RuleVerifier()


class Part(Struct, frozen=True, kw_only=True):
    """A sentence of a claim as the verifier saw it."""

    text: str
    cited: tuple[Candidate, ...]
    supported: bool
    support: float
    doubts: tuple[Doubt, ...]
    signals: Signals
    similarity: float
    """With the nearest sentence that is cited."""
    said: float
    """Share of its words that the cited sentences have."""

    @property
    def stated(self) -> bool:
        """Whether it is supported, or would be if only it named who says so."""
        unattributed = all(doubt.kind == "attribution" for doubt in self.doubts)
        return self.supported or (unattributed and support(self.signals) >= SUPPORTED_FROM)


class Case(Struct, frozen=True, kw_only=True):
    """A claim, and what came of its sentences."""

    claim: Claim
    parts: tuple[Part, ...]

    @property
    def supported(self) -> bool:
        return all(part.supported for part in self.parts)

    @property
    def stated(self) -> bool:
        return all(part.stated for part in self.parts)

    def passes(self, bound: float) -> bool:
        """Tell whether it would be supported from this probability on."""
        return self.support >= bound and not any(part.doubts for part in self.parts)

    @property
    def support(self) -> float:
        return min(part.support for part in self.parts)

    def least(self, baseline: str) -> float:
        """The lowest of `similarity` or `said` among the sentences."""
        return min(float(getattr(part, baseline)) for part in self.parts)


class Texts:
    """The articles of a collection, each with all of its sentences."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self._retrieved: dict[str, Retrieval] = {}

    def sentences(self, article: str, claim: str) -> list[Candidate]:
        """Give the sentences of an article in the order of the text, compared with a claim."""
        if article not in self._retrieved:
            self._retrieved[article] = self._retriever.retrieve(
                claim, k=1, wanted=Filter(articles=(article,)), per_story=MOST_PASSAGES
            )
        passages = self._retriever.candidates(self._retrieved[article], [Query(text=claim)])
        return sorted((each for passage in passages for each in passage), key=lambda each: each.sentence.start)

    def text(self, article: str) -> str:
        return self._retriever.article(article).text


def retriever_of(name: str, set: VerifierSet, encoder: Encoder, cache: Path = CACHE) -> Retriever:
    """Open the collection of a set's texts."""
    return Retriever(collection(f"verifier-{name.split()[0].lower()}", set.articles, encoder, cache=cache), encoder)


def cases(name: str, set: VerifierSet, second: bool, encoder: Encoder, cache: Path = CACHE) -> Iterator[Case]:
    """Verify the claims of one half of a set."""
    texts = Texts(retriever_of(name, set, encoder, cache))
    for claim in set.half(second):
        parts = []
        for sentence in claim.sentences():
            candidates = texts.sentences(claim.article, sentence)
            parts.append(_part(sentence, supporting(sentence, candidates), candidates))
        yield Case(claim=claim, parts=tuple(parts))


def pairs(path: Path, second: bool, encoder: Encoder) -> Iterator[tuple[Contrast, Case, Case]]:
    """Verify true claims and their falsified twins, of one half of the articles."""
    articles = list(rows(path))
    made = [
        {key: article[key] for key in ("id", "title", "source", "author", "published_at", "text")}
        for article in articles
    ]
    texts = Texts(Retriever(collection("polnear", made, encoder), encoder))
    half = [
        article
        for article in articles
        if int(digest(article["text"]), 16) % 2 == second and texts.text(article["id"]) == article["text"]
    ]
    for contrast in _some(contrasts(half)):
        straight, falsified = (_contrasted(contrast, text, texts) for text in (contrast.straight, contrast.falsified))
        yield contrast, straight, falsified


def _contrasted(contrast: Contrast, text: str, texts: Texts) -> Case:
    """Verify one of a pair against the sentence that it was made of."""
    sentences = texts.sentences(contrast.article, text)
    cited = [each for each in sentences if each.sentence.start == contrast.sentence]
    claim = Claim(article=contrast.article, text=text, supported=text == contrast.straight, kind=contrast.kind)
    return Case(claim=claim, parts=(_part(text, cited, sentences),))


def _some(made: Iterable[Contrast]) -> Iterator[Contrast]:
    """Choose some of each kind, by a digest."""
    ordered = sorted(made, key=lambda each: digest(f"{each.article} {each.sentence}"))
    for kind in KINDS:
        yield from [each for each in ordered if each.kind == kind][:_PAIRS]


def _part(sentence: str, cited: Sequence[Candidate], candidates: Sequence[Candidate]) -> Part:
    """Verify a sentence; the model was shown the passages of what it cites."""
    around = beside(cited, candidates)
    verdict = _VERIFIER.verify(sentence, cited, around)
    found = doubts(sentence, cited, around)
    return Part(
        text=sentence,
        cited=tuple(cited),
        supported=verdict.supported,
        support=verdict.support,
        doubts=found,
        signals=signals(sentence, cited, found),
        similarity=max((each.similarity for each in cited), default=0.0),
        said=_share(frozenset(terms(sentence)) - FUNCTION_WORDS, frozenset(chain(*(each.terms for each in cited)))),
    )


def _share(words: frozenset[str], said: frozenset[str]) -> float:
    return len(words & said) / max(1, len(words))
