"""Who wrote an article, from what pages and records put where the names of the authors belong."""

import re
from collections.abc import Iterable, Iterator

from embeddings.extract.normalise import one_line

_MOST = 20
_LONGEST = 80
_INTRODUCTION = re.compile(
    r"^(?:(?:story|text|words|article|posted|published|written|reported|reporting|analysis|opinion|review|edited)\s+)?"
    r"(?:by|von|por|par|door|di)\b:?\s+",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:[;|•·]|\s/\s|\s&\s|,?\s(?:and|und|et|y)\s)\s*")
_NO_NAME = re.compile(r"//|www\.|@|\.(?:com|org|net|co)\b|\d|^(?:admin|editor|user|guest|unknown|none|null)$", re.I)
_TAIL = re.compile(
    r"(?:(?:^|[\s,]+)(?:published|updated|posted|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april"
    r"|may|june|july|august|september|october|november|december)\b|(?<=\w{4})\.\s).*$",
    re.IGNORECASE,
)
_AGENCY = re.compile(r"(?<=\w\s)(\w+)[\s,]+(?:the )?(?:associated press|reuters|afp)$", re.IGNORECASE)
_NAME = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?:\s+[^\W\d_][\w.'’-]*){1,3}")
_ROLE = re.compile(
    r"\b(?:(?:senior|chief|staff|contributing|managing|deputy|special|political|foreign|national|\w+) )?"
    r"(?:reporters?|correspondents?|editors?|writers?|columnists?|contributors?|producers?|analysts?|staff|bureau"
    r"|desk|team|journalists?|news(?:room)?|press|agency|service|newspapers?|tribune|times|post|inc\.?|ph\.?d|[js]r\.?)$",
    re.IGNORECASE,
)


def names(stated: Iterable[str], outlet: str | None = None) -> str | None:
    """The names in what is stated, each once, joined by "; "; None where there are none.

    Without "By", roles after a comma, dates, addresses, handles and the outlet's own name.
    """
    own = (outlet or "").casefold()
    found = {name.casefold(): name for text in stated for name in _divided(text)}
    people = [name for key, name in found.items() if key != own]
    if len(people) > 1 and own:
        people = [name for name in people if not name.casefold().startswith(own)] or people  # "CNN Business"
    return "; ".join(people[:_MOST]) or None


def _divided(text: str) -> Iterator[str]:
    for part in _AND.split(_INTRODUCTION.sub("", one_line(text))):
        pieces = [piece.strip(" ,:") for piece in part.split(", ")]
        people = [piece for piece in pieces if _NAME.fullmatch(piece) and not _ROLE.search(piece)]
        # "Eva Frank, Harbour Reporter" is one person; "Frank, Eva" cannot be told from "Reuters, Bloomberg".
        for piece in people if len(people) > 1 else pieces[:1] if " " in pieces[0] else [part]:
            name = _AGENCY.sub(r"\1", _TAIL.sub("", _INTRODUCTION.sub("", piece))).strip()
            if name and len(name) <= _LONGEST and not _NO_NAME.search(name):
                yield _capitalised(name)


def _capitalised(name: str) -> str:
    """A name that is set in capitals, as names are written; abbreviations of one word stay."""
    return name.title() if name.isupper() and " " in name else name
