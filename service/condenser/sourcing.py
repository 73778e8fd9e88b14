"""Which of the outlets that a question names are said to be where the answer stands."""

import re
from typing import Literal

from service.condenser.marked import OUTLET, Marked
from service.condenser.outlets import REPORTS

Role = Literal["topic", "named", "mentioned", "source", "excluded"]
"""What is talked about; what is named, no more is known; what may well report; what is stated to; what is ruled out."""
_STRENGTH: tuple[Role, ...] = ("topic", "named", "mentioned", "source", "excluded")

_REPORTED = (
    r"(?:reported|published|covered|described|detailed|discussed|mentioned|noted|highlighted|featured|outlined|quoted|"
    r"revealed|suggested|stated|identified|portrayed|presented|claimed|cited|explained|analy[sz]ed|depicted|"
    r"characteri[sz]ed|indicated|written)"
)
_OPENERS = (
    r"(?:(?:both|the|an?|another|new|recent|several|two|this|that|sources|outlets|including|such as|published|by|from|"
    rf"in|of|on|{REPORTS}) ){{0,6}}"
)
_ADVERBS = r"(?:(?:has|had|have|also|first|recently|previously|then|later|again|not) ){0,2}"
_OWN = r"(?:(?!(?:and|or|of|on|in|to|for|about|by|with|is|was|that|after|before|while)\b)[\w-]+ ){0,2}?"
_OUTPUTS = r"(?:polls?|surveys?|investigations?|analys[ie]s|interviews?|tally|projections?|data\w*|documentary)"
_SOURCE = re.compile(
    rf"\b(?:according to|as per|per) {_OPENERS}{OUTLET}"
    rf"|{OUTLET}(?:['’]s)? {_OWN}{REPORTS}\b"
    rf"|\b{REPORTS} (?:(?:published|posted|released|written|printed|featured) )?(?:by|from|in) (?:both )?{OUTLET}"
    rf"|\b(?:articles?|pieces?) of {OUTLET}"
    rf"|\b(?:another|one|that|those) (?:by|from|in) {OUTLET}"
    rf"|(?<!first )(?<!originally )\b{_REPORTED} (?:by|in) {_OPENERS}{OUTLET}"
    rf"|{OUTLET} {_ADVERBS}(?:report(?:ed|s|ing)?|wr(?:ites?|ote|itten)|publish(?:ed|es)?|cover(?:ed|s)?)\b"
    rf"|{OUTLET}: ",
)
_MENTIONED = re.compile(
    rf"{OUTLET} {_ADVERBS}(?:sa(?:y|ys|id)|tells?|told|claim|describ|mention|suggest|discuss|note|highlight|argue|"
    rf"reveal|finds?|found|explain|indicate|state|portray|present|identif|detail|call|maintain|quote|warn|attribut|credit)"
    rf"|\b(?:in|on|via) {OUTLET}|\b{_OUTPUTS} (?:by|from|in) (?:both )?{OUTLET}"
    rf"|{OUTLET}(?:['’]s)? (?:\w+ )?(?:{_OUTPUTS}|review|op-ed)",
)
_TALKED_OVER = re.compile(
    r"\b(?:respon\w+ to|react\w* to|reactions? to|den(?:y|ied|ies|ying)|confirm\w*|disput\w+|dismiss\w*|reject\w*|"
    r"about|after|since|following|because of|despite|critici[sz]\w+|over|su(?:e|ed|es|ing)) "
    rf"(?:(?:the|an?|that|what|its|his|her|their|{REPORTS}|by|from|in) ){{0,4}}{OUTLET}",
)
"""A report that others talk of: the answer need not stand in it."""
_EXCLUDED = re.compile(
    r"(?:\bnot|n['’]t|\bother than|\bexcept(?: for)?|\bapart from|\baside from|\bbesides|\bexclud(?:e|ing)|\bwithout|"
    r"\bunlike|\brather than|\binstead of|\bignor(?:e|ing)|\boutside(?: of)?|\bno|\bcontrary to) "
    r"(?:(?:just|only|according to|what|those|as|per|from|by|in|of|the|any|an?|reported|published|using|with|"
    rf"including?|{REPORTS}) ){{0,5}}{OUTLET}",
)
_ITS_OWN = re.compile(
    rf"{OUTLET}(?:['’]s? (?!(?:[\w-]+ ){{0,2}}?(?:{REPORTS}|{_OUTPUTS}|review)\b)"
    r"| (?:\w+ )?(?:hosts?|anchors?|editors?|journalists?|reporters?|correspondents?|columnists?|presenters?|owners?|"
    r"publisher|ceo|chief|executives?|boss(?:es)?|chair\w*|director\w*|spokes\w+|lawyers?|staff\w*|employees?|stars?|"
    r"headquarters|best-?sellers?|list|quiz|series|drama|show|podcast)\b)",
)
"""What an outlet has, other than its reports."""
_OUTPUT = re.compile(rf"{OUTLET}(?:['’]s)? (?:[\w-]+ )?{_OUTPUTS}\b")
"""What other outlets report of as well."""
_LISTED = re.compile(
    rf"{OUTLET}(?:['’]s)?(?: {REPORTS})?(?:,? (?:and|or|&|as well as) |, (?:and |or )?)"
    rf"(?:(?:also|by|from|in|both|the|an?|another|according to|reports?) ){{0,4}}(?={OUTLET})",
)


def roles(marked: Marked) -> list[Role]:
    """Tell for each mention in which role it stands; what no pattern explains is named."""
    found: list[Role] = ["named"] * len(marked.mentions)
    if not found:
        return found

    def assign(role: Role, pattern: re.Pattern[str]) -> None:
        for match in pattern.finditer(marked.text):
            for number in marked.outlets_in(match):
                found[number] = role

    assign("mentioned", _MENTIONED)
    assign("source", _SOURCE)
    assign("mentioned", _OUTPUT)
    assign("topic", _ITS_OWN)
    lists = lists_of(marked)
    for listed in lists:
        strongest = max((found[number] for number in listed), key=_STRENGTH.index)
        for number in listed:
            found[number] = strongest
    if sum("source" in {found[number] for number in listed} for listed in lists) == 1:
        assign("mentioned", _TALKED_OVER)
    ends = [listed[-1] + 1 for listed in lists for _ in listed]
    for match in _EXCLUDED.finditer(marked.text):
        for number in marked.outlets_in(match):
            for other in range(number, ends[number]):
                found[other] = "excluded"
    return found


def lists_of(marked: Marked) -> list[list[int]]:
    """The mentions, those together that are listed together: "by Reuters and the BBC"."""
    joined = {number for match in _LISTED.finditer(marked.text) for number in marked.outlets_in(match)}
    lists: list[list[int]] = []
    for number in range(len(marked.mentions)):
        if number - 1 in joined:
            lists[-1].append(number)
        else:
            lists.append([number])
    return lists
