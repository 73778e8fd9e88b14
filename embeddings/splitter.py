"""Article to passages of whole sentences that fit the encoder: what is stored, encoded and cited."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from embeddings.articles import Article, Passage, Sentence
from embeddings.attributions import attributed
from embeddings.junk import junk
from embeddings.sentences import paragraphs

SPLITTER_VERSION = "2"
"""Stored with a collection; changes whenever the same article would be split otherwise."""

_FULL_ENOUGH = 0.6
"""From this share of a passage on it may end with its paragraph, rather than take in part of the next."""
_TOO_SMALL = 0.25
"""A last passage below this share takes over sentences of the one before."""
_CHARACTERS_PER_TOKEN = 20
"""No token counts for more: WordPiece calls a word of any length one unknown token."""
_MARKS_PER_CHARACTER = 32
"""A base with more combining marks than Unicode's stream-safe format admits may be divided."""

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_BREAKS = [
    re.compile(pattern) for pattern in (r"[;؛](?!\S)|；", r"[,،:–—)](?!\S)|[，、]", r"\s", r"(?=[\W_])|(?<=[\W_])")
]
"""Where to divide a sentence that is too long, best first; anywhere comes last."""


class PassageSplit(Struct, frozen=True, kw_only=True):
    """A passage and the sentences it is made of, in order."""

    passage: Passage
    sentences: tuple[Sentence, ...]


class _Unit(Struct, frozen=True):
    """Sentences that stay together, mostly one, and what they cost in tokens."""

    sentences: tuple[Sentence, ...]
    cost: int
    ends_paragraph: bool


class Splitter:
    """Divide articles into sentences and passages.

    `count_tokens` gives the encoder's tokens of each text, without special tokens. It is called once an article, with
    all its sentences, and again only for the pieces of a sentence that exceeds a passage.
    """

    def __init__(self, count_tokens: Callable[[list[str]], list[int]], passage_tokens: int) -> None:
        if passage_tokens < 1:
            raise ValueError("a passage needs room for a token")
        self._count_tokens = count_tokens
        self._passage_tokens = passage_tokens

    def split(self, article: Article) -> list[PassageSplit]:
        """Return the passages of an article in order; together they hold every sentence once, but those of junk.

        Lines that repeat the title are left out, too, because the title is encoded with each passage, unless there is
        nothing else. A sentence too long for a passage becomes several.
        """
        ordinals = itertools.count()
        return [
            _passage(article, next(ordinals), sentences)
            for stretch in self._measured(article.text, _stretches(article))
            for sentences in self._packed(_units(stretch, self._passage_tokens))
        ]

    def _measured(self, text: str, stretches: list[list[list[Sentence]]]) -> Iterator[list[list[tuple[Sentence, int]]]]:
        """Give every sentence its cost, in one batch, and divide those that are too long."""
        costs = iter(self._costs([s for stretch in stretches for paragraph in stretch for s in paragraph]))
        for stretch in stretches:
            yield [
                [piece for sentence in paragraph for piece in self._fitting(text, sentence, next(costs))]
                for paragraph in stretch
            ]

    def _costs(self, sentences: Sequence[Sentence]) -> list[int]:
        if not sentences:
            return []
        tokens = self._count_tokens([sentence.text for sentence in sentences])
        return [max(n, _ceil(len(s.text), _CHARACTERS_PER_TOKEN)) for s, n in zip(sentences, tokens, strict=True)]

    def _fitting(self, text: str, sentence: Sentence, cost: int) -> list[tuple[Sentence, int]]:
        """Return a sentence that fits as it is, another one in pieces."""
        if cost <= self._passage_tokens:
            return [(sentence, cost)]
        pieces = _divided(text, sentence, cost, self._passage_tokens)
        if len(pieces) == 1:
            return [(sentence, cost)]
        return [
            fitting
            for piece, piece_cost in zip(pieces, self._costs(pieces), strict=True)
            for fitting in self._fitting(text, piece, piece_cost)
        ]

    def _packed(self, units: list[_Unit]) -> Iterator[list[Sentence]]:
        """Fill passages in order; see the constants for where they end."""
        room = self._passage_tokens
        cuts = [0]
        while cuts[-1] < len(units):
            cost, end, paragraph_end = 0, cuts[-1], None
            while end < len(units) and (cost + units[end].cost <= room or end == cuts[-1]):
                cost += units[end].cost
                end += 1
                if units[end - 1].ends_paragraph and cost >= _FULL_ENOUGH * room:
                    paragraph_end = end
            cuts.append(end if end == len(units) or paragraph_end is None else paragraph_end)
        if len(cuts) > 2:
            cuts[-2:] = _balanced(units, cuts[-3], cuts[-2], room)
        for start, end in itertools.pairwise(cuts):
            yield [sentence for unit in units[start:end] for sentence in unit.sentences]


