"""A question about several things to one question about each, to be searched for one by one. Rules, for English."""

import re
from collections.abc import Callable, Iterator, Sequence

from service.answers import Turn
from service.condenser.follow_ups import standalone
from service.condenser.leaning import name_terms, points_back, telling

MOST_PARTS = 4
_CLAUSE = 5
"""Words below which a clause belongs to the one before."""
_NEAR = 120
"""Characters on either side of "and" in which a name is looked for."""

_ASKING = r"(?:who|whom|whose|what|when|where|why|which|how)"
_HELPING = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)"
_SMALL = r"(?:of|the|in|on|at|for|to|a|an|de|la|von|van|al|bin|ibn)"
_NAMED = rf"(?:the )?[\"“‘']?[A-Z0-9][^\s,?]*(?: (?:{_SMALL} ){{0,2}}[\"“‘'(&]?[A-Z0-9][^\s,?]*){{0,9}}"
_DETERMINED = r"(?=(?:the|one|that|another|an?)\s)"

_FUNCTION_WORD = re.compile(rf"(?:{_ASKING}|{_HELPING}|between|before|after|since|the|in|both)\b", re.IGNORECASE)
_ANOTHER_QUESTION = re.compile(rf"(?<=\?)\s|,?\s(?:and|but)\s(?:also\s)?(?={_ASKING}\s(?:\w+\s)?{_HELPING}\b)", re.I)
_BETWEEN = re.compile(rf"(?P<before>.*?)\bbetween\s(?P<sides>.+?)(?P<after>(?:,\s{_HELPING}\s.+)?)", re.IGNORECASE)
_OTHER_SIDE = re.compile(rf",?\sand\s{_DETERMINED}")
_CLAUSES = re.compile(
    rf"^(?:before|after)\s|,\s(?:while|whereas)\s|,?\sas opposed to\s|,\s(?:and|but|or)\s(?:also\s)?(?={_HELPING}\s)"
    r"|,\s(?=(?:do|does|did)\s|(?:is|was|were|has|have)\s(?:there|the|[A-Z'\"“‘]))"
)
_PREDICATES = re.compile(
    r",\s(?:(?:and|but|while|or)\s)?(?:also\s)?"
    rf"(?=(?:who|whose|which|{_HELPING}|not only)\s"
    r"|(?!including|indicating|according|during|reported|published)\w+(?:ed|ing)\s)"
)
_SUBJECT = re.compile(rf"who\b|(?:which|what)(?:\s(?!{_HELPING}\b)[\w'’-]+){{1,3}}", re.IGNORECASE)
_PREDICATE = re.compile(rf"(?:{_HELPING}|not only|\w+(?:ed|ing))\s", re.IGNORECASE)
_JOINED = re.compile(r",?\s(and|or)\s")
_NAME_BEFORE = re.compile(rf"(?<![^\s(]){_NAMED}$")
_NAME = re.compile(_NAMED)
_BOTH_NAMED = re.compile(r"\bboth\s(?=(?:[a-z]+,?\s)?$)")
_BOTH_WORDS = re.compile(r"\bboth\s(?P<one>\w+)\sand\s(?P<other>\w+)\b")
_BOTH_DO = re.compile(rf"(?P<helping>{_HELPING})\s(?P<one>[^,]+?)\sand\s(?P<other>{_DETERMINED}[^,]+?)\sboth\s")
_OF_EACH = re.compile(r"\b(?:both|same|share|shared|similar|alike|in common|each|differ\w*|disagree|agree|compare)\b")
_OUT_OF = re.compile(r"\b(?:between|out of|among)\s(?P<sides>[^,?]+)$")
_WEIGHED = re.compile(
    r"\b(?:differ\w*|distinction|choice|chang\w*|consistent\w*|inconsistent\w*|remain\w*|same|shift\w*|compar\w*|contrast\w*|"
    r"first|last|earli\w+|lat\w+|old\w+|young\w+|long\w+|short\w+|bigg\w+|larg\w+|small\w+|high\w+|low\w+|tall\w+|better|best|"
    r"worse|worst|more|most|less|least|fewer|faster|closer)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"(?P<helping>{_HELPING})\s(?P<one>.+?)\s(?:before|after)\s(?P<other>.+)")
_CAPITAL = re.compile(r"\b[A-Z]")
_DATED = re.compile(r"\w+day\b|\d|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Christmas|Easter|Ramadan)")
_AGAINST = re.compile(r",?\s(?:(?<!\bbeen\s)(?<!\bbe\s)compare[sd]?\s(?:to|with)|differ(?:s|ed)?\sfrom|versus|vs\.?)\s")
_ASKED_OF = re.compile(rf"(?:(?:{_ASKING}|{_HELPING})\s)+", re.IGNORECASE)


def parts(question: str) -> tuple[str, ...]:
    """Divide a question that compares, or asks for several things; nothing when it asks for one.

    Each part stands alone: what both sides share is in each, outlets and dates stay with what they belong to.
    """
    found, _ = _divided(question)
    return found


def describes_one_thing(question: str) -> bool:
    """Tell whether its parts are but traits of one thing: which company did this, is that, and was accused of a third?

    Whoever names it has answered all of them.
    """
    _, way = _divided(question)
    return way is _predicates


def _divided(question: str) -> tuple[tuple[str, ...], Callable[[str], list[str]] | None]:
    """Give the parts, and the way in which they were found."""
    asked = " ".join(question.split()).rstrip("?！？. ")
    if _FUNCTION_WORD.match(asked):
        asked = asked[:1].lower() + asked[1:]
    for way in (_questions, _choice, _between, _predicates, _clauses, _pair, _before, _against):
        found = tuple(dict.fromkeys(map(_tidy, way(asked))))
        if len(found) > 1:
            return found[:MOST_PARTS], way
    return (), None


def _questions(asked: str) -> list[str]:
    """Questions one after the other, the later ones with what they take from the first."""
    pieces = _ANOTHER_QUESTION.split(asked)
    if any(len(piece.split()) < 3 for piece in pieces):
        return []
    return pieces[:1] + [_resolved(pieces[:1], piece) for piece in pieces[1:]]


def _choice(asked: str) -> list[str]:
    """Which is it, A or B?"""
    stem, comma, rest = asked.partition(", ")
    items = rest.replace(", or ", ", ").split(", ") if ", or " in rest else rest.split(" or ")
    if not comma or len(items) < 2 or not re.match(_ASKING, stem) or not all(map(_NAME.match, items)):
        return []
    return [f"{stem}, {item}" for item in items]


def _between(asked: str) -> list[str]:
    """Between the one report and the other, was there ...? Has it changed between the one and the other?"""
    match = _BETWEEN.fullmatch(asked)
    if match is None or (match["before"] and not _WEIGHED.search(match["before"] + match["after"])):
        return []
    before, sides, after = match.groups()
    middle = len(sides) / 2
    joint = min(_OTHER_SIDE.finditer(sides), key=lambda joint: abs(joint.start() - middle), default=None)
    if joint is None:
        return []
    one, other = sides[: joint.start()], sides[joint.end() :]
    if kind := re.match(r"the [a-z]+\b", one):
        other = re.sub(r"^(?:the one|that)\b", kind.group(), other)
    return [f"{before}{side}{after}" for side in (one, other)]


def _clauses(asked: str) -> list[str]:
    """Clauses with a subject each, and names that share one of them."""
    clauses = _joined(_CLAUSES.split(asked))
    first = clauses[:1]
    clauses = first + [_resolved(first, clause) if points_back(clause) else clause for clause in clauses[1:]]
    return [part for clause in clauses for part in _pair(clause) or [clause]]


def _predicates(asked: str) -> list[str]:
    """What is said of one subject: which company did this, is that, and was accused of a third?"""
    subject = _SUBJECT.match(asked)
    if subject is None:
        return []
    first, *others = _joined(_PREDICATES.split(asked))
    return [first, *(f"{subject.group()} {each}" if _PREDICATE.match(each) else each for each in others)]


def _pair(asked: str) -> list[str]:
    """A and B, where the question says that it is about each."""
    for start, joiner, end in _names_joined(asked):
        before, after = asked[:start], asked[end:]
        one, other = asked[start : joiner.start()], asked[joiner.end() : end]
        if both := _BOTH_NAMED.search(before):
            before = before[: both.start()] + before[both.end() :]
        elif joiner[1] == "or":
            if not re.fullmatch(rf"{_HELPING}\s", before):
                continue
        elif after.startswith(" and ") or not _OF_EACH.search(after):
            continue
        return [f"{before}{one}{after}", f"{before}{other}{after}"]
    if both := _BOTH_DO.match(asked) or _BOTH_WORDS.search(asked):
        before = f"{both['helping']} " if "helping" in both.groupdict() else asked[: both.start()]
        return [f"{before}{both[side]} {asked[both.end() :]}" for side in ("one", "other")]
    last = _OUT_OF.search(asked)
    if last and last["sides"].count(" and ") == 1 and _WEIGHED.search(asked, 0, last.start()):
        return [asked[: last.start("sides")] + side for side in last["sides"].split(" and ")]
    return []


def _names_joined(asked: str) -> Iterator[tuple[int, re.Match[str], int]]:
    """Where two names are joined: the start of the first, what joins them, the end of the second."""
    for joiner in _JOINED.finditer(asked):
        before = asked[max(0, joiner.start() - _NEAR) : joiner.start()]
        one, other = _NAME_BEFORE.search(before), _NAME.match(asked, joiner.end(), joiner.end() + _NEAR)
        if one and other:
            yield joiner.start() - len(one.group()), joiner, other.end()


def _before(asked: str) -> list[str]:
    """Did this happen before that? Where that is only a name, it did the same."""
    match = _BEFORE.match(asked)
    if match is None or not (_CAPITAL.search(match["one"]) and _CAPITAL.search(match["other"])):
        return []
    helping, one, other = match.groups()
    if _NAME.fullmatch(other):
        actor = _NAME.match(one)
        if actor is None or _DATED.match(other):
            return []
        other += one[actor.end() :]
    return [f"{helping} {one}", f"{helping} {other}"]


def _against(asked: str) -> list[str]:
    """This compared with that; a short side takes the words of the other that are no names."""
    one, *others = _AGAINST.split(asked, maxsplit=1)
    if not others:
        return []
    one, other = _ASKED_OF.sub("", one, count=1), others[0]
    if len(telling(other)) <= 2:
        named = name_terms(f"of {one}")
        other = " ".join([other, *(word for word in one.split() if not set(telling(word)) <= named)])
    return [one, other]


def _resolved(before: Sequence[str], piece: str) -> str:
    """Give a piece what it takes from those before."""
    return standalone(piece, [Turn(role="user", text=earlier) for earlier in before]).text


def _joined(clauses: Sequence[str]) -> list[str]:
    """Join clauses too short to stand alone to the one before, and the shortest neighbours until there are few."""
    joined: list[str] = []
    for clause in filter(None, clauses):
        if joined and min(len(clause.split()), len(joined[-1].split())) < _CLAUSE:
            joined[-1] += f", {clause}"
        else:
            joined.append(clause)
    while len(joined) > MOST_PARTS:
        at = min(range(len(joined) - 1), key=lambda place: len(joined[place]) + len(joined[place + 1]))
        joined[at : at + 2] = [f"{joined[at]}, {joined[at + 1]}"]
    return joined


def _tidy(part: str) -> str:
    """Begin with a capital, end as a question, and speak of no "both"."""
    line = " ".join(re.sub(r"\bboth\s", "", part).split()).strip(" ,?")
    return f"{line[:1].upper()}{line[1:]}?"
