"""A sentence as words: what the checks of a verifier compare, for what a model wrote and for what it cites alike."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from embeddings.terms import terms

_WORD = re.compile(
    r"""
      United\s(?:States|Kingdom|Nations)|European\sUnion
    | \d+(?:[.,:]\d+)*[^\W\d_]*               # 1,200  2.5  10:30  5bn  3rd
    | (?:[^\W\d_]\.){2,}                      # U.S.
    | [^\W\d_][^\W_]*(?:['’][^\W_]+)*         # Kerry's  don't  G7
    | [%$€£¥,;:.!?()\[\]—–“”"«»]
    """,
    re.VERBOSE,
)
_BESIDE = 2
_IRREGULAR = {
    "beat": "beaten", "become": "became", "begin": "began begun", "break": "broke broken", "bring": "brought",
    "build": "built", "buy": "bought", "catch": "caught", "choose": "chose chosen choice", "come": "came",
    "deal": "dealt", "die": "dead died death dying", "draw": "drew drawn", "drive": "drove driven", "eat": "ate eaten",
    "fall": "fell fallen", "feel": "felt", "fight": "fought", "find": "found", "flee": "fled", "fly": "flew flown",
    "forget": "forgot forgotten", "freeze": "froze frozen", "get": "got gotten", "give": "gave given",
    "go": "went gone", "grow": "grew grown growth", "hear": "heard", "hide": "hid hidden", "hold": "held",
    "keep": "kept", "know": "knew known", "lead": "led", "leave": "left", "lend": "lent loan", "lie": "lying lay",
    "lose": "lost loss", "make": "made", "mean": "meant", "meet": "met", "pay": "paid payment", "ride": "rode ridden",
    "rise": "rose risen", "run": "ran", "say": "said", "see": "saw seen", "seek": "sought", "sell": "sold sale",
    "send": "sent", "shake": "shook shaken", "shoot": "shot shooting", "sing": "sang sung", "sink": "sank sunk",
    "sit": "sat", "sleep": "slept", "speak": "spoke spoken speech", "spend": "spent", "stand": "stood",
    "steal": "stole stolen", "strike": "struck stricken", "swear": "swore sworn", "swim": "swam", "take": "took taken",
    "teach": "taught", "tell": "told", "think": "thought", "throw": "threw thrown", "understand": "understood",
    "wake": "woke woken", "wear": "wore worn", "win": "won winner victory", "write": "wrote written",
    "child": "children", "man": "men", "woman": "women", "person": "people",
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
    "10": "ten", "11": "eleven", "12": "twelve",
}  # fmt: skip
_NATIONAL = {
    "us": "usa america american americans", "uk": "britain british briton britons", "eu": "europe european",
    "france": "french", "germany": "german germans", "spain": "spanish spaniard spaniards",
    "netherlands": "dutch holland", "greece": "greek greeks", "switzerland": "swiss", "denmark": "danish dane danes",
    "sweden": "swedish swede swedes", "turkey": "turkish turk turks türkiye", "poland": "polish pole poles",
    "finland": "finnish finn finns", "scotland": "scottish scot scots", "ireland": "irish", "wales": "welsh",
    "england": "english", "norway": "norwegian norwegians", "philippines": "philippine filipino filipinos",
    "thailand": "thai thais", "china": "chinese", "japan": "japanese", "korea": "korean koreans",
    "iraq": "iraqi iraqis", "iran": "iranian iranians", "israel": "israeli israelis", "india": "indian indians",
    "syria": "syrian syrians", "russia": "russian russians", "ukraine": "ukrainian ukrainians",
    "egypt": "egyptian egyptians", "oman": "omani omanis", "cuba": "cuban cubans", "mexico": "mexican mexicans",
    "canada": "canadian canadians", "brazil": "brazilian brazilians", "australia": "australian australians",
    "austria": "austrian austrians", "italy": "italian italians", "mali": "malian malians",
    "peru": "peruvian peruvians", "cyprus": "cypriot cypriots", "congo": "congolese",
    "afghanistan": "afghan afghans", "argentina": "argentine argentinian", "pakistan": "pakistani pakistanis",
    "saudi": "saudis", "yemen": "yemeni yemenis", "lebanon": "lebanese", "vietnam": "vietnamese",
    "kurdistan": "kurd kurds kurdish",
}  # fmt: skip
"""Countries, and what is of them."""
_STEMS = {
    "".join(terms(form)): "".join(terms(word))
    for word, forms in (_IRREGULAR | _NATIONAL).items()
    for form in forms.split()
}
NATIONS = frozenset("".join(terms(country)) for country in _NATIONAL)
"""Stems of countries; what is of a country has the same."""


def listed(words: str) -> frozenset[str]:
    """Make a set of words that are written with spaces between them."""
    return frozenset(words.split())


class Word(NamedTuple):
    """A word, a number or a mark: `text[start:end]`."""

    text: str
    lower: str
    """With straight apostrophes, without the one of a possessive."""
    stem: str
    """Irregular forms have the stem of their verb; empty for a mark."""
    start: int
    end: int

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


@functools.lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """Divide a text into words and marks; a hyphen separates."""
    found = []
    for match in _WORD.finditer(text):
        lower = match[0].lower().replace("’", "'").removesuffix("'s")
        found.append(Word(match[0], lower, stem(lower), *match.span()))
    return tuple(found)


@functools.lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Give the stem under which forms of one word count as the same."""
    joined = "".join(terms(word))
    return _STEMS.get(joined, joined)


@functools.lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """Give the stems of a text, without the function words' being left out."""
    return frozenset(_STEMS.get(term, term) for term in terms(text))


def beside(every: Sequence[Word], first: int, end: int) -> frozenset[str]:
    """Give the stems of the words on either side of some words, each marked with its side."""
    before = [word.stem for word in every[max(0, first - 2 * _BESIDE) : first] if word.stem][-_BESIDE:]
    after = [word.stem for word in every[end : end + 2 * _BESIDE] if word.stem][:_BESIDE]
    return frozenset([*(f"<{stem}" for stem in before), *(f">{stem}" for stem in after)])
