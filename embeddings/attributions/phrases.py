"""The noun phrases of a clause: who may be the source of an attribution, found without a parser.

A phrase is what stands around its last or first word up to a word or mark that cannot belong to it.
"""

from embeddings.attributions.clauses import QUOTATION, STOPS, Clause, Range
from embeddings.attributions.words import (
    ADVERBS,
    AUXILIARIES,
    DAYS,
    DETERMINERS,
    NO_PERSON,
    NOUNS_TOO,
    OTHER_VERBS,
    PLURALS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    VERBS,
    Use,
)

ARTICLES = frozenset(["the", "a", "an", "its", "their", "our", "my", "your", "every", "no", "other", "more"])
OPENERS = (SUBORDINATORS | PREPOSITIONS) - {"and", "but", "or", "so", "that", "what", "how", "why", "who"}
"""Words that begin something other than the main clause: "after", "when"."""

_LONGEST = 32
"""Words of a phrase."""
_LONGEST_BRACKETS = 8
_WHEN = DAYS | frozenset(["week", "month", "year", "morning", "afternoon", "evening", "night", "last", "this", "late"])
_VAGUE = frozenset(["many", "some", "others", "most"])
_RELATIVE = frozenset(["who", "which"])
_THIS = frozenset(["that", "this", "one"])
"""Pronouns that may also stand before a noun."""
_SUBJECT_PRONOUNS = PRONOUNS - _THIS
_COORDINATING = frozenset(["and", "but", "or", "so", "yet", "nor", ",", "(", ")"])
_BEFORE_CLAUSE = frozenset(["after", "before", "since", "as", "until", "like", "than"])
_AFTER_VERB = (
    DETERMINERS
    | PRONOUNS
    | PREPOSITIONS
    | frozenset(["down", "up", "out", "off", "back", "away", "himself", "herself", "itself", "themselves"])
) - {"by"}
_NO_APPOSITION = SUBORDINATORS | PREPOSITIONS | PRONOUNS | AUXILIARIES | ADVERBS | frozenset(VERBS)
_AFTER_APPOSITION = frozenset(["", ".", ",", "who", "?", "!", QUOTATION])
_SMALL = STOPS | PREPOSITIONS | SUBORDINATORS | DETERMINERS | PRONOUNS | AUXILIARIES
_NO_REMARK = (PRONOUNS - _RELATIVE) | frozenset(["but", "because", "so", "yet", "nor"])
"""What begins no apposition, but a clause of its own."""
_CLOSERS = {",": ",", ")": "(", "—": "—", "–": "–", "-": "-"}
"""What an apposition or remark ends with, and what it then begins with."""


def phrase_before(clause: Clause, end: int) -> Range | None:
    """Return the noun phrase that ends before a word, with the appositions and brackets after its head."""
    words = clause.words
    at = last = end - 1
    while at > 0 and last - at < _LONGEST and words[at] in _CLOSERS:
        opener = _CLOSERS[words[at]]
        opening = at - 1
        while opening > 0 and at - opening < _LONGEST and words[opening] not in (opener, QUOTATION):
            opening -= 1
        if opening == 0 or words[opening] != opener or at - opening < 2:
            return None
        if words[opening + 1].partition("'")[0] in _NO_REMARK:
            return None  # "…, he thinks, said"
        at = opening - 1
        if opener == "," and words[at - 1] == "," and (words[at].isdigit() or words[at][1:2] == "-"):
            at -= 2  # "Smith, 63, a nurse, said", "Smith, R-Ohio, the chair, said"
    start = phrase_start(clause, at)
    if start is None:
        return None
    if at < last and start > 1 and words[start - 1] == "," and not clause.capital(start):
        named = phrase_start(clause, start - 2)  # "Smith, editor of the Echo, a weekly, said"
        placed = clause.capital(at) and clause.capital(at + 2) and clause.capital(start - 2)
        fits = words[start] not in DETERMINERS or placed  # "Smith, the mayor of Salem, Oregon, said"
        if fits and named is not None and clause.word(named - 1) not in PREPOSITIONS:
            start = named
    return _trimmed(clause, (start, last if words[last] in _CLOSERS and words[last] != ")" else end))


def _trimmed(clause: Clause, phrase: Range) -> Range:
    """Return a phrase without what says when: "Smith on Monday", "Smith last week", "Smith also"."""
    first, end = phrase
    while end - first > 1 and (clause.words[end - 1] in _WHEN or clause.adverb(end - 1)):
        end -= 1
        if clause.words[end - 1] in ("on", "in") and end - first > 1:
            end -= 1
    return first, end


