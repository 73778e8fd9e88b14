"""Sentences of articles that can be falsified, with what of their articles can stand in for what they say."""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from embeddings.quotations import Span, quotations
from embeddings.sentences import paragraphs

_SHORTEST, _LONGEST = 40, 320
"""Characters of a sentence that is used."""
_SAID_BY = 8
"""Characters that it takes to say who says something."""
_WHOLE = re.compile(r"[\"“A-Z].*[.!][\"”]?", re.DOTALL)
_WORD = r"[A-Z](?:(?:[\w-]|[’'](?=\w)(?!s\b))+|\.)"
NAME = rf"(?<![\w’'“\"-]){_WORD}(?: (?:(?:of|de|van|bin) )?{_WORD})*(?![\w-])"
_PLACED = re.compile(rf"\b(?:in|near|across) ({NAME})")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NO_NAMES = frozenset((*DAYS, *MONTHS)) | frozenset(
    re.findall(
        r"\w+",
        "The A An He She It They We I This That These Those His Her Their Its Our My But And Or If When While In On At "
        "For As After Before Since With Not No Yes There Here What Who Why How Now Then So Also Both Some Many Most "
        "All Mr Mrs Ms Sen Sens Gov Rep Reps Dr Jan Feb Aug Sept Oct Nov Dec",
    )
)


class Attribution(Struct, frozen=True):
    """Who says what in a sentence, in characters of it."""

    source: Span
    cue: Span
    content: Span


class Place(Struct, frozen=True, kw_only=True):
    """A sentence, with what of its article can be used to falsify it."""

    text: str
    start: int
    attributions: Sequence[Attribution]
    quoted: Sequence[Span]
    """What stands between quotation marks, in characters of the sentence."""
    names: Sequence[str]
    """Names of the article that the sentence shares no word with."""
    places: frozenset[str]
    """Names of the article that are places, as far as the words around tell."""
    sources: Sequence[str]
    """Those of them that say something in it."""
    article: str
    chance: random.Random

    def cited(self, span: Span) -> bool:
        """Tell whether something of a span stands between quotation marks."""
        return any(span[0] < end and start < span[1] for start, end in self.quoted)

    def one_of(self, found: Iterable[re.Match[str]]) -> re.Match[str] | None:
        """Choose one that stands outside quotation marks."""
        free = [each for each in found if not self.cited(each.span())]
        return self.chance.choice(free) if free else None


def places_of(article: Mapping[str, Any]) -> Iterator[Place]:
    text = article["text"]
    divided = paragraphs(text)
    sentences = [sentence for paragraph in divided for sentence in paragraph]
    quoted = quotations(text, divided)
    everywhere = {name for sentence in sentences for name in names_of(sentence.text)}
    places = frozenset(found[1] for found in _PLACED.finditer(text))
    sources = {part["text"] for one in article["attributions"] for part in one["source"]} & everywhere
    for sentence in sentences:
        if not (_SHORTEST <= len(sentence.text) <= _LONGEST and _WHOLE.fullmatch(sentence.text)):
            continue
        inside = [span for span in quoted if span[0] < sentence.end and sentence.start < span[1]]
        outside = len(sentence.text) - sum(end - start for start, end in inside)
        if any(start < sentence.start or sentence.end < end for start, end in inside) or outside < _SAID_BY:
            continue  # as a claim it would want the marks, or the speaker, that stand in other sentences
        words = set(re.findall(r"\w+", sentence.text))
        names = sorted(name for name in everywhere if words.isdisjoint(re.findall(r"\w+", name)))
        yield Place(
            text=sentence.text,
            start=sentence.start,
            attributions=[
                made for one in article["attributions"] if (made := _within(one, sentence.start, sentence.end))
            ],
            quoted=[(start - sentence.start, end - sentence.start) for start, end in inside],
            names=names,
            places=places,
            sources=[name for name in names if name in sources],
            article=text,
            chance=random.Random(f"{article['id']} {sentence.start}"),
        )


def _within(marked: Mapping[str, Any], start: int, end: int) -> Attribution | None:
    parts = []
    for role in ("source", "cue", "content"):
        spans = [span for part in marked[role] for span in part["spans"]]
        if not spans:
            return None
        parts.append((min(spans)[0] - start, max(span[1] for span in spans) - start))
    inside = all(first >= 0 and last <= end - start for first, last in parts)
    return Attribution(*parts) if inside else None


def names_of(text: str) -> dict[str, Span]:
    """Names in a text, with where they stand first; none that begins it, which may be any word."""
    found: dict[str, Span] = {}
    for name in re.finditer(NAME, text):
        words = name.group().split()
        if name.start() and NO_NAMES.isdisjoint(words) and min(map(len, words)) > 1 and not name.group().isupper():
            found.setdefault(name.group(), name.span())
    return found
