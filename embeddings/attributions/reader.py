"""The attributions of an article: of each clause, and of the quotations that follow without a word of their own."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from embeddings.articles import Sentence
from embeddings.attributions.assertions import is_asserted
from embeddings.attributions.clauses import DASHES, QUOTATION, Clause, clauses
from embeddings.attributions.cues import Found, read
from embeddings.attributions.introductions import introduced, signed, unattributed
from embeddings.attributions.phrases import main_subject
from embeddings.attributions.speakers import Speakers
from embeddings.attributions.words import ASKING
from embeddings.quotations import Span, quotations

Kind = Literal["direct", "indirect", "mixed"]

_NEARLY_ALL = 9
"""How many times longer what stands in quotation marks is than the rest, where all of it is quoted."""
_RECENT = 3
"""Attributions before one that may hold it in what they attribute."""
_JOINING = frozenset(["", "and", "or", "and then"])
"""What may stand between two quotations of one speaker."""


class Attribution(Struct, frozen=True, kw_only=True):
    """Something that somebody says, thinks or wants, as the text puts it; spans are of the text."""

    source: Span
    """Who, as it stands there: a name, a pronoun, "a spokesman for the buyer"."""
    speaker: Span
    """The same without what is said about them, or the name that a pronoun stands for."""
    cue: Span
    """The words that attribute: "has said", "according to", a colon."""
    content: tuple[Span, ...]
    """What, in one piece or around source and cue, and through the quotations that follow."""
    kind: Kind
    """Whether all, none or some of the content stands in quotation marks."""
    asserted: bool = True
    """Whether the text says that it was said: not "did not say", "may say", "if Smith says"."""


class _Making(Struct):
    """An attribution that quotations may still be added to."""

    source: Span
    speaker: Span
    cue: Span
    content: list[Span]
    asserted: bool

    def extent(self) -> int:
        return sum(end - start for start, end in self.content)


def attributions(
    text: str, paragraphs: Sequence[Sequence[Sentence]], quoted: Sequence[Span] | None = None
) -> list[Attribution]:
    """Return what the article attributes, in the order of the text; takes time linear in its length.

    A quotation without a word of its own goes to whoever spoke before it in the paragraph, and at the beginning of a
    paragraph to whoever spoke at the end of the one before; so on for as many paragraphs as are nothing but quotations.
    `quoted` are the quotations, where the caller has them already.
    """
    quoted = quotations(text, paragraphs) if quoted is None else quoted
    starts = [start for start, _ in quoted]
    return [
        Attribution(
            source=one.source,
            speaker=one.speaker,
            cue=one.cue,
            content=(content := tuple(sorted(one.content))),
            kind=_kind(content, quoted, starts),
            asserted=one.asserted,
        )
        for one in _Reader(text, quoted).read(paragraphs)
        if one.content
    ]


def _kind(content: Sequence[Span], quoted: Sequence[Span], starts: Sequence[int]) -> Kind:
    plain = inside = 0
    for start, end in content:
        plain += end - start
        for left, right in quoted[max(0, bisect_right(starts, start) - 1) : bisect_left(starts, end)]:
            inside += max(0, min(end, right) - max(start, left))
    plain -= inside
    return "indirect" if not inside else "direct" if plain * _NEARLY_ALL <= inside else "mixed"


class _Reader:
    """Goes through an article, and keeps what one clause leaves to the next."""

    def __init__(self, text: str, quoted: Sequence[Span]) -> None:
        self._text = text
        self._quoted = quoted
        self._speakers = Speakers(text, quoted)
        self._made: list[_Making] = []
        self._owners: dict[Span, _Making] = {}
        """Whose a quotation is."""
        self._current: _Making | None = None
        """Whose a quotation is that nothing introduces."""
        self._awaited: _Making | None = None
        """Whose it is after a colon."""
        self._unowned: list[Span] = []
        """What the clause before quotes, where it is nobody's."""

    def read(self, paragraphs: Sequence[Sequence[Sentence]]) -> list[_Making]:
        for number, (sentences, quoted) in enumerate(self._with_quotations(paragraphs)):
            start, end = sentences[0].start, sentences[-1].end
            pieces = {(max(start, left), min(end, right)): (left, right) for left, right in quoted}
            if self._current is not None and self._text[slice(*self._current.cue)].lower() in ASKING:
                self._current = None  # who is asked answers in the next paragraph
            for clause in clauses(self._text, sentences, list(pieces)):
                self._clause(clause, pieces, number)
        return self._made

    def _with_quotations(
        self, paragraphs: Sequence[Sequence[Sentence]]
    ) -> Iterator[tuple[Sequence[Sentence], Sequence[Span]]]:
        """Yield each paragraph with the quotations that reach into it."""
        first = 0
        for sentences in paragraphs:
            while first < len(self._quoted) and self._quoted[first][1] <= sentences[0].start:
                first += 1
            last = first
            while last < len(self._quoted) and self._quoted[last][0] < sentences[-1].end:
                last += 1
            yield sentences, self._quoted[first:last]

    def _clause(self, clause: Clause, pieces: dict[Span, Span], paragraph: int) -> None:
        subject = main_subject(clause, len(clause.words))
        if subject is not None:
            self._speakers.mention(clause, subject, paragraph)
        quoted = [
            pieces[clause.starts[at], clause.ends[at]] for at, word in enumerate(clause.words) if word == QUOTATION
        ]
        awaited, self._awaited = self._awaited, None
        unowned, self._unowned = self._unowned, []
        if quoted and not clause.says_more(len(clause.words)):
            for span in quoted:
                owner = self._owners.get(span) or awaited or self._current
                if owner is None:
                    self._unowned.append(span)
                elif span not in self._owners:
                    self._give(span, owner)
                self._current = owner
            return
        signature = signed(clause, 0) if unowned and clause.words[0] in DASHES else None
        if signature is not None:
            signatory = self._make(clause, signature, pieces, paragraph)
            for span in unowned:
                self._give(span, signatory)
            self._current = None
            return
        found = read(clause)
        making = [(one, self._make(clause, one, pieces, paragraph)) for one in [*found, *unattributed(clause, found)]]
        for before, span in pairwise(quoted):
            between = self._text[before[1] : span[0]].strip(" ,;")
            if span not in self._owners and before in self._owners and between in _JOINING:
                self._give(span, self._owners[before])
        saying = [one for found_one, one in making if found_one.says]
        owners = [self._owners[span] for span in quoted if span in self._owners]
        self._current = owners[-1] if saying and owners else max(saying, key=_Making.extent, default=None)
        if clause.words[-1] == ":":
            if found and not found[-1].content:
                self._awaited = making[len(found) - 1][1]
            else:
                intro = introduced(clause, len(clause.words) - 1)
                self._awaited = None if intro is None else self._make(clause, intro, pieces, paragraph)

    def _give(self, quotation: Span, owner: _Making) -> None:
        owner.content.append(quotation)
        self._owners[quotation] = owner

    def _make(self, clause: Clause, one: Found, pieces: dict[Span, Span], paragraph: int) -> _Making:
        source = clause.span(one.source)
        recent = (span for made in self._made[-_RECENT:] for span in made.content)
        aside = one.antecedent is not None or any(start <= source[0] < end for start, end in recent)
        speaker = self._speakers.speaker(clause, one.antecedent or one.source, paragraph, aside=aside)
        making = _Making(source, speaker, clause.span(one.cue), [], is_asserted(clause, one))
        for words in one.content:
            start, end = clause.starts[words[0]], clause.ends[words[1] - 1]
            for at in range(*words):
                if clause.words[at] == QUOTATION:  # of which this paragraph may hold only a piece
                    span = pieces[clause.starts[at], clause.ends[at]]
                    self._owners[span] = making
                    start, end = min(start, span[0]), max(end, span[1])
            making.content.append((start, end))
        self._made.append(making)
        return making
