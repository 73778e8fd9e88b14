"""Passages as the numbered sources that a chat model is shown, and the way back from an id to the sentence.

    <source number="2" outlet="Harbour Post" date="2016-06-07, Tuesday" title="Crane falls at the quay">
    [2.1] A crane fell at the north quay on Monday.
    …
    <said by="the harbour master">
    [2.2] “It was rust, and nothing but rust.”
    </said>
    </source>

Every line of an article begins with an id, and holds no bracket and no tag that could be one of ours.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Self

from embeddings.articles import Carrier, Sentence
from embeddings.evidence import Candidate
from service.sources.disarming import attribute, disarmed

_TITLE, _NAME = 200, 100
"""Characters of what an article says of itself in the header."""
_BLANK = 4
"""Characters that may lie between two sentences where nothing is left out: blank space around a paragraph's end."""


class Sources:
    """What a chat model is shown. A source is one version of an article; sources and their sentences count from 1."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        """Number sources in the order in which they come first, and the sentences of each in the order of its text."""
        by_article: dict[tuple[str, int], dict[int, Candidate]] = {}
        for each in candidates:
            of_article = by_article.setdefault((each.hit.article.article_id, each.hit.article.version), {})
            of_article.setdefault(each.sentence.start, each)
        self._sources = [tuple(found[start] for start in sorted(found)) for found in by_article.values()]
        self.text = "\n".join(chain.from_iterable(map(_lines, range(1, len(self._sources) + 1), self._sources)))
        """All of it, for the prompt; empty without candidates."""

    @classmethod
    def pack(cls, passages: Sequence[Sequence[Candidate]], *, budget: int, tokens: Callable[[str], int]) -> Self:
        """Take in whole passages, the best first, as long as the text has no more tokens than the budget.

        Of the first passage that does not fit come as many sentences as do, those nearest to the question first.
        """

        def fitting(already: Sequence[Candidate], further: Sequence[Sequence[Candidate]]) -> int:
            def cost(count: int) -> int:
                return tokens(cls([*already, *chain.from_iterable(further[:count])]).text)

            return max(0, bisect_right(range(len(further) + 1), budget, key=cost) - 1)

        whole = fitting([], passages)
        shown = list(chain.from_iterable(passages[:whole]))
        if whole < len(passages):
            nearest = sorted(passages[whole], key=lambda candidate: -candidate.similarity)
            shown += nearest[: fitting(shown, [[candidate] for candidate in nearest])]
        return cls(shown)

    def sentence(self, source: int, sentence: int) -> Candidate | None:
        """Give the sentence with the id `[source.sentence]`; None for an id that was not shown."""
        found = self.of(source)
        return found[sentence - 1] if 1 <= sentence <= len(found) else None

    def of(self, source: int) -> tuple[Candidate, ...]:
        """Give the sentences of a source, in the order of its text; none of a number that was not shown."""
        return self._sources[source - 1] if 1 <= source <= len(self._sources) else ()

    @property
    def shown(self) -> tuple[Candidate, ...]:
        """All sentences, source by source."""
        return tuple(chain.from_iterable(self._sources))

    def numbers(self) -> dict[str, int]:
        """Give the number of the source of each passage of which at least a sentence is shown, by passage id."""
        return {
            candidate.hit.passage.id: number
            for number, candidates in enumerate(self._sources, start=1)
            for candidate in candidates
        }


def _lines(number: int, candidates: Sequence[Candidate]) -> Iterator[str]:
    """A source as the model sees it."""
    yield f'<source number="{number}"{_header(candidates[0].hit.article)}>'
    speaker, end = "", candidates[0].sentence.start
    for place, candidate in enumerate(candidates, start=1):
        sentence = candidate.sentence
        speaking = _speaker(sentence)
        if speaker and speaker != speaking:
            yield "</said>"
        if sentence.start - end > _BLANK:
            yield "…"
        if speaking and speaker != speaking:
            yield f"<said by={attribute(speaking, _NAME)}>"
        yield f"[{number}.{place}] {disarmed(sentence.text)}"
        speaker, end = speaking, sentence.end
    if speaker:
        yield "</said>"
    yield "</source>"


def _header(article: Carrier) -> str:
    """What is known of an article, as attributes."""
    day = article.published_at
    known = [
        ("outlet", article.source, _NAME),
        ("date", f"{day:%Y-%m-%d, %A}" if day else None, _NAME),
        ("author", article.author, _NAME),
        ("genre", None if article.genre == "news" else article.genre, _NAME),
        ("title", article.title, _TITLE),
    ]
    return "".join(f" {name}={attribute(value, most)}" for name, value, most in known if value)


def _speaker(sentence: Sentence) -> str:
    """Who says a sentence, where it does not itself name them; else nothing."""
    speech = sentence.speech
    if speech is None or sentence.start <= speech.speaker_start < sentence.end:
        return ""
    return speech.speaker