def _stretches(article: Article) -> list[list[list[Sentence]]]:
    """Return the paragraphs between junk and lines that repeat the title."""
    title = article.title.split()
    every = paragraphs(article.text, article.language)
    left_out = junk(article.text, every, article.title)
    kept: list[list[list[Sentence]]] = [[]]
    for paragraph, is_junk in zip(attributed(article.text, every), left_out, strict=True):
        if is_junk or article.text[paragraph[0].start : paragraph[-1].end].split() == title:
            kept.append([])
        else:
            kept[-1].append(paragraph)
    return [stretch for stretch in kept if stretch] or [every]


def _units(stretch: list[list[tuple[Sentence, int]]], room: int) -> list[_Unit]:
    """Join a sentence that announces what follows, by a colon at its end, with the next, where both fit."""
    units: list[_Unit] = []
    for paragraph in stretch:
        for i, (sentence, cost) in enumerate(paragraph):
            ends_paragraph = i == len(paragraph) - 1
            last = units[-1] if units else None
            if last and last.sentences[-1].text[-1] in ":：" and last.cost + cost <= room:
                units[-1] = _Unit((*last.sentences, sentence), last.cost + cost, ends_paragraph)
            else:
                units.append(_Unit((sentence,), cost, ends_paragraph))
    return units


def _balanced(units: list[_Unit], start: int, cut: int, room: int) -> list[int]:
    """Return the last cuts, moved so that the last passage is not tiny where that can be."""
    costs = [unit.cost for unit in units[start:]]
    total, left = sum(costs), sum(costs[: cut - start])
    if total - left >= _TOO_SMALL * room:
        return [cut, len(units)]
    if total <= room:
        return [len(units)]
    best, best_key = cut, (False, False, left - total)
    left = 0
    for at, cost in enumerate(costs[:-1], start + 1):
        left += cost
        right = total - left
        if left > room or right > room:
            continue
        even = min(left, right) >= _TOO_SMALL * room
        key = (even, even and units[at - 1].ends_paragraph, -abs(left - right))
        if key > best_key:
            best, best_key = at, key
    return [best, len(units)]


def _divided(text: str, sentence: Sentence, cost: int, room: int) -> list[Sentence]:
    """Divide a sentence into pieces that should fit a passage; it comes back whole if it cannot be divided."""
    start, end = sentence.start, sentence.end
    fitting = max(1, min(end - start - 1, (end - start) * room * 9 // (cost * 10)))
    length = _ceil(end - start, _ceil(end - start, fitting))
    cuts = [start]
    while end - cuts[-1] > length:
        cuts.append(_best_break(text, cuts[-1], cuts[-1] + length, end))
    spans = (_stripped(text, *span) for span in itertools.pairwise([*cuts, end]))
    return [replace(sentence, start=start, end=end, text=text[start:end]) for start, end in spans if start < end]


def _best_break(text: str, start: int, target: int, end: int) -> int:
    """Return where to divide: in the second half of the way to the target, else there, else soon after."""
    for pattern in _BREAKS:
        found = (match.end() for match in pattern.finditer(text, (start + target + 1) // 2, target + 1))
        at = max((at for at in found if at <= target), default=start)
        if at > start and not _joined(text, at):
            return at
    near = range(max(start + 1, target - _MARKS_PER_CHARACTER), min(end, start + _MARKS_PER_CHARACTER))
    before, after = range(target, near.start - 1, -1), range(target + 1, near.stop + 1)
    return next((at for at in itertools.chain(before, after) if at == end or not _joined(text, at)), target)


def _joined(text: str, at: int) -> bool:
    """Tell whether the character here is combined with the one before."""
    if at >= len(text):
        return False
    character = text[at]
    return (
        character in _JOINERS
        or text[at - 1] == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or unicodedata.category(character).startswith("M")
    )


def _ceil(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _passage(article: Article, ordinal: int, sentences: list[Sentence]) -> PassageSplit:
    start, end = sentences[0].start, sentences[-1].end
    passage = Passage(
        id=f"{article.id}@{article.version}:{ordinal}",
        article_id=article.id,
        version=article.version,
        ordinal=ordinal,
        start=start,
        end=end,
        text=article.text[start:end],
    )
    return PassageSplit(passage=passage, sentences=tuple(sentences))
