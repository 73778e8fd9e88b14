"""What kind of thing a question asks for, and whether a sentence holds such a thing. Rules, for English."""

import re
from typing import Literal

AnswerType = Literal["person", "time", "duration", "place", "quantity", "reason", "statement", "other"]

_QUESTIONS: tuple[tuple[AnswerType, str], ...] = (
    ("duration", r"\bhow long\b|\bfor how many (?:years|months|weeks|days|hours|minutes)\b"),
    ("quantity", r"\bhow (?:many|much|far|old|big|large|tall|high|fast|deep|often|few|heavy|close)\b"),
    ("quantity", r"\b(?:what|which) (?:percentage|percent|number|share|proportion|amount|fraction|price|age)\b"),
    ("time", r"^\W*when\b|\b(?:since|until|by) when\b"),
    ("time", r"\b(?:what|which) (?:year|month|day|date|time|week|decade|century)\b"),
    ("place", r"^\W*(?:from |to )?where\b"),
    ("place", r"\b(?:what|which) (?:country|city|state|town|place|province|region|island|street)\b"),
    ("reason", r"^\W*why\b|\bhow come\b|\bwhat (?:caused|causes|led to|prompted|is the reason|was the reason)\b"),
    ("reason", r"^\W*what\b.*\b(?:blame|accuse|critici[sz]e|praise|condemn)[ds]?\b.*\b(?:for|of)\W*$"),
    ("person", r"^\W*(?:who|whom|whose)\b|\b(?:by|to|with|from|for) whom?\b|\bwho\W*$"),
    ("person", r"\b(?:what|which) (?:man|woman|person|actor|actress|singer|leader|president|minister|player|artist)\b"),
    ("statement", r"\bwhat (?:did|does|do|has|had|have)\b.*\b(?:say|said|tell|told|call|called|claim|think|argue)\b"),
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
# Capitalised words, joined by what joins names.
_NAME = re.compile(r"(?<![\w’'-])[A-Z][\w’'-]+(?:\s+(?:(?:of|the|al|bin|de|van|von|and)\s+)?[A-Z][\w’'-]+)*")
_PLACED = re.compile(
    r"\b(?:in|at|near|from|to|into|outside|inside|around|across|off|of|on|through)\s+(?:the\s+|[a-z]+\s+)?(?=[A-Z])"
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


def holds(kind: AnswerType, sentence: str, question: str) -> bool:
    """Tell whether a sentence holds such a thing that the question does not itself mention; "other" always does."""
    if kind == "other":
        return True
    asked = {word.casefold() for word in re.findall(r"\w+", question)}
    if kind in ("person", "place"):
        return any(
            not _telling_words(name, sentence) <= asked and (kind == "person" or _PLACED.search(sentence[: name.end()]))
            for name in _NAME.finditer(sentence)
        )
    if kind in ("time", "duration", "quantity"):
        return any(not set(re.findall(r"\w+", match.casefold())) <= asked for match in _ANSWERS[kind].findall(sentence))
    return bool(_ANSWERS[kind].search(sentence))


def _telling_words(name: re.Match[str], sentence: str) -> set[str]:
    """The words of a name in lower case, without one that is capitalised because it begins the sentence."""
    words = [word.casefold() for word in re.findall(r"\w+", name.group())]
    begins = not sentence[: name.start()].strip(" “\"'‘(—-")
    return set(words[1:] if begins else words)
