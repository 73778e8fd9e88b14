"""Pages that show no article, or only how one begins: what they are is said, and what they show is not stored."""

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from embeddings.extract.page_metadata import PageMetadata
from embeddings.extract.page_tree import Size, measure, words_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BEGINNING = 250
"""Words; a longer text is an article, unless it ends in the invitation to pay."""
_NOTICE = 150
_CAPTION = 60
_NOTHING = 20
_BLURB = 600
"""Characters; what stands under one headline of a list is shorter."""
_MANY_HEADLINES = 8
_SENTENCE_WORDS = 8
_MENU = 0.6
_ENDS = re.compile(r"[.!?…。！？।۔؟]['\"”’»)\]]*$")
_BREAKS_OFF = re.compile(r"(?:…|\.\.\.)\W*$")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WALL = re.compile(
    r"\b(?:subscribe|register|account|log ?in|sign ?(?:in|up)|join)\b[^.!?\n]{0,30}\b(?:to|and) (?:continue|keep|finish"
    r"|read|unlock) (?:reading|this|the (?:full|rest|whole))\b|\b(?:subscribe|sign in|log in|register) to (?:continue"
    r"|read)\b|\bto (?:continue|keep|finish) reading\b|\b(?:continue|keep) reading (?:with|by|this|for)\b"
    r"|\bunlock this\b|\b(?:story|article|content|page) is (?:only )?(?:available |reserved |exclusive(?:ly)? )*"
    r"(?:for|to) [^.!?\n]{0,20}(?:subscribers|members)|\b(?:reached|used|read) (?:your|all|the) [^.!?\n]{0,40}\bfree"
    r" (?:articles?|stories)|\bnur für abonnenten|\bweiterlesen mit\b|\bréservé (?:aux|à nos) abonnés"
    r"|\bil vous reste [\d,. ]+%|\b(?:exclusivo|solo|sólo|só) para (?:suscriptores|assinantes)|\bsuscríbete para\b"
    r"|\briservato agli abbonati",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"\bread the (?:full|rest of the|entire) (?:story|article)\b|\balready (?:a|have a) (?:subscri|member)"
    r"|\b(?:subscribers?|members?)[- ]only\b",
    re.IGNORECASE,
)
_PAYING = re.compile(r"subscri|member|paywall|premium|abonn|suscri|assina|abbona", re.IGNORECASE)
_TROUBLES = {
    "says that it was not found": r"\b404\b|not found|(?:no longer|doesn.t|does not) exist|has been removed"
    r"|nicht gefunden|introuvable|no encontrada|não encontrada|non trovata",
    "asks whether its reader is a person": r"captcha|human|robot|unusual (?:traffic|activity)|checking your browser"
    r"|just a moment|pardon our interruption|attention required",
    "shows an error of the site": r"\b(?:401|403|429|451|50[0234])\b|denied|forbidden|unavailable|bad gateway"
    r"|internal server error|not available in your|something went wrong|an error (?:has )?occurred",
    "has its text fetched by a script; save it once it has loaded": r"(?:enable|turn on|activate|requires?|without)"
    r" (?:your )?java ?script|java ?script (?:is|must|seems|appears)",
    "asks for consent to cookies; save it after answering": r"(?:your|privacy) (?:choices|consent)|privacy"
    r"[^.!?\n]{0,40}important to|value your privacy|before you continue|(?:accept|use)[^.!?\n]{0,20} cookies",
}
_LISTS = frozenset(("CollectionPage", "SearchResultsPage"))


def reason_against(tree: "HtmlElement", text: str, page: PageMetadata) -> str | None:
    """Why a page cannot be stored as an article, for a person to read; None where nothing speaks against it.

    `tree` is the page without what is hidden, `text` what was found to be its main text. Everything here concerns
    short texts, walls apart: a page with many words of prose is an article whatever else it says.
    """
    words = _count(text)
    return (
        _wall(tree, text, words, page)
        or (_trouble(tree, page) if words < _NOTICE else None)
        or _list(tree, text, page)
        or (_emptiness(tree, text, words, page) if words < _CAPTION else None)
    )


