"""Read a clause for its attributions: a verb that attributes, its subject, and what it introduces."""

from itertools import pairwise

from msgspec import Struct

from embeddings.attributions.clauses import DASHES, ENDS, QUOTATION, STOPS, Clause, Range
from embeddings.attributions.contents import after_verb, around, before, content_end
from embeddings.attributions.phrases import (
    ARTICLES,
    OPENERS,
    breaks,
    is_name_too,
    main_subject,
    nearest_name,
    nominal,
    phrase_before,
    phrase_end,
    phrase_start,
    plural,
)
from embeddings.attributions.words import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    HAVE,
    MAKING,
    MODALS,
    NOUNS_TOO,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    REPORTING_NOUNS,
    SAYING_PARTICLES,
    SUBORDINATORS,
    VERBS,
    Use,
)

_BEFORE_PARTICIPLE = (
    REPORTING_NOUNS | DASHES | frozenset(["by", "in", "after", "while", "before", "without", "upon", ",", QUOTATION])
)
"""What stands before "saying" when its subject is that of the clause."""
_AFTER_VERB = DETERMINERS | frozenset(
    ["for", "on", "to", ":", QUOTATION, "he", "she", "it", "they", "him", "her", "them"]
)
"""What follows a verb rather than the noun of the same form."""
_AFTER_INVERSION = frozenset(["", ",", ".", "who", "in", "on", "at", "after"])
_AFTER_PASSIVE = frozenset(["that", "to", "as", "of", "for"])
_WITHOUT_SUBJECT = frozenset(["and", "but", "then"])


class Found(Struct):
    """An attribution of a clause, in words of it."""

    source: Range
    cue: Range
    content: list[Range]
    """Empty where it follows in the next paragraph."""
    antecedent: Range | None = None
    """What a relative pronoun stands for."""
    says: bool = False
    """Its verb stands beside quotations, so that those which follow may belong to it."""


def read(clause: Clause) -> list[Found]:
    """Return the attributions of a clause, in the order of their cues."""
    found: list[Found] = []
    at = 0
    while at < len(clause.words):
        one: Found | None = None
        if clause.words[at] == "according" and clause.word(at + 1) == "to":
            one = _according(clause, at)
        elif clause.words[at] in VERBS:
            one = _verb(clause, at, found)
        if one is not None:
            found.append(one)
            at = max(at, one.cue[1] - 1)
        at += 1
    for one, after in pairwise(found):
        _end_before(clause, one, after)
    return found


def _end_before(clause: Clause, one: Found, after: Found) -> None:
    """End what is attributed where, after a comma, the next source begins that is not part of it."""
    start = min(after.source[0], after.cue[0])
    while start > 0 and clause.words[start - 1] in SUBORDINATORS:
        start -= 1
    if one.content and clause.word(start - 1) == ",":
        first, end = one.content[-1]
        if one.cue[1] <= first < start - 1 < end:
            one.content[-1] = (first, start - 1)


def _according(clause: Clause, at: int) -> Found | None:
    words, last = clause.words, clause.last()
    left = before(clause, at)
    if left is not None and (clause.says_more(at) or QUOTATION in words[:at]):
        stop = phrase_end(clause, at + 2)
    else:
        left = None
        stop = next((there for there in range(at + 2, last) if words[there] in (",", ":", QUOTATION)), last)
        if clause.word(stop + 1) in ARTICLES:  # "according to Smith, the mayor, …"
            closing = next((there for there in range(stop + 1, last) if breaks(clause, there)), last)
            stop = closing if clause.word(closing) == "," else stop
    if stop == at + 2:
        return None
    content = [] if left is None else [left]
    after = stop + (clause.word(stop) in (",", ":"))
    if after < last and clause.word(stop) in (",", ":", QUOTATION) and not (left and words[after] in SUBORDINATORS):
        content.append((after, last))
    return Found((at + 2, stop), (at, at + 2), content, says=True) if content or clause.word(stop) == ":" else None


