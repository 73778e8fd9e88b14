"""What kind of thing a question asks for, and how far a sentence holds such a thing. Rules, for English."""

import re
from typing import Literal

AnswerType = Literal[
    "person", "name", "place", "time", "duration", "quantity", "money", "percentage", "reason", "statement", "other"
]
NAMES: frozenset[AnswerType] = frozenset(["person", "name", "place"])
VALUES: frozenset[AnswerType] = frozenset(["time", "duration", "quantity", "money", "percentage"])
WORDINGS: frozenset[AnswerType] = frozenset(["reason", "statement"])

_NAMED = (
    "agency|airline|airport|app|award|band|book|brand|club|company|event|film|firm|group|hospital|language|movie|nation|"
    "network|newspaper|organi[sz]ation|party|religion|school|show|song|team|tournament|university"
)
_BEGIN = r"(?:^|[.!?,:;]\s)\W*"
"""Where a question begins, of which a statement may come first."""
_QUESTIONS: tuple[tuple[AnswerType, str], ...] = (
    ("duration", r"\bhow long\b|\bfor how many (?:years|months|weeks|days|hours|minutes)\b"),
    ("percentage", r"\b(?:what|which) (?:percentage|percent|share|proportion)\b|\bhow many per ?cent\b"),
    ("money", r"\bhow much (?:money|cash)\b|\bhow much\b.*\b(?:cost|costs|pay|paid|earn|raised?|spend|spent|worth)\b"),
    ("money", r"\b(?:what|which) (?:price|sum|fee)\b|\bwhat (?:is|was|are|were) the (?:price|cost|fee)\b"),
    ("quantity", r"\bhow (?:many|much|far|old|big|large|tall|high|fast|deep|often|few|heavy|close)\b"),
    ("quantity", r"\b(?:what|which) (?:number|amount|fraction|age)\b"),
    ("time", rf"{_BEGIN}when\b|\b(?:since|until|by|from) when\b"),
    ("time", r"\b(?:what|which) (?:year|month|day|date|time|week|decade|century)\b"),
    ("place", rf"{_BEGIN}(?:from |to )?where\b"),
    ("place", r"\b(?:what|which) (?:country|city|state|town|place|province|region|island|street)\b"),
    ("reason", rf"{_BEGIN}why\b|\bhow come\b|\bwhat (?:caused|causes|led to|prompted|is the reason|was the reason)\b"),
    ("reason", r"^\W*what\b.*\b(?:blame|accuse|critici[sz]e|praise|condemn)[ds]?\b.*\b(?:for|of)\W*$"),
    ("person", rf"{_BEGIN}(?:who|whom|whose)\b|\b(?:by|to|with|from|for) whom?\b|\bwho\W*$"),
    ("person", r"\b(?:what|which) (?:man|woman|person|actor|actress|singer|leader|president|minister|player|artist)\b"),
    ("statement", r"\bwhat (?:did|does|do|has|had|have)\b.*\b(?:say|said|tell|told|call|called|claim|think|argue)\b"),
    ("name", rf"{_BEGIN}which\b|\b(?:in|of|by|to|for|from|with|at|on) which\b|\bwhich\b[^,]{{0,30}}\?"),
    ("name", rf"\b(?:what|which) (?:{_NAMED})\b|\bname of\b|\b(?:called|named)\W*$"),
)  # fmt: skip
"""In this order: the first that is found says what is asked for."""
_ASKING = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _QUESTIONS)

_KIND = re.compile(
    r"\b(?:how (?:many|much|far|old|big|large|tall|high|fast|deep|often|few|heavy|close|long)|(?:what|which) (?:year|"
    r"month|day|date|time|week|decade|century|country|city|state|number|percentage|percent|person|kind of|type of))\b",
    re.IGNORECASE,
)

_NUMBER = (
    r"(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|dozens?|"
    r"million|billion|trillion|half|a third|a quarter|twice|both|once)"
)
_MONTH = (
    r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|March|April|May|June|July|Aug(?:ust|\.)|Sept?(?:ember|\.)|Oct(?:ober|\.)|"
    r"Nov(?:ember|\.)|Dec(?:ember|\.))"
)
_SPAN = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|weekends?|months?|years?|decades?|centur(?:y|ies))"
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d[,.]?$")
"""A number that is no quantity."""
_WORD = re.compile(r"\w+")
# Capitalised words, joined by what joins names.
_NAME = re.compile(r"(?<![\w’'-])[A-Z][\w’'-]+(?:\s+(?:(?:of|the|al|bin|de|van|von|and)\s+)?[A-Z][\w’'-]+)*")
_PLACED = re.compile(
    r"\b(?:in|at|near|from|to|into|outside|inside|around|across|off|of|on|through)\s+(?:the\s+|[a-z]+\s+)?$"
)