def _wall(tree: "HtmlElement", text: str, words: int, page: PageMetadata) -> str | None:
    """A text is a beginning if it ends in an invitation to pay or sign in, or is short and stands beside one."""
    last = text.rpartition("\n")[2]
    walled = _count(last) < _CAPTION and _WALL.search(last) is not None
    if not walled and words < _BEGINNING:
        broken = _BREAKS_OFF.search(text) is not None
        beside = _said_beside(tree)
        walled = _WALL.search(beside) is not None or (broken and not page.is_free)
        walled = walled or ((broken or not page.is_free) and _HINT.search(beside) is not None)
    if not walled:
        return None
    behind = "a paywall" if not page.is_free or _PAYING.search(words_of(tree)) else "a login"
    return f"shows only the beginning of an article: the rest is behind {behind}; save the page while signed in"


def _said_beside(tree: "HtmlElement") -> str:
    """The words outside of what every page of a site carries."""
    from lxml import etree

    rest = deepcopy(tree)
    etree.strip_elements(rest, "header", "nav", "footer", with_tail=False)
    return " ".join(" ".join(rest.itertext()).split())


def _trouble(tree: "HtmlElement", page: PageMetadata) -> str | None:
    """What the page says instead of an article: in its headline, or in all of a page that says little."""
    if page.is_article and page.published_at:
        return None
    said = words_of(tree)
    headline = " ".join([page.title or "", *map(words_of, tree.iter("h1", "title"))])
    for what, pattern in _TROUBLES.items():
        if re.search(pattern, said if _count(said) < _NOTICE else headline, re.IGNORECASE):
            return f"shows no article: the page {what}"
    return None


def _list(tree: "HtmlElement", text: str, page: PageMetadata) -> str | None:
    """Headlines that lead elsewhere, with a blurb each at most, or links without a sentence."""
    if page.is_article and not page.kinds & _LISTS:
        return None
    sizes = measure(tree)
    linked = (element for element in tree.iter("h1", "h2", "h3", "h4") if _is_linked_headline(element, sizes))
    headlines = {words for words in map(words_of, linked) if len(words.split()) > 2}
    if len(headlines) >= _MANY_HEADLINES and (page.kinds & _LISTS or _largest_prose(tree, sizes) < _BLURB):
        return f"shows no article: the page lists {len(headlines)} headlines; save the page of one of them"
    sentences = any(len(line.split()) >= _SENTENCE_WORDS and _ENDS.search(line) for line in text.split("\n"))
    if not sentences and sizes[tree].linked_share() > _MENU:
        return "shows no article: the page is made of links"
    return None


def _emptiness(tree: "HtmlElement", text: str, words: int, page: PageMetadata) -> str | None:
    if page.kinds & {"VideoObject", "video.other", "video", "video.episode", "video.movie"} and not page.is_article:
        return "shows no article: the page is about a video"
    if words < _NOTHING and _count(words_of(tree)) < _NOTHING and tree.find(".//script") is not None:
        return "shows no article: the page has its text fetched by a script; save it once it has loaded"
    if not text:
        return "no article text found"
    if words < _NOTHING and not page.is_article:
        return "no article text found: only a few words stand by themselves"
    return None


def _is_linked_headline(heading: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> bool:
    """Tell whether a heading is a link, or within one."""
    linked = sizes[heading].linked_share() > _MENU or next(heading.iterancestors("a"), None) is not None
    return linked and sizes[heading].said < _BLURB


def _largest_prose(tree: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> int:
    """The characters of the paragraphs that stand side by side, where there are most of them."""
    masses: dict[HtmlElement, int] = {}
    for element in tree.iter("p", "div"):
        own = len(" ".join((element.text or "", *(child.tail or "" for child in element))).split())
        if (element.tag == "p" or own >= _SENTENCE_WORDS) and sizes[element].linked_share() <= _MENU:
            place = element.getparent()
            while len(place) == 1 and place.getparent() is not None:
                place = place.getparent()  # a wrapper around each paragraph
            masses[place] = masses.get(place, 0) + sizes[element].said
    return max(masses.values(), default=0)


def _count(text: str) -> int:
    """Words; where scripts have no spaces, two characters count as one."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2