def _verb(clause: Clause, at: int, found: list[Found]) -> Found | None:
    words, use, end = clause.words, VERBS[clause.words[at]], at + 1
    if clause.word(end) in PARTICLES.get(words[at], ()):
        if clause.word(end) == "on" and clause.word(end + 1) == "to":
            return None  # "went on to build ships"
        if clause.word(end) in SAYING_PARTICLES:
            use |= Use.SAY | Use.THAT
            end += 1
    elif words[at] in MAKING:
        end = next((there + 1 for there in range(end, end + 4) if clause.word(there) in ("clear", "plain")), 0)
        use |= Use.SAY | Use.THAT
    elif not use & (Use.SAY | Use.THAT | Use.TO | Use.OBJECT) or (use & Use.ING and clause.word(end) == "of"):
        return None
    if clause.capital(at) and at and words[at - 1] not in STOPS:
        return None  # "the United States"
    group = _group(clause, at, use) if end else None
    if group is None:
        return None
    if words[group] in BE and use & Use.PARTICIPLE:
        return _passive(clause, at, group)
    if words[at] == "called" and group == at and not _calls(clause, at):
        return None
    if clause.word(end) == "by" and use & Use.PARTICIPLE and _is_agent(clause, end + 1):
        return None  # "the plan, denounced by Smith": what of it Smith says is not plain
    source, antecedent = _subject(clause, group, at, use, found)
    if (
        source is None
        and group == at
        and use & Use.SAY
        and use & (Use.PAST | Use.THIRD)
        and words[at] not in ("told", "tells")
    ):
        inverted = _inverted(clause, at)
        if inverted is not None:
            return inverted
    if source is None and clause.word(group - 1) in _WITHOUT_SUBJECT | {","}:
        source = _shared(clause, found, group)
    if source is None:
        return None
    if clause.word(source[0] - 1) == "," and clause.capital(source[0]):
        title = phrase_start(clause, source[0] - 2)
        if title and words[title - 1] == QUOTATION:
            source = title, source[1]  # "…," a friend, Ann Lee said
    if use & Use.SAY:
        content = around(clause, source, end)
        if content:
            return Found(source, (group, end), content, antecedent, says=True)
    end, start = after_verb(clause, at, end, use)
    if start is None:
        return None
    within = words[source[1] - 1] == "who" or antecedent is not None or (source[0] == 1 and words[0] in OPENERS)
    stop = content_end(clause, start, within=within)
    if start < stop or start == len(words):
        content = [(start, stop)] if start < stop else []
        return Found(source, (group, end), content, antecedent, says=bool(use & Use.SAY))
    return None


def _group(clause: Clause, at: int, use: Use) -> int | None:
    """Return where the group of a verb begins: "has also said"; None if the word is no verb that attributes here."""
    words, start = clause.words, at
    while start > 0 and clause.adverb(start - 1):
        start -= 1
    previous = clause.word(start - 1)
    if previous.endswith("'s") and use & (Use.BASE | Use.THIRD):
        return None  # "Smith's replies"
    helped = (
        (previous in HAVE and use & Use.PARTICIPLE)
        or (previous in BE and use & (Use.ING | Use.PARTICIPLE))
        or (previous in MODALS and use & Use.BASE)
    )
    if helped and previous == "to":
        went_on = clause.word(start - 2) in ("on", "continued") and use & Use.SAY
        return start - 2 - (clause.word(start - 2) == "on") if went_on else None
    if helped and previous in BE and use & Use.PARTICIPLE:
        return start - 1
    finite = use & (Use.PAST | Use.THIRD | Use.BASE | Use.ING)
    if not helped and (not finite or (words[at] in NOUNS_TOO and not _is_verb(clause, at))):
        return None
    while start > 0 and (
        clause.adverb(start - 1) or (words[start - 1] in AUXILIARIES and not is_name_too(clause, start - 1))
    ):
        start -= 1
        if words[start] == "to":
            return None
    return start


def _is_verb(clause: Clause, at: int) -> bool:
    """Tell whether a word that may be a noun is a verb here, by its neighbours."""
    previous, after = clause.word(at - 1), clause.word(at + 1)
    if previous in DETERMINERS or previous in PREPOSITIONS or previous.endswith("'s") or previous in AUXILIARIES:
        return False
    if QUOTATION in clause.words[:at] and (not after or after in ENDS or after == "," or after in PREPOSITIONS):
        return True
    if after in ("that", "for", "on", "to"):
        return previous in PRONOUNS or (at > 0 and clause.capital(at - 1))
    return previous in PRONOUNS or after in _AFTER_VERB


