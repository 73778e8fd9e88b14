"""What can be wrong with a claim: changes of a sentence that falsify it, each in one respect."""

import re
from collections.abc import Callable, Iterator, Sequence

from embeddings.terms import terms
from evals.falsifiable import DAYS, MONTHS, NAME, NO_NAMES, Attribution, Place, names_of
from evals.rewording import Edit

_TITLE = re.compile(r"(?:President|Senator|Secretary|Governor|Sen\.|Gov\.|Rep\.|Mr\.|Mrs\.|Ms\.|Dr\.) ")
_SAYING = re.compile(
    r"(?:(?:also|later|has|have|had|then) )?(?:says?|said|told [\w ]{2,30}|argue[sd]?|claim(?:s|ed)?|writes?|wrote|"
    r"warn(?:s|ed)?|insist(?:s|ed)?|add(?:s|ed)|suggest(?:s|ed)|allege[sd]?|tweeted|state[sd]|believe[sd]?|"
    r"contend(?:s|ed)?|according to)(?: that)?",
    re.IGNORECASE,
)
_FINITE = re.compile(r"\b(?:is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|[a-z]{2,}ed)\b")
_UNCLEAR = re.compile(r"\b(?:I|me|my|we|us|our|you|your|he|she|him|they|them|it)\b", re.IGNORECASE)
"""What cannot be said without its speaker, or by another."""
_SMALL = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_UNITS = {
    "million": "billion", "billion": "million", "trillion": "billion", "thousand": "million", "days": "weeks",
    "weeks": "months", "months": "years", "years": "months", "hours": "days", "minutes": "hours",
}  # fmt: skip
_NUMBER = re.compile(
    rf"(?<![\w.,:/-])[$€£]?(?P<value>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{'|'.join(_SMALL)})"
    r"(?:%|[ -](?P<unit>[a-z]{3,}))(?!\w)"
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_DATE = re.compile(
    rf"\b(?:(?P<day>{'|'.join(DAYS)})|(?P<month>{'|'.join(MONTHS)})(?: (?P<number>\d{{1,2}})(?![\d,]*\d))?|"
    r"(?:in|since|of|before|after|by|until|during) (?P<year>(?:19|20)\d\d)|"
    r"(?:last|next|this) (?P<span>week|month|year))\b"
)
_AFFIRMED = re.compile(
    r"\b(?:is|are|was|were|will|would|can|could|should|must|may|has been|have been|had been)\b"
    r"(?= [a-z])(?! (?:not|never|no|only|to)\b)"
)
_DENIED = re.compile(r"(?<!\bca)(?<!\bwo)n[’']t\b| not(?! (?:only|just|merely|least|yet|to)\b)(?= )")
_BETWEEN = re.compile(
    rf"(?<!\bof )(?<!\bfor )(?<!\band )(?P<first>{NAME}) (?:(?:has|have|had|also|later|then|[a-z]+ly) )*"
    r"(?P<verb>[a-z]{2,}(?:ed|s)|told|beat|sent|gave|led|hit|took|chose|left|put|(?:was|were) [a-z]+ed by)"
    rf"(?: (?:to|against|from|over|for|at|of|about))?(?: the)? (?:{_TITLE.pattern})?(?P<second>{NAME})"
    r"(?=[.,;]| (?:for|in|on|over|of|with|as|at|to|after|because|and|during|by|from|that|when|while|about)\b)"
)
_EITHER_WAY = re.compile(
    r"(?:across|towards|versus|talk|spoke|speak|is|has|does|as|its|his|this|says|join|agree|includ|debat|match|resembl)"
)
"""Verbs between two names that say the same the other way round, or are none."""
_ENDINGS = ("ing", "ed", "tion", "ly", "ies", "s", "")


def _number(place: Place) -> list[Edit]:
    found = place.one_of(each for each in _NUMBER.finditer(place.text) if not _YEAR.fullmatch(each["value"]))
    if found is None:
        return []
    value, unit = found["value"], found["unit"]
    if unit in _UNITS and place.chance.getrandbits(1):
        return [Edit(*found.span("unit"), _UNITS[unit])]
    if value in _SMALL:
        others = [each for each in _SMALL if each != value]
    else:
        others = [digit + value[1:] for digit in "123456789" if digit != value[0]]
    others = [each for each in others if each not in place.article]
    return [Edit(*found.span("value"), place.chance.choice(others))] if others else []


def _date(place: Place) -> list[Edit]:
    found = place.one_of(_DATE.finditer(place.text))
    if found is None:
        return []
    part = "number" if found["number"] else str(found.lastgroup)
    others: dict[str, Sequence[str]] = {
        "day": DAYS,
        "month": MONTHS,
        "number": [str(day) for day in range(1, 29)],
        "year": [str(int(found["year"] or 0) + by) for by in (-3, -2, -1, 1, 2)],
        "span": ("week", "month", "year"),
    }
    return [Edit(*found.span(part), place.chance.choice([each for each in others[part] if each not in place.text]))]


def _negation(place: Place) -> list[Edit]:
    denied = place.one_of(_DENIED.finditer(place.text))
    if denied:
        return [Edit(*denied.span(), "")]
    affirmed = place.one_of(_AFFIRMED.finditer(place.text))
    if affirmed is None:
        return []
    after = affirmed.start() + len(affirmed.group().split()[0])
    return [Edit(after, after, place.chance.choice([" not", " not", " never"]))]


def _roles(place: Place) -> list[Edit]:
    acting = [
        found
        for found in _BETWEEN.finditer(place.text)
        if not _EITHER_WAY.match(found["verb"])
        and NO_NAMES.isdisjoint(f"{found['first']} {found['second']}".split())
        and not set(terms(found["first"])) & set(terms(found["second"]))
    ]
    found = place.one_of(acting)
    if found is None:
        return []
    return [Edit(*found.span("first"), found["second"]), Edit(*found.span("second"), found["first"])]


def _name(place: Place) -> list[Edit]:
    """Exchange a name for another of the article, a place for a place."""
    said_by = [one.source for one in place.attributions]
    own = [
        (name, span)
        for name, span in names_of(place.text).items()
        if not place.cited(span) and not any(span[0] < end and start < span[1] for start, end in said_by)
    ]
    if not own:
        return []
    name, span = place.chance.choice(own)
    others = [
        each
        for each in place.names
        if len(each.split()) == len(name.split()) and (each in place.places) == (name in place.places)
    ]
    return [Edit(*span, place.chance.choice(others))] if others else []


def _said(place: Place) -> Iterator[Attribution]:
    """Attributions of speech to a source that is named or described."""
    for one in place.attributions:
        cue, source = place.text[slice(*one.cue)], place.text[slice(*one.source)]
        if _SAYING.fullmatch(cue.strip()) and not _UNCLEAR.search(source):
            yield one


def _speaker(place: Place) -> list[Edit]:
    for one in _said(place):
        if place.text[slice(*one.source)] in names_of("… " + place.text) and place.sources:
            return [Edit(*one.source, place.chance.choice(place.sources))]
    return []


def _stripped(place: Place) -> list[Edit]:
    """Leave out who says it, where that begins or ends the sentence, and quotation marks around all of the rest."""
    for one in _said(place):
        start, end = one.content
        content = place.text[start:end]
        if len(content.split()) < 6 or not _FINITE.search(content) or _UNCLEAR.search(content):
            continue
        before, after = place.text[:start], place.text[end:]
        marks = [(at, at + 1) for at in range(start, end) if place.text[at] in '“”"']
        if marks and (place.text[start] not in '“"' or len(marks) != 2 or place.text[end - 1] not in '”"'):
            continue
        first = start + bool(marks) + len("that ") * content.startswith("that ")
        unsaid = [Edit(*mark, "") for mark in marks[1:]]
        saying = (min(one.source[0], one.cue[0]), max(one.source[1], one.cue[1]))
        opens = place.text[saying[1] : start].strip(" ,:") in ("", "that") and not before[: saying[0]].strip()
        if opens and saying[1] <= start and not after.strip(" ."):
            return [Edit(0, first + 1, place.text[first].upper()), *unsaid]
        ends = not place.text[end : saying[0]].strip(" ,—") and not place.text[saying[1] :].strip(" .")
        if ends and end <= saying[0] and not before:
            last = end - bool(marks)
            tail = Edit(len(place.text[:last].rstrip(" ,.—")), len(place.text), ".")
            return [*([Edit(start, first + 1, place.text[first])] if marks else []), tail]
    return []


def _quotation(place: Place) -> list[Edit]:
    """Exchange a word of a quotation for another of the article that ends alike."""
    long = [span for span in place.quoted if len(place.text[slice(*span)].split()) >= 4]
    if not long:
        return []
    start, end = place.chance.choice(long)
    words = [
        word
        for word in re.finditer(r"\b[a-z]{5,}\b(?![’'])", place.text)
        if start <= word.start() and word.end() <= end
    ]
    if not words:
        return []
    word = place.chance.choice(words)
    ending = next(each for each in _ENDINGS if word.group().endswith(each))
    others = sorted(
        each
        for each in set(re.findall(r"\b[a-z]{5,}\b", place.article)) - set(place.text.split())
        if each.endswith(ending) and terms(each) != terms(word.group())
    )
    return [Edit(*word.span(), place.chance.choice(others))] if others else []


KINDS: dict[str, Callable[[Place], list[Edit]]] = {
    "number changed": _number,
    "date changed": _date,
    "name changed": _name,
    "negation": _negation,
    "roles swapped": _roles,
    "wrong speaker": _speaker,
    "attribution stripped": _stripped,
    "quotation altered": _quotation,
}