_ANSWERS: dict[AnswerType, re.Pattern[str]] = {
    "time": re.compile(
        rf"\b(?:{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:1[0-9]|20)\d\d|[1-9]\d0s|yesterday|today|"
        rf"tomorrow|tonight|noon|midnight|\d+\s*[ap]\.?m\b|(?:last|next|this|earlier|later)\s+{_SPAN}|"
        rf"{_SPAN}\s+(?:ago|later|earlier|before)|(?:last|next|this)\s+(?:spring|summer|autumn|fall|winter))"
    ),
    "duration": re.compile(
        rf"\b{_NUMBER}[\s-]+(?:and a half\s+|more\s+)?{_SPAN}\b|\b(?:a|an|several|many)\s+{_SPAN}\b|\bsince\b",
        re.IGNORECASE,
    ),
    "quantity": re.compile(rf"(?<![\w-]){_NUMBER}(?!\w)|[$€£¥%]", re.IGNORECASE),
    "money": re.compile(r"[$€£¥]\s?[\d.,]+|\b(?:dollars?|euros?|pounds?|yen|cents|free)\b", re.IGNORECASE),
    "percentage": re.compile(
        rf"{_NUMBER}\s?(?:%|per ?cent|percentage points)|\b(?:half|a third|two[ -]thirds|a quarter|\w+ in \w+)\b",
        re.IGNORECASE,
    ),
    "reason": re.compile(
        r"\b(?:because|since|due to|owing to|thanks to|in order to|so that|as a result|for (?:its|his|her|"
        r"their|failing|not|being|having)|over (?:its|his|her|their)|to (?:prevent|avoid|stop|help|protect|"
        r"ensure|allow|make|get|give|keep|show)|saying|citing|blam(?:e[ds]?|ing)|fear(?:s|ed|ing)?|concern(?:s|ed)?|reason|why|"
        r"cause[ds]?|therefore|led to)\b",
        re.IGNORECASE,
    ),
    "statement": re.compile(
        r"[“”\"]|\b(?:said|says|say|told|called|calls|described|claimed|claims|argued|argues|added|warned)\b",
        re.IGNORECASE,
    ),
}


def answer_type(question: str) -> AnswerType:
    """Tell what the question asks for; "other" when its form does not say."""
    for kind, pattern in _ASKING:
        if pattern.search(question):
            return kind
    return "other"


def topic_of(question: str) -> str:
    """Leave out the words that only name the kind of thing asked for; an answer need not repeat them."""
    return _KIND.sub(" ", question)


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case, as they stand."""
    return frozenset(map(str.casefold, _WORD.findall(text)))


def degree(kind: AnswerType, sentence: str, asked: frozenset[str]) -> float:
    """Tell, from 0 to 1, how surely a sentence holds such a thing that the question, given as words, does not mention.

    A name of several words is more surely a person's than one word, a name after "in" or "near" more surely a place's.
    """
    if kind == "other":
        return 0.0
    if kind in NAMES:
        return max((_name_degree(kind, name, sentence, asked) for name in _NAME.finditer(sentence)), default=0.0)
    if kind in WORDINGS:
        return float(bool(_ANSWERS[kind].search(sentence)))
    held = (found.group() for found in _ANSWERS[kind].finditer(sentence))
    return float(any(not words_of(each) <= asked and not (kind == "quantity" and _YEAR.match(each)) for each in held))


def _name_degree(kind: AnswerType, name: re.Match[str], sentence: str, asked: frozenset[str]) -> float:
    words = _WORD.findall(name.group())
    begins = not sentence[: name.start()].strip(" “\"'‘(—-")
    # One word that begins the sentence may be capitalised for that alone.
    if {word.casefold() for word in (words[1:] if begins else words)} <= asked:
        return 0.0
    if kind == "place":
        return 1.0 if _PLACED.search(sentence, 0, name.start()) else 0.5
    return 1.0 if len(words) > 1 else 0.5