def _subject(clause: Clause, group: int, at: int, use: Use, found: list[Found]) -> tuple[Range | None, Range | None]:
    """Return the subject of a verb group, and what it stands for if it is "who"."""
    words, previous = clause.words, clause.word(group - 1)
    if use & Use.ING and not any(word in AUXILIARIES for word in words[group:at]):
        return _subject_of_participle(clause, group, found), None
    if previous in ("who", "which"):
        antecedent = phrase_before(clause, group - 1 - (clause.word(group - 2) == ","))
        source = (group - 1, group) if antecedent or previous == "who" else None
        return source, antecedent and nearest_name(clause, antecedent)
    bare = use & Use.BASE and not use & Use.PAST and all(map(clause.adverb, range(group, at)))
    beside = use & Use.SAY and group == at and use & (Use.PAST | Use.THIRD)
    if previous in _WITHOUT_SUBJECT or (bare and previous in SUBORDINATORS):
        return None, None
    if beside and (previous == QUOTATION or (previous == "," and clause.word(at - 2) == QUOTATION)):
        return None, None
    source = phrase_before(clause, group)
    if source is not None and bare and not any(plural(clause, there) for there in range(*source)):
        return None, None
    return source, None


def _subject_of_participle(clause: Clause, at: int, found: list[Found]) -> Range | None:
    """Return whose "saying" it is: that of the verb or clause before, or of "is quoted as saying"."""
    words, previous = clause.words, clause.word(at - 1)
    if previous == "as" and "quoted" in words[max(0, at - 8) : at]:
        end = at - 1
        while end > 0 and (words[end - 1] == "quoted" or words[end - 1] in AUXILIARIES or clause.adverb(end - 1)):
            end -= 1
        return phrase_before(clause, end)
    if previous not in _BEFORE_PARTICIPLE:
        return None
    within = {there for one in found for content in one.content for there in range(*content)}
    main = [one for one in found if one.cue[0] not in within]
    return _shared(clause, main, at)


def _shared(clause: Clause, found: list[Found], group: int) -> Range | None:
    """Return the subject that a verb shares with the one before it, or with the clause."""
    for one in reversed(found):
        if one.source[1] <= group:
            return one.source
    return main_subject(clause, group)


def _passive(clause: Clause, at: int, group: int) -> Found | None:
    """Read "was told by Smith that …", and "… was denounced by Smith"."""
    by = next((there for there in range(at + 1, at + 4) if clause.word(there) == "by"), None)
    if by is None:
        return None
    end, last = phrase_end(clause, by + 1), clause.last()
    if end == by + 1 or not nominal(clause, (by + 1, end)):
        return None
    follows = end < last and clause.words[end] in _AFTER_PASSIVE
    content = (end, last) if follows else phrase_before(clause, group)
    return None if content is None else Found((by + 1, end), (group, by + 1), [content])


def _calls(clause: Clause, at: int) -> bool:
    """Tell "Smith called it" from "a boat called Smith", by what stands on both sides."""
    previous, after = clause.word(at - 1), clause.word(at + 1)
    if after == "the" and clause.capital(at + 2):
        return previous in PRONOUNS or clause.capital(at - 1)
    named = previous in PRONOUNS or clause.adverb(at - 1) or previous in STOPS or (at > 0 and clause.capital(at - 1))
    return named or after in _AFTER_VERB or after in PARTICLES["called"]


def _is_agent(clause: Clause, at: int) -> bool:
    """Tell whether what follows "by" is somebody, rather than "phone" or "saying"."""
    if at >= clause.last():
        return False
    return clause.words[at] in DETERMINERS or clause.words[at] == "such" or clause.capital(at) or plural(clause, at)


def _inverted(clause: Clause, at: int) -> Found | None:
    """Read "…," said Smith, and "Said Smith: …"."""
    words, last = clause.words, clause.last()
    end = phrase_end(clause, at + 1)
    source, cue, after = (at + 1, end), (at, at + 1), clause.word(end)
    if end == at + 1 or words[at + 1] in PREPOSITIONS or not nominal(clause, source):
        return None
    following = end + (after in (",", ":"))
    if at == 0 and (after == ":" or QUOTATION in words[end:]):
        start = following if after == ":" else words.index(QUOTATION, end)
        return Found(source, cue, [(start, last)] if start < last else [], says=True)
    previous, content = clause.word(at - 1), before(clause, at)
    if content is None or not (previous == QUOTATION or (previous == "," and after in _AFTER_INVERSION)):
        return None
    pieces = [content, (following, following + 1)] if clause.word(following) == QUOTATION else [content]
    return Found(source, cue, pieces, says=True)
