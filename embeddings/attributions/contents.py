"""Where, in a clause, that stands which somebody says: after the verb, before "he said", or around it."""

from embeddings.attributions.clauses import DASHES, ENDS, QUOTATION, STOPS, Clause, Range
from embeddings.attributions.words import (
    ADDRESSED,
    DAYS,
    NOUNS_TOO,
    PARTICLES,
    PREPOSITIONS,
    SUBORDINATORS,
    VERBS,
    Use,
)

_LONGEST_ADVERBIAL = 14
"""Words between "said" and what was said: "in an interview with this newspaper on Monday"."""
_LONGEST_ADDRESSEE = 5
_WHEN = DAYS | frozenset(["last", "this", "earlier", "late", "early", "next"])
_AFTER_TRAILING = DAYS | DASHES | frozenset([",", ";", ")", QUOTATION])
_TURNS = frozenset(["according", "but", "which", "who", "while", "though"])
"""What, after a comma, more often begins the writer's own words than goes on with somebody else's."""


def before(clause: Clause, end: int) -> Range | None:
    """Return what a clause says before a trailing attribution that begins with a word."""
    words, first, last = clause.words, 0, end
    while last > 0 and (words[last - 1] == "," or words[last - 1] in DASHES):
        last -= 1
    while first < last and words[first] in ("but", "and", ","):
        first += 1
    if last - first > 2 and words[last - 1] == QUOTATION and words[last - 2] == ":":
        first = last - 1
    return (first, last) if first < last else None


def around(clause: Clause, source: Range, end: int) -> list[Range]:
    """Return the content where it comes before "Smith said" or around it; nothing where it only follows."""
    words, last = clause.words, clause.last()
    start = source[0] - (clause.word(source[0] - 1) == "as")
    previous = clause.word(start - 1)
    at = start - 2 if previous == "," else start - 1
    quoted = at >= 0 and words[at] == QUOTATION
    beside = quoted and (at == 0 or clause.pauses(at))
    if not (previous == "," or beside or (start < source[0] and previous in DASHES)):
        return []
    stop = end
    while stop < last and stop - end < _LONGEST_ADVERBIAL and words[stop] not in (",", ":", "that", QUOTATION):
        stop += 1
    closing = words[stop] if stop < last else ""
    if (closing == "that" and not (quoted and at == 0)) or (closing == ":" and not quoted):
        return []
    if not _is_trailing(clause, start, end, closing, at if quoted else None):
        return []
    content = before(clause, at + 1 if quoted else start)
    pieces = [] if content is None else [content]
    following = stop + (closing in (",", ":"))
    if pieces and clause.word(following) == QUOTATION:
        pieces.append((following, following + 1))
    elif pieces and closing == "," and not quoted and stop == end and following < last:
        pieces.append((following, last))
    return pieces


def _is_trailing(clause: Clause, start: int, end: int, closing: str, quotation: int | None) -> bool:
    """Tell whether "Smith said", before a mark that closes it, belongs to what precedes it."""
    after = clause.word(end)
    closed = end == clause.last() or after in _AFTER_TRAILING
    if quotation is not None:
        return closed or clause.text[clause.ends[quotation] - 2] != "."
    return closed and start >= (2 if closing == "," else 3) and QUOTATION not in (after, clause.word(end + 1))


def after_verb(clause: Clause, verb: int, at: int, use: Use) -> tuple[int, int | None]:
    """Return where the cue ends and where what it introduces begins; the latter None if this verb introduces nothing.

    `len(clause.words)` stands for what follows the clause.
    """
    words, last, form = clause.words, clause.last(), clause.words[verb]
    if at >= last:
        return at, None
    first = words[at]
    if first == ":":
        return at + 1, at + 1
    if first in ("that", QUOTATION) or (use & Use.TO and first == "to"):
        return at, at
    if use & (Use.SAY | Use.THAT):
        there = _introduced_later(clause, at, last, addressed=form in ADDRESSED)
        if (
            there is None
            and use & Use.SAY
            and (first in PREPOSITIONS or first == ",")
            and _ends_with_speech(clause, at)
        ):
            there = last - 1  # "said in the spring, when it rained, “…”"
        if there is not None:
            return at, there
    if first == "," and use & Use.SAY and use & Use.THAT and at + 1 < last and not words[at + 1].endswith("ing"):
        return at, at + 1
    if first in PARTICLES.get(form, ()):
        return at + 1, (at + 1 if at + 1 < last else None)
    if form in ADDRESSED:
        return at, at if first in SUBORDINATORS else _after_addressee(clause, at, last)
    there = at + 2 if first == "on" and clause.word(at + 1) in DAYS else at
    while there < last and words[there] in _WHEN:
        there += 1
    if there > at:
        dated = all(map(str.isdigit, words[there:last]))  # "concludes on January 30"
        return at, (None if dated else there)
    adverbial = first in PREPOSITIONS and (not use & Use.SAY or use & Use.OBJECT)  # "losses reported to the bank"
    introduces = use & (Use.OBJECT | Use.THAT) and first not in STOPS and not adverbial
    return at, at if introduces else None


def _after_addressee(clause: Clause, at: int, last: int) -> int | None:
    words = clause.words
    for there in range(at + 1, min(last, at + _LONGEST_ADVERBIAL)):
        if words[there] == "to":
            return there - (words[there - 1] == "not")
    there = at + 1
    while there < last and clause.capital(there - 1) and clause.capital(there):
        there += 1
    return there if there < last else None


def _introduced_later(clause: Clause, at: int, last: int, *, addressed: bool) -> int | None:
    """Return where a quotation or "that" begins after "on Monday", "reporters in an interview", "however"."""
    words = clause.words
    for there in range(at, min(last, at + _LONGEST_ADVERBIAL)):
        word = words[there]
        if word in ("that", QUOTATION):
            adverbial = words[at] in PREPOSITIONS or words[at] in DAYS or words[there - 1] == ","
            return there if adverbial or (addressed and there - at <= _LONGEST_ADDRESSEE) else None
        if word == ":":
            return there + 1
        if word in ENDS or (word == "," and there > at + 2 and clause.word(there + 1) not in ("that", QUOTATION)):
            return None
        if there > at and _is_finite(word):
            return None
    return None


def _ends_with_speech(clause: Clause, at: int) -> bool:
    last = clause.last()
    quoted = last - 1 > at and clause.words[last - 1] == QUOTATION and clause.words[last - 2] in (",", ":")
    return quoted and not any(map(_is_finite, clause.words[at : last - 1]))


def content_end(clause: Clause, start: int, *, within: bool) -> int:
    """Return where what an attribution introduces ends; at the next comma if it is within another sentence."""
    words, last = clause.words, clause.last()
    if start < last and words[start] == QUOTATION and clause.pauses(start):
        return start + 1
    for at in range(start + 1, last):
        after = at + 1
        if words[at] == ";":
            return at
        if within and words[at] == QUOTATION and clause.pauses(at):
            return after
        if words[at] == ",":
            word = clause.word(after)
            if word in _TURNS or (within and word != QUOTATION) or VERBS.get(word, Use.BASE) & Use.ING:
                return at
        elif words[at] in ("and", "but"):
            while after < last and clause.adverb(after):
                after += 1
            if _is_finite(clause.word(after)):
                return at - (words[at - 1] == ",")
    return last


def _is_finite(word: str) -> bool:
    return word not in NOUNS_TOO and bool(VERBS.get(word, Use.BASE) & (Use.PAST | Use.THIRD))