def phrase_start(clause: Clause, last: int) -> int | None:
    """Return where the noun phrase begins that ends with a word, None if the word ends none."""
    words, word = clause.words, clause.word(last)
    if not word:
        return None
    if word in _SUBJECT_PRONOUNS or (word in _VAGUE and _noun(clause, last - 1)):
        return last if word != "which" else None
    if breaks(clause, last) or word in PREPOSITIONS or word in SUBORDINATORS or word in ARTICLES:
        return None
    at, conjunction = last, 0
    while at >= 0 and last - at < _LONGEST and not breaks(clause, at) and words[at] not in _BEFORE_CLAUSE:
        if words[at] in ("and", "or"):
            conjunction = at
        at -= 1
        if at >= 0 and words[at + 1] in ARTICLES and not clause.capital(at + 1) and _noun(clause, at):
            break  # "the forces | the army calls"
    start, boundary = at + 1, clause.word(at)
    if boundary and boundary not in STOPS and boundary not in SUBORDINATORS and conjunction:
        start = conjunction + 1  # "took the stage and Smith said"
    elif at > 1 and "who" in (boundary, words[at - 1]) and boundary != ",":
        who = at - (boundary != "who")
        earlier = phrase_start(clause, who - 1 - (words[who - 1] == ","))
        if earlier is not None:
            return earlier
    while start < last and (words[start] in ADVERBS or words[start] in DAYS or words[start] in STOPS | {"and", "or"}):
        start += 1
    verb = start if boundary in _BEFORE_CLAUSE else at
    participle = clause.word(verb).endswith("ing") and clause.word(verb - 1) in _BEFORE_CLAUSE
    about = words[start] in ("about", "around", "over") and plural(clause, start + 1)
    if participle or (words[start] in PREPOSITIONS and not about):
        begin = _after_preposition(clause, start, last)
        if begin is None:
            return None
        start = begin
    return start if nominal(clause, (start, last + 1)) else None


def _after_preposition(clause: Clause, first: int, last: int) -> int | None:
    """Return where the subject begins in "On Monday Smith": with the last name, or the last article."""
    words, start = clause.words, last
    if clause.capital(last):
        while start > first and clause.capital(start - 1) and words[start - 1] not in DAYS:
            start -= 1
        return start
    while start > first and words[start] not in DETERMINERS and words[start - 1] not in PREPOSITIONS:
        start -= 1
    return start if words[start] in DETERMINERS else None


def phrase_end(clause: Clause, start: int) -> int:
    """Return where the noun phrase ends that begins with a word, with the apposition after it; `start` if none does."""
    words, end = clause.words, start
    if clause.word(end) in _SUBJECT_PRONOUNS:
        return end + 1
    named = end < len(words) and clause.capital(end)
    while end < len(words) and end - start < _LONGEST and not breaks(clause, end):
        word = words[end]
        if (end > start and word in DAYS) or (named and word == QUOTATION):
            break
        if word in PREPOSITIONS and word != "of" and (named or word in ("on", "during", "in", "at", "after", "as")):
            break
        end += 1
    while end > start and words[end - 1] in ("and", "or"):
        end -= 1
    return end if end == start else _apposition_end(clause, end)


def _apposition_end(clause: Clause, end: int) -> int:
    """Return where brackets, age, apposition and relative clause end that follow a phrase."""
    words = clause.words
    if clause.word(end) == "(" and ")" in words[end : end + _LONGEST_BRACKETS]:
        end = words.index(")", end) + 1
    if clause.word(end) == "," and clause.word(end + 1).isdigit() and clause.word(end + 2) == ",":
        end += 2
    after = clause.word(end + 1)
    may_be = after in DETERMINERS or (after.isalpha() and after not in _NO_APPOSITION and not after.endswith("ing"))
    if clause.word(end) == "," and may_be:
        stop = end + 1
        while stop < len(words) and stop - end < _LONGEST and words[stop] != QUOTATION and not breaks(clause, stop):
            stop += 1
        if clause.word(stop) in _AFTER_APPOSITION:
            end = stop
    if clause.word(end) == "who":
        while end < clause.last() and words[end] not in (",", QUOTATION):
            end += 1
    return end


def main_subject(clause: Clause, limit: int) -> Range | None:
    """Return the subject that a clause begins with, perhaps after adverbials, before a word."""
    words, start = clause.words, 0
    while start < limit:
        if words[start] in _COORDINATING or clause.adverb(start):
            start += 1
        elif _opens_adverbial(clause, start):
            while start < limit and words[start] not in (",", QUOTATION):
                start += 1
            start += 1
        else:
            end = _subject_end(clause, start, limit)
            if not _is_adverbial(clause, start, end, limit):
                break
            start = end  # "Hours later,"
    else:
        return None
    if end < limit and words[end] in PRONOUNS - _RELATIVE:
        start, end = end, end + 1  # "Recently she"
    if end == limit and words[end - 1] == "and" and words[end - 2].endswith("ed"):
        end -= 2  # "The court overruled and said"
    found = start < end < limit and words[start] != "there" and nominal(clause, (start, end))
    return _trimmed(clause, (start, end)) if found else None


def nearest_name(clause: Clause, phrase: Range) -> Range:
    """Return the name after the last preposition of a phrase, where it ends with one: what "who" stands for."""
    first, end = phrase
    if clause.capital(end - 1) or clause.words[end - 1] == "those":
        for at in range(end - 1, first, -1):
            if clause.words[at - 1] in PREPOSITIONS and clause.words[at - 1] != "of":
                return at, end
    return phrase


