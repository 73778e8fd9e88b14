"""What sort of text an article is, where its markup, its section, its address, its title or its text says so."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from embeddings.articles import Genre

_WORDS: dict[Genre, str] = {
    "correction": "correction corrections correctionsandclarifications correctionsclarifications errata",
    "press release": "pressrelease pressreleases newsrelease newsreleases mediarelease mediareleases prnewswire "
    "businesswire globenewswire pressemitteilung pressemitteilungen communiquedepresse comunicadodeprensa",
    "live": "live liveblog liveblogs liveupdate liveupdates livenews livecoverage livereporting liveblogposting "
    "liveticker endirect envivo aovivo",
    "opinion": "opinion opinions oped opeds editorial editorials commentary commentaries comment commentisfree "
    "column columns columnist columnists viewpoint viewpoints perspectives guestessay lettertotheeditor "
    "letterstotheeditor opinionnewsarticle ourview yoursay opinionanalysis opinionandanalysis "
    "meinung kommentar kommentare leitartikel gastbeitrag opinión opinião opinioni editoriale editoriali "
    "colunistas columna columnas colunas мнение мнения мнения",
    "analysis": "analysis analyses newsanalysis analysisnewsarticle analyse analysen análisis análise analisi",
    "news": "news newsreport newsstory reportagenewsarticle latestnews breakingnews worldnews localnews nationalnews "
    "nachrichten noticias notícias notizie actualités",
}
"""The more telling first: what calls itself news and opinion is opinion."""
_GENRES = {word: genre for genre, words in _WORDS.items() for word in words.split()}
_RANKS = {genre: rank for rank, genre in enumerate(_WORDS)}
_PARTS = re.compile(r"\s*[/|>»,;:·•]\s*|\s[-–—]\s")
_ANYTHING = re.compile(r"(?:news|column(?:ist)?s?)$")
_LIVE_SLUG = re.compile(r"(?:^|-)live-?(?:blog|updates?|coverage)(?:-|$)")
_LABEL = (
    r"(?P<correction>corrections?(?: and clarifications?)?|clarification)|(?P<press>press release|news release)"
    r"|(?P<live>live(?: updates?| ?blog| coverage)?)"
    r"|(?P<opinion>opinion|editorial|op-?ed|(?:guest )?(?:column|commentary|comment|essay)|letters? to the editor)"
    r"|(?P<analysis>(?:news )?analysis)"
)
_LEADING = re.compile(rf"(?:{_LABEL})(?:\s*[:|]|\s+[–—-]\s)", re.IGNORECASE)
_TRAILING = re.compile(rf"(?:\s[|–—-]\s*|\s*\()(?:{_LABEL})\)?$", re.IGNORECASE)
_LIVE_TITLE = re.compile(r"\blive (?:updates|blog)\b|\bas it happened$", re.IGNORECASE)
_RELEASE = re.compile(r"\W*(?:for immediate release|press release\s*[:\n])", re.IGNORECASE)
_WIRE = re.compile(
    r"/ ?(?:PR ?Newswire(?:-[\w ]+)?|CNW(?: Telbec)?|ACCESSWIRE|PRWEB) ?/"
    r"|\((?:BUSINESS WIRE|Business Wire|GLOBE NEWSWIRE|GlobeNewswire|Marketwired|PRWEB)\)"
)
_DATELINE = 300
_CORRECTION = re.compile(r"\W*(?:corrections?|clarification)\s*[:\n]", re.IGNORECASE)
_OWN_VIEWS = re.compile(
    r"\b(?:opinions?|views?) expressed (?:here|in this (?:commentary|column|op-ed|essay))[^.]{0,40}\b(?:are|is)\b",
    re.IGNORECASE,
)


def genre_of(stated: str | None, section: str | None, url: str | None, title: str, text: str) -> Genre | None:
    """The genre of an article, by the first of these that tells; None where none does.

    What the record or the markup calls it, its section, labels of its title, its address, the beginning and the
    disclaimer of its text. Only "news" gives way to a later one: outlets file much under it. That a page is of the
    type NewsArticle tells nothing: most outlets put it on their opinion pages, too.
    """
    found: list[Genre | None] = [
        stated_genre(stated or ""),
        stated_genre(section or ""),
        _title_genre(title),
        _address_genre(url or ""),
        _text_genre(text),
    ]
    told = [genre for genre in found if genre is not None]
    return next((genre for genre in told if genre != "news"), told[0] if told else None)


def stated_genre(words: str) -> Genre | None:
    """The genre that a name of a section, of a type or of a sort of text stands for: "Comment is free", "Op-Ed"."""
    return _foremost(_known((words, *_PARTS.split(words))))


def _known(words: tuple[str, ...]) -> Iterator[Genre]:
    for word in words:
        genre = _GENRES.get("".join(filter(str.isalpha, word.casefold())))
        if genre is not None:
            yield genre


def _foremost(genres: Iterator[Genre]) -> Genre | None:
    return min(genres, key=_RANKS.__getitem__, default=None)


def _title_genre(title: str) -> Genre | None:
    label = _LEADING.match(title) or _TRAILING.search(title)
    if label is not None:
        return "press release" if label.lastgroup == "press" else _GENRES[label.lastgroup or ""]
    return "live" if _LIVE_TITLE.search(title) else None


def _address_genre(url: str) -> Genre | None:
    """By whole parts of the path.

    "news" and "columnists" count only where they come first: further down, outlets file sports results and advice
    under them.
    """
    parts = tuple(urlsplit(url).path.casefold().strip("/").split("/"))
    genre = _foremost(_known(tuple(part for part in parts if not _ANYTHING.match(part))))
    if genre is None and any(map(_LIVE_SLUG.search, parts)):
        return "live"
    return genre or _foremost(_known(parts[:1]))


def _text_genre(text: str) -> Genre | None:
    if _RELEASE.match(text) or _WIRE.search(text, 0, _DATELINE):
        return "press release"
    if _CORRECTION.match(text) and "\n" not in text.partition(":")[2].strip():
        return "correction"  # and nothing else: an article that was corrected opens with such a note, too
    if _OWN_VIEWS.search(text[:1000]) or _OWN_VIEWS.search(text[-1000:]):
        return "opinion"
    return None
