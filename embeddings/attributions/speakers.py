"""Which name a pronoun stands for, where an article leaves no doubt: "he said" after "Smith said"."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from msgspec import Struct

from embeddings.attributions.clauses import QUOTATION, Clause, Range
from embeddings.attributions.phrases import head, is_person
from embeddings.attributions.words import NO_PERSON, PERSONAL, PREPOSITIONS, SUBORDINATORS, TITLES
from embeddings.quotations import Span

_PARAGRAPHS = 2
"""That a pronoun may stand away from the name it means."""
_BESIDE = 2
"""Words, of which the last is "he", that a quotation and a comma make."""
_FAR = 2500
"""Characters from a name to a pronoun that can hardly mean it any more."""
_OTHER_NAME = re.compile(r"(?<=[\w,;)—–-] )(?<!\bin )(?<!\bat )(?<!\bof )(?<!\bfrom )((?:[A-Z][\w’'-]+ ?)+)")
"""A name within a sentence, that does not follow a preposition of place."""

_FULL_NAME = re.compile(r"(?<![\w’'.-])([A-Z][\w’'.-]*) (?=([A-Z][\w’'-]+))")
"""Two words of a name; the second may be the first of the next two."""


class _Named(Struct, frozen=True):
    span: Span
    last: int
    """Where the name, or a pronoun for it, ended last."""
    paragraph: int


class Speakers:
    """Follows an article, and knows who was named last as a speaker and as the subject of a clause.

    Takes no account of gender but for titles and for the pronoun that a name has had before.
    """

    def __init__(self, text: str, quoted: Sequence[Span]) -> None:
        self._text = text
        self._quoted = quoted
        self._spoke: _Named | None = None
        self._mentioned: _Named | None = None
        self._intervened = 0
        """Where the last subject began that has a name in it but is no person."""
        self._pronouns: dict[str, str] = {}
        self._surnames = {
            match[2] for match in _FULL_NAME.finditer(text) if match[1].lower() not in PREPOSITIONS | SUBORDINATORS
        }

    def mention(self, clause: Clause, subject: Range, paragraph: int) -> None:
        words = head(clause, subject)
        if self._is_person(clause, words):
            span = clause.span(words)
            self._mentioned = _Named(span, span[1], paragraph)
        elif any(map(clause.capital, range(words[0] + 1, words[1]))):
            self._intervened = clause.starts[words[0]]

    def _is_person(self, clause: Clause, words: Range) -> bool:
        """Tell whether a phrase names a person: by more than a word, or elsewhere in the article."""
        if not is_person(clause, words):
            return False
        return words[1] - words[0] > 1 or self._last_word(clause.span(words)) in self._surnames

    def speaker(self, clause: Clause, source: Range, paragraph: int, *, aside: bool) -> Span:
        """Return the name of a source, without what is said about it; the pronoun where it may mean several.

        What is said `aside`, in a relative clause or within what somebody else says, changes nothing for what follows.
        """
        words = head(clause, source)
        span = clause.span(words)
        pronoun = clause.words[words[0]]
        if pronoun not in PERSONAL:
            if not aside:
                self._spoke = _Named(span, span[1], paragraph) if self._is_person(clause, words) else None
            return span
        meant = self._meant(pronoun, span[0], paragraph, beside=clause.words[0] == QUOTATION and words[0] <= _BESIDE)
        if meant is None:
            return span
        if not aside:
            self._spoke = _Named(meant, span[1], paragraph)
            self._pronouns.setdefault(self._last_word(meant), pronoun)
        return meant

    def _meant(self, pronoun: str, at: int, paragraph: int, *, beside: bool) -> Span | None:
        """Return whom "he" or "she" means: the last to speak by name, or else the last subject by name.

        None where another name has come up since, or the pronoun is not the one that the name has had. `beside` a
        quotation that begins a sentence, only a name that is a subject counts, if somebody spoke just before.
        """
        named, mentioned = self._spoke, self._mentioned
        if named is None or paragraph - named.paragraph > _PARAGRAPHS:
            named = mentioned
        if named is None or paragraph - named.paragraph > _PARAGRAPHS:
            return None
        words = self._text[slice(*named.span)].split()
        if mentioned is not None and mentioned.last > named.last and self._last_word(mentioned.span) != words[-1]:
            return None
        known = TITLES.get(words[0].rstrip(".").lower()) or self._pronouns.get(words[-1], pronoun)
        if known != pronoun:
            return None
        goes_on = beside and named is self._spoke and paragraph - named.paragraph <= 1 and self._intervened < named.last
        return named.span if goes_on or not self._others(named.last, at, words) else None

    def _others(self, start: int, end: int, name: Sequence[str]) -> bool:
        """Tell whether other names come up between, outside quotations, that are no places."""
        if end - start > _FAR:
            return True
        first = max(0, bisect_right(self._quoted, (start, start)) - 1)
        for left, right in [*self._quoted[first : bisect_left(self._quoted, (end, end))], (end, end)]:
            for match in _OTHER_NAME.finditer(self._text, start, max(start, left)):
                words = match[1].split()
                if words[-1] not in name and not any(word.lower() in NO_PERSON for word in words):
                    return True
            start = max(start, right)
        return False

    def _last_word(self, span: Span) -> str:
        return self._text[slice(*span)].split()[-1]