def _opens_adverbial(clause: Clause, at: int) -> bool:
    word = clause.words[at]
    if word in OPENERS or word in DAYS or word.endswith("ing"):
        return True
    return breaks(clause, at) and word not in PRONOUNS


def _subject_end(clause: Clause, start: int, limit: int) -> int:
    named = clause.capital(start) and start + 1 < limit and clause.capital(start + 1)
    end = start
    while end < limit and not breaks(clause, end) and end - start < _LONGEST:
        word = clause.words[end]
        if named and word in PREPOSITIONS and word != "of":
            break
        if end > start and not clause.capital(end):
            subject = clause.capital(end - 1) or plural(clause, end - 1)
            if subject and (word.endswith("ed") or VERBS.get(word, Use.BASE) & Use.ING):
                break  # "Smith resisted", "officials asking"
            if end > start + 1 and word in ARTICLES and _noun(clause, end - 1):
                return end - 1  # "Smith | punctures the idea"
        end += 1
    return end


def _is_adverbial(clause: Clause, start: int, end: int, limit: int) -> bool:
    """Tell whether the words before a comma only say when or how, so that the subject follows."""
    if not start < end < limit or clause.words[end] != "," or any(map(clause.capital, range(start + 1, end))):
        return False
    after = clause.word(end + 1)
    return after in PRONOUNS - _RELATIVE or (end + 1 < limit and clause.capital(end + 1)) or clause.adverb(end - 1)


def breaks(clause: Clause, at: int) -> bool:
    """Tell whether a word or mark cannot be within a plain noun phrase."""
    word = clause.words[at]
    if word in STOPS:
        return word != QUOTATION or clause.pauses(at)
    if word in SUBORDINATORS:
        return word not in ("and", "or")
    if word in PRONOUNS:
        return word not in _THIS
    if word in AUXILIARIES or word in OTHER_VERBS:
        return not is_name_too(clause, at)
    after = clause.word(at + 1)
    if word in VERBS:
        finite = VERBS[word] & (Use.PAST | Use.THIRD) and word not in NOUNS_TOO
        return bool(finite) and not _adjectival(clause, at) and after != "by"
    return word.endswith("ed") and len(word) > 4 and after in _AFTER_VERB and not _adjectival(clause, at)


def is_name_too(clause: Clause, at: int) -> bool:
    """Tell whether a word like "will" is a name here."""
    return clause.capital(at) and (at > 0 or (len(clause.words) > 1 and clause.capital(1)))


def _adjectival(clause: Clause, at: int) -> bool:
    before = clause.word(at - 1)
    return before in DETERMINERS or before.endswith(("ly", "'s")) or clause.capital(at)


def _noun(clause: Clause, at: int) -> bool:
    """Tell whether a word is neither a mark nor one of the small words of the language."""
    return at >= 0 and clause.words[at] not in _SMALL and not clause.adverb(at)


def nominal(clause: Clause, phrase: Range) -> bool:
    """Tell whether a phrase has a word that can name somebody."""
    return any(
        word[0].isalnum() and word not in PREPOSITIONS and word not in ADVERBS and word not in DAYS
        for word in clause.words[slice(*phrase)]
    )


def plural(clause: Clause, at: int) -> bool:
    """Tell whether a word looks like a plural."""
    word = clause.word(at)
    if word in PLURALS or word[:1].isdigit():
        return True
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))


def head(clause: Clause, phrase: Range) -> Range:
    """Return a noun phrase without apposition, brackets and relative clause, unless only these name somebody."""
    first, end = phrase
    for at in range(first + 1, end):
        if clause.words[at] == QUOTATION and (clause.words[at - 1] in DETERMINERS or at + 1 < end):
            continue  # "the “iron” mayor", "Ann “Iron” Lee"
        if clause.words[at] in STOPS or clause.words[at] in _RELATIVE:
            named = any(map(clause.capital, range(first, at))) or not any(map(clause.capital, range(at, end)))
            return (first, at) if named else phrase
    return phrase


def is_name(clause: Clause, phrase: Range) -> bool:
    """Tell whether a phrase ends with a name, whoever or whatever bears it."""
    first, end = head(clause, phrase)
    return clause.capital(end - 1) and clause.words[first] not in PRONOUNS and clause.words[end - 1] not in DAYS


def is_person(clause: Clause, phrase: Range) -> bool:
    """Tell whether a phrase is a name, perhaps with a title, and not of several, a place, a paper or an office."""
    first, end = phrase
    words = clause.words[first:end]
    if not clause.capital(end - 1) or len(words[-1]) < 3 or "." in words[-1] or breaks(clause, first):
        return False
    if any(word in NO_PERSON or word in DETERMINERS or word == "and" for word in words):
        return False
    return not any(word in PREPOSITIONS and (word != "of" or not clause.capital(first)) for word in words)
