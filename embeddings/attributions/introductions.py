"""Who speaks beside quotations that no verb of the lists attributes: before a colon, or by any verb after a comma."""

from collections.abc import Iterator, Sequence

from embeddings.attributions.clauses import DASHES, QUOTATION, STOPS, Clause
from embeddings.attributions.cues import Found
from embeddings.attributions.phrases import is_name, main_subject, phrase_end, phrase_start
from embeddings.attributions.words import AUXILIARIES, PERSONAL, REPORTING_NOUNS

_LONGEST = 20
"""Words before the colon of "Smith took to the radio:"."""
_LONGEST_BESIDE = 8
"""Words from a quotation to the verb that follows it."""
_AFTER_SIGNATURE = frozenset(["", ".", ",", "(", "@"])
_NO_OWNERS = frozenset(["it's", "that's", "here's", "there's", "what's", "who's", "he's", "she's", "let's"])


def unattributed(clause: Clause, found: Sequence[Found]) -> Iterator[Found]:
    """Yield who speaks in the quotations of a clause that what was found does not hold."""
    owned = {at for one in found for content in one.content for at in range(*content)}
    for at, word in enumerate(clause.words):
        if word != QUOTATION or at in owned:
            continue
        one: Found | None = None
        if at and clause.words[at - 1] == ":" and (clause.word(at + 1) in STOPS or at + 1 == len(clause.words)):
            known = next((one.source for one in found if one.cue[1] < at), None)
            one = Found(known, (at - 1, at), [], says=True) if known else introduced(clause, at - 1)
        elif at == 0 and clause.word(1) in DASHES:
            one = signed(clause, 1)
        elif clause.text[clause.ends[at] - 2] in ",!?":
            one = _by_any_verb(clause, at + 1)
        if one is not None:
            one.content.append((at, at + 1))
            yield one


def signed(clause: Clause, dash: int) -> Found | None:
    """Return the name after a dash, where nothing else follows a quotation."""
    end = phrase_end(clause, dash + 1)
    if end == dash + 1 or not is_name(clause, (dash + 1, end)) or clause.word(end) not in _AFTER_SIGNATURE:
        return None
    if len(clause.words) - end > _LONGEST_BESIDE:
        return None  # an item of a list
    return Found((dash + 1, end), (dash, dash + 1), [], says=True)


def introduced(clause: Clause, colon: int) -> Found | None:
    """Return who is about to speak: "Smith's remarks were blunt:", "Smith:", "Smith took to the radio:"."""
    words = clause.words
    one = _by_noun(clause, colon)
    if one is not None or colon == 0:
        return one
    if words[0] == "from" and colon > 1:
        return Found((1, colon), (0, 1), [], says=True)
    start = phrase_start(clause, colon - 1)
    if start is not None and (start == 0 or words[start - 1] in STOPS) and clause.capital(colon - 1):
        return Found((start, colon), (colon, colon + 1), [], says=True)
    source = main_subject(clause, colon + 1)
    if source is None or colon > _LONGEST or words[source[1]] in STOPS:
        return None
    named = words[source[0]] in PERSONAL or is_name(clause, source)
    return Found(source, (colon, colon + 1), [], says=True) if named else None


def _by_noun(clause: Clause, colon: int) -> Found | None:
    words = clause.words
    for at in range(min(colon, _LONGEST)):
        plural = words[at].endswith("s") and clause.word(at + 1) == "'"
        if not plural and (not words[at].endswith("'s") or words[at] in _NO_OWNERS):
            continue
        nouns = range(at + 1 + plural, min(at + 4 + plural, colon))
        noun = next((there for there in nouns if words[there] in REPORTING_NOUNS), None)
        start = phrase_start(clause, at)
        if noun is not None and start is not None:
            return Found((start, at + 1), (noun, noun + 1), [], says=True)
    return None


def _by_any_verb(clause: Clause, first: int) -> Found | None:
    """Read "…," he mused, and "…," mused Smith, whatever the verb."""
    words = clause.words
    for at in range(first, min(len(words), first + _LONGEST_BESIDE)):
        word = words[at]
        if word in STOPS or word in AUXILIARIES:
            return None
        third = word.endswith("s") and at > first and words[at - 1] in PERSONAL
        if clause.capital(at) or not (third or word.endswith("ed")):
            continue
        source = (first, at) if at > first else (at + 1, phrase_end(clause, at + 1))
        fits = (
            phrase_start(clause, at - 1) == first if at > first else source[0] < source[1] and is_name(clause, source)
        )
        return Found(source, (at, at + 1), [], says=True) if fits and clause.word(at + 1) != "by" else None
    return None
