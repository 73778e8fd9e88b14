"""Which of the dates that a question names say when articles were published, not when something happened."""

import re

from service.condenser.marked import DAY, OPEN, OUTLET, Marked
from service.condenser.outlets import REPORTS
from service.condenser.sourcing import Role, lists_of

_WHEN = f"[{DAY}{OPEN}]"
_ON = r"(?:back )?(?:(?:on|in|at|from|during|over|within|around|between|for|dated) )?(?:the )?"
_NEWS = r"(?:(?:news )?(?:articles?|stor(?:y|ies)|coverage)|news(?: reports?)?|headlines?|newspapers?)"
_PUBLISHED = r"(?:published|posted|dated|printed)(?: online)?"
_WAS = r"(?:,? (?:(?:that|which) )?(?:(?:was|were|is|are|has been|have been) )?"
_REPORTED = r"(?:reported|covered|published|posted|printed|written|described|discussed|mentioned|noted|featured)"
_WORDS = r"(?:(?!(?:and|or|of|on|in|to|for|about|by|with|is|was|that|after|before|while)\b)[\w-]+ ){0,2}?"
_STATED = re.compile(
    # articles from last week, news of yesterday, stories published in June, coverage since March
    rf"\b{_NEWS}{_WAS}{_PUBLISHED}) {_ON}{_WHEN}"
    rf"|\b{_NEWS} (?:from|dated) (?:the )?{_WHEN}"
    rf"|\b(?:articles?|coverage|reporting) (?:{_ON}|of ){_WHEN}"
    rf"|\b(?:articles|coverage|stories|reporting|news|reports) {OPEN}"
    # today's papers, last week's articles, Monday's Guardian
    rf"|{DAY}['’]s? (?:news )?(?:articles?|papers?|newspapers?|news(?! conference)|headlines|stor(?:y|ies)|coverage|"
    rf"front pages?|editions?|{OUTLET}(?!(?:['’]s)? \w))"
    rf"|{DAY} (?:articles|coverage|editions?)\b"
    # anything published since March
    rf"|\b(?:anything|everything|something|what(?:ever)?) (?:(?:else|was|were|is|has|have|been|that) ){{0,4}}"
    rf"{_PUBLISHED} {_ON}{_WHEN}"
    rf"|^{_PUBLISHED} {_ON}{_WHEN}"
    # the Reuters report of 5 June, the report by Reuters on 5 June, what Reuters reported on 5 June
    rf"|{OUTLET}(?:['’]s)? {_WORDS}{REPORTS},? (?:{_PUBLISHED} )?(?:{_ON}|of ){DAY}"
    rf"|{DAY},? (?:the |an? )?{OUTLET}(?:['’]s)? {_WORDS}{REPORTS}"
    rf"|(?:{OUTLET}['’]s|\btheir|\bits) {DAY},? {REPORTS}"
    rf"|\b{REPORTS} (?:{_PUBLISHED} )?(?:by|from|in|of) {OUTLET},? (?:{_PUBLISHED} )?(?:{_ON}|of ){DAY}"
    rf"|\b{REPORTS} (?:by|from|in) {OUTLET},? {_PUBLISHED} {_ON}{_WHEN}"
    rf"|(?<!first )\b{_REPORTED} (?:by|in) {OUTLET},? {_ON}{DAY}"
    rf"|{OUTLET} (?:has |had |have |first )?(?:report(?:ed|s)?|wr(?:ote|ites?)|publish(?:ed|es)?|said|say) {_ON}{DAY}"
    rf"|\baccording to (?:the |an? )?{OUTLET}(?: {REPORTS})?,? {_ON}{DAY}",
)
_PUBLISHED_THEN = re.compile(rf"\b{_PUBLISHED},? {_ON}{_WHEN}")
_BEFORE_LENGTH = 200
_PUBLICATION = re.compile(
    rf"(?P<news>{OUTLET}(?:(?:['’]s)? {_WORDS}{REPORTS})?|\b(?:news )?(?:articles?|stories|coverage)\b(?! of))"
    r"|\b(?:books?|novels?|memoirs?|(?:auto)?biograph(?:y|ies)|"
    r"stud(?:y|ies)|research|papers?|reports?|reviews?|surveys?|polls?|data|figures|findings|letters?|lists?|albums?|"
    r"essays?|journals?|statistics|census|guid(?:e|ance|elines)|manifestos?|diar(?:y|ies)|photos?|videos?|images?|"
    r"cartoons?|poems?|magazines?|documents?|plans?|stor(?:y|ies)|analys[ie]s|rankings?|index|statements?)\b",
)
_AND_AGAIN = re.compile(
    rf"\b(?:one|another|again|other|then|article|report|story|and|latter|the) (?:(?:by|from|in) {OUTLET},? )?"
    rf"(?:{_PUBLISHED} )?{_ON}{_WHEN}",
)
_ANOTHER = re.compile(
    rf"\b(?:later|subsequent(?:ly)?|earlier|previous(?:ly)?|second|third|follow-up|other) (?:{REPORTS}|published)\b"
    rf"|\b{REPORTS} (?:\w+ ){{0,8}}?(?:{_PUBLISHED} )?(?:later|earlier|subsequently)\b"
    rf"|\b(?:since|after|before|following|than|compared (?:to|with)) (?:(?:the|an?|its|their|that) )?"
    rf"(?:[\w-]+ ){{0,3}}?(?:{REPORTS}\b|{OUTLET})",
)
"""There is an article besides the one whose date is given."""


def publication_dates(marked: Marked, roles: list[Role]) -> tuple[set[int], bool]:
    """Find which dates say when articles were published, and whether every article that is asked about has one."""
    if not marked.dates:
        return set(), False
    found = {number for match in _STATED.finditer(marked.text) for number in marked.dates_in(match)}
    for match in _PUBLISHED_THEN.finditer(marked.text):
        nouns = list(_PUBLICATION.finditer(marked.text, max(0, match.start() - _BEFORE_LENGTH), match.start()))
        if found or (nouns and nouns[-1]["news"]):
            found.update(marked.dates_in(match))
    if found:
        found.update(number for match in _AND_AGAIN.finditer(marked.text) for number in marked.dates_in(match))
    stated = [
        listed
        for listed in lists_of(marked)
        if any(roles[number] in ("named", "mentioned", "source") for number in listed)
    ]
    others = len(found) == 1 and _ANOTHER.search(marked.text) is not None
    return found, len(found) >= max(len(stated), 1) + others
