"""A paragraph as clauses of words: what the rules of attribution read.

A clause is what stands between two ends of sentences outside quotations; a whole quotation counts as one word of it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from embeddings.articles import Sentence
from embeddings.attributions.words import ADVERBS, SUBORDINATORS, VERBS, Use
from embeddings.quotations import Span

Range = tuple[int, int]
"""Words of a clause, as numbers: the first, and the one after the last."""
QUOTATION = "“”"
"""The word that a whole quotation counts as."""
DASHES = frozenset("—–-")
ENDS = frozenset(".!?;…")
STOPS = frozenset(",:()[]\"'“”/|•") | DASHES | ENDS | {QUOTATION}

_LONGEST = 200
"""Words of a clause; longer ones are divided, for the rules take time that grows with the square of it."""
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:(?:\.?[’'\-&/]|\.(?=[a-z\d])|(?<=[A-Z])\.)[^\W_]+)*|[^\w\s]|_")
_SAYS_SO = re.compile(
    r"(?:[\w’'.-]+ ){1,5}?([a-z]+)(?=[.,]| (?:in|on|at|to|of|as|with|after|when|during|[A-Z]\w+day)\b)"
)

_QUOTATION_MARK = re.compile(r"[“”„\"«»]|''|(?<!\w)[‘'](?=\w)")


class Clause(Struct):
    """The words of a clause and where they stand."""

    words: list[str]
    """Lower-case, with straight apostrophes."""
    starts: list[int]
    ends: list[int]
    text: str
    """Of the whole article."""

    def word(self, at: int) -> str:
        """Return a word, or nothing beyond the clause."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def capital(self, at: int) -> bool:
        return self.text[self.starts[at]].isupper()

    def span(self, words: Range) -> Span:
        """Return where in the article the words stand, without the ’s of a possessive at their end."""
        first, end = words
        return self.starts[first], self.ends[end - 1] - 2 * self.words[end - 1].endswith("'s")

    def adverb(self, at: int) -> bool:
        word = self.words[at]
        return word in ADVERBS or (word.endswith("ly") and not self.capital(at))

    def last(self) -> int:
        """Return where the clause ends, without the mark that ends its sentence."""
        last = len(self.words)
        while last and self.words[last - 1] in ENDS:
            last -= 1
        return last

    def pauses(self, at: int) -> bool:
        """Tell whether a quotation ends with a comma or another stop, as speech does before "he said"."""
        end = self.ends[at]
        return self.text[end - 2] in ",.!?…—-–" or self.text[end - 3 : end - 2] == ","

    def says_more(self, until: int) -> bool:
        """Tell whether there are words beside quotations before that one, other than "but" or "adding"."""
        return any(
            not (word in STOPS or word in SUBORDINATORS or word in ADVERBS or VERBS.get(word, Use.BASE) & Use.ING)
            for word in self.words[:until]
        )


def clauses(text: str, sentences: Sequence[Sentence], quoted: Sequence[Span]) -> Iterator[Clause]:
    """Yield the clauses of a paragraph, given the quotations in it, ascending, cut to its bounds."""
    boundaries = _boundaries(sentences, quoted)
    boundary = next(boundaries)
    clause = Clause([], [], [], text)
    for word, start, end in _words(text, sentences, quoted):
        if clause.words and (start >= boundary or len(clause.words) == _LONGEST):
            yield clause
            clause = Clause([], [], [], text)
        while start >= boundary:
            boundary = next(boundaries)
        if word != "." or end >= boundary:  # or else it is of an abbreviation
            clause.words.append(word)
            clause.starts.append(start)
            clause.ends.append(end)
    if clause.words:
        yield clause


def _words(text: str, sentences: Sequence[Sentence], quoted: Sequence[Span]) -> Iterator[tuple[str, int, int]]:
    at, last = sentences[0].start, sentences[-1].end
    for start, end in [*quoted, (last, last)]:
        for match in _WORD.finditer(text, at, start):
            yield match.group().lower().replace("’", "'"), match.start(), match.end()
        if start < end:
            yield QUOTATION, start, end
        at = end


def _boundaries(sentences: Sequence[Sentence], quoted: Sequence[Span]) -> Iterator[int]:
    """Yield where sentences end outside quotations; "Smith said." after a quotation is none of its own."""
    ends = {end for _, end in quoted}
    last = sentences[-1].end
    spans = iter([*quoted, (last, last)])
    start, end = next(spans)
    for sentence, after in pairwise(sentences):
        while end < sentence.end:
            start, end = next(spans)
        if start < sentence.end < end:
            continue
        if sentence.end not in ends or not _says_so(after.text):
            yield sentence.end
    yield last


def _says_so(text: str) -> bool:
    """Tell whether a sentence only says who spoke the quotation before it: "Ann Lee declared on Monday."""
    match = _SAYS_SO.match(text)
    if match is None or _QUOTATION_MARK.search(text):
        return False
    return bool(VERBS.get(match[1], Use.BASE) & Use.SAY) or (match[1].endswith("ed") and match.end() + 1 == len(text))
