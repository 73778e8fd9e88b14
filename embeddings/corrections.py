"""Notices by which an outlet says that it corrected an article: what tells a correction from any other change."""

import re

from embeddings.articles import Article
from embeddings.extract.normalise import one_line

_PIECE = r"(?:article|story|piece|report|post|column|item|dispatch|headline|caption|interview|page)"
_NOTICE = re.compile(
    rf"""[\W_]*(?:[^\W_][\w'’]*(?:\ [\w'’]+){{0,3}}\s?[:—–]\s*)?   # "Editor's note:"
    (?:
      (?:corrections?|clarifications?|corrections?\ and\ clarifications?|erratum|errata|korrektur|berichtigung
        |richtigstellung|corrección|fe\ de\ erratas?|correção|rectificatif|rettifica|correzione|rectificatie
        |rättelse|исправление)\b(?:[,(\s]*[\w.,\s]{{0,12}}\d[\w.,\s]{{0,20}}\)?)?\s*(?:[:—–-]|$)
    | (?:an|a|the|some)\ (?:earlier|previous|prior|original)\ (?:version|edition)s?\ of\ (?:this|our|the)\b
        [\w\ ]{{0,20}}\b{_PIECE}\b
    | (?:because\ of|due\ to|owing\ to)\ an?\ (?:editing|reporting|production|transcription|typographical)\ error\b
    | (?:on\ [\w.,\ ]{{3,20}}\ )?(?:the\ headline\ of\ )?this\ (?:[\w.]+\ ){{0,4}}?{_PIECE}(?:['’]s\ \w+)?\b
        [^\n.]{{0,60}}?\b(?:
          (?:was|has\ been)\ (?:since\ )?(?:corrected|amended|rectified)\b
        | (?:was|has\ been)\ (?:since\ )?(?:updated|changed|revised|edited)\b
            [^\n.]{{0,60}}?\bto\ (?:correct|fix|clarify)\b
        | corrects\b )
    | this\ version\ corrects\b
    | in\ einer\ (?:früheren|vorherigen)\ (?:version|fassung)\b | une\ (?:précédente\ version|version\ précédente)\b
    | un[ae]\ vers(?:ión\ anterior|ione\ precedente)\b | uma\ versão\ anterior\b
    )
    | [\W_]*[(\[]\s*(?:corrects|corrected|refiles\ to\ correct)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a line begins that is such a notice."""
_TITLE = re.compile(r"(?:update \d+-)?corrected\b\s*[-:—–(]|.*[(\[]corrected[)\]]", re.IGNORECASE)
"""How an article is headed that is sent again because it was wrong."""
_LONGEST = 1000
"""Characters of a notice."""


def corrected(before: Article, after: Article) -> bool:
    """Tell whether a later version of an article says, and the earlier one did not, that something was wrong."""
    return not _corrections(after) <= _corrections(before)


def _corrections(article: Article) -> set[str]:
    """Give the words by which an article says so: its notices, and a title that does."""
    lines = map(one_line, article.text.split("\n"))
    said = {line for line in lines if len(line) <= _LONGEST and _NOTICE.match(line)}
    if article.genre == "correction" or _TITLE.match(article.title):
        said.add(article.title)
    return said
