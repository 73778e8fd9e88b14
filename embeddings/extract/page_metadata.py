"""What a web page says of its article: title, authors, outlet, dates, address, section, genre, by order of trust."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from embeddings.extract.bylines import names
from embeddings.extract.dates import parse_date
from embeddings.extract.genres import stated_genre
from embeddings.extract.linked_data import LinkedData, kinds
from embeddings.extract.normalise import one_line
from embeddings.extract.urls import web_address

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SAVED_FROM = re.compile(
    r"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*|Mirrored from )(\S+)", re.IGNORECASE
)
_DIVIDERS = r"\s*(?:\s[-–—:·•»«]\s|[|‖｜])\s*"
_NOT_AN_OUTLET = re.compile(r"wordpress|blogger|home(?:page)?|website|untitled|my (?:site|blog)|index|news", re.I)
_NO_SECTION = re.compile(
    r"home(?:page)?|start(?:seite)?|front ?page|inicio|início|accueil|all|posts?|articles?|uncategori[sz]ed"
    r"|[\w-]+\.\w+",
    re.IGNORECASE,
)
_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "ac", "or", "ne", "in"))
_TAG = re.compile(r"</?[a-z][^<>]{0,500}>", re.IGNORECASE)
_CUT_OFF = ("…", "...")
_SHORTEST_TITLE = 4


class PageMetadata(Struct, frozen=True, kw_only=True):
    """What was found, as it will stand in a draft."""

    title: str | None
    author: str | None
    source: str | None
    published_at: str | None
    updated_at: str | None
    url: str | None
    section: str | None
    genre: str | None
    language: str | None
    description: str | None
    tags: list[str]
    is_article: bool
    """The page calls itself an article, in whichever vocabulary."""
    is_free: bool
    """It does not call itself closed to those who do not pay."""
    body: str | None
    """The text, where the page gives it to machines."""
    kinds: frozenset[str]
    """The schema.org types of what it describes, and what OpenGraph calls it."""


class _Page:
    """The statements of a page, by vocabulary."""

    def __init__(self, tree: "HtmlElement", markup: str) -> None:
        self.tree = tree
        self.markup = markup
        self.linked = LinkedData(tree)
        self._metas: dict[str, list[str]] = {}
        for meta in tree.iter("meta"):
            content = one_line(meta.get("content", ""))
            for key in ("property", "name", "itemprop"):
                if content and meta.get(key):
                    self._metas.setdefault(meta.get(key).strip().lower(), []).append(content)

    def metas(self, *keys: str) -> Iterator[str]:
        """The contents of the meta tags with these names."""
        for key in keys:
            yield from self._metas.get(key, ())

    def marked(self, *properties: str) -> Iterator[str]:
        """The values of microdata properties: a machine's form where there is one, else the words."""
        for name in properties:
            for element in self.tree.xpath("//*[@itemprop=$name and not(self::meta)]", name=name):
                yield one_line(element.get("datetime") or element.get("content") or element.text_content())

    def texts(self, xpath: str) -> Iterator[str]:
        """The words of the elements, or the values of the attributes, that the expression finds."""
        for found in self.tree.xpath(xpath):
            yield one_line(found if isinstance(found, str) else found.text_content())


def describe(tree: "HtmlElement", markup: str) -> PageMetadata:
    """What the page says; `markup` is its source, whose comments tell where a browser saved it from."""
    page = _Page(tree, markup)
    url = _address(page)
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else None
    source = _outlet(page, host)
    published = _first_date(_publication_dates(page))
    updated = _first_date(_update_dates(page))
    if _is_soon_after(updated, published):
        updated = None
    sections = [section for section in _sections(page) if not _NO_SECTION.fullmatch(section)]
    kinds_stated = page.linked.kinds() | set(page.metas("og:type"))
    return PageMetadata(
        title=_title(page, source, host),
        author=names(_authors(page), source),
        source=source,
        published_at=published,
        updated_at=updated,
        url=url,
        section=next(iter(sections), None),
        genre=_genre(page, sections),
        language=next(_languages(page), None),
        description=next(filter(None, page.metas("description", "og:description", "twitter:description")), None),
        tags=_tags(page),
        is_article=bool(page.linked.article) or "article" in " ".join(page.metas("og:type")),
        is_free=not any(_denies(value) for value in _free(page)),
        body=next((_TAG.sub("\n", body) for body in page.linked.texts("articleBody")), None),
        kinds=frozenset(kinds_stated),
    )


def completed(page: PageMetadata, tree: "HtmlElement") -> PageMetadata:
    """The same, with guesses from the looks of the page where it states no title, author or date."""
    if page.title and page.author and page.published_at:
        return page
    from trafilatura import extract_metadata

    guessed = extract_metadata(tree, default_url=page.url, extensive=False)
    return replace(
        page,
        title=page.title or guessed.title,
        author=page.author or names((guessed.author or "").split("; "), page.source),
        published_at=page.published_at or guessed.date,
    )


def _title(page: _Page, source: str | None, host: str | None) -> str | None:
    found = (
        _without_outlet(title, source, host)
        for title in (
            *page.linked.texts("headline", "name"),
            *page.metas("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "citation_title"),
            *page.marked("headline"),
            *page.texts("//title"),
            *page.texts("//h1"),
        )
    )
    titles = [
        title for title in found if len(title) >= _SHORTEST_TITLE and title.casefold() != (source or "").casefold()
    ]
    if not titles:
        return None
    first = titles[0]
    if first.endswith(_CUT_OFF):
        beginning = first.rstrip("….").rstrip().casefold()
        return next((title for title in titles[1:] if title.casefold().startswith(beginning)), first)
    shown = (heading for heading in page.texts("//h1") if len(heading.split()) > 2)
    return next((heading for heading in shown if re.match(re.escape(heading) + _DIVIDERS, first)), first)


def _without_outlet(title: str, source: str | None, host: str | None) -> str:
    """The headline alone, where the outlet's name or its address follows or leads it."""
    title = one_line(title)
    for name in filter(None, (source, host, host and host.partition(".")[0])):
        plain = re.escape(name)
        title = re.sub(rf"{_DIVIDERS}(?:the )?{plain}(?:\.\w+)?(?:{_DIVIDERS}.*)?$", "", title, flags=re.IGNORECASE)
        title = re.sub(rf"^(?:the )?{plain}{_DIVIDERS}(?=\S)", "", title, flags=re.IGNORECASE)
    return title


def _authors(page: _Page) -> Iterator[str]:
    """The statements of the first vocabulary that names somebody."""
    vocabularies: tuple[Iterable[str], ...] = (
        page.linked.texts("author", "creator"),
        page.metas("author", "article:author", "og:article:author", "parsely-author", "sailthru.author", "byl"),
        page.metas("dc.creator", "dcterms.creator", "citation_author", "cxenseparse:author"),
        page.texts("//*[@itemprop='author']//*[@itemprop='name'] | //*[@itemprop='author'][not(.//*[@itemprop])]"),
        page.texts("//a[contains(concat(' ', @rel, ' '), ' author ')]"),
    )
    for vocabulary in vocabularies:
        stated = [text for text in vocabulary if names([text])]
        if stated:
            yield from stated
            return


def _outlet(page: _Page, host: str | None) -> str | None:
    """The first stated name that goes with the address, since agencies stand as publishers of what others carry; else
    the first; else the host. A person who publishes under their name is an author."""
    publishers = (
        one for one in page.linked.values("publisher") if isinstance(one, dict) and "Person" not in kinds(one)
    )
    stated = (
        *page.metas("og:site_name"),
        *(str(publisher.get("name") or "") for publisher in publishers),
        *page.metas("application-name", "dc.publisher", "citation_journal_title", "cre"),
    )
    outlets = [re.split(rf"{_DIVIDERS}", one_line(unescape(name)))[0] for name in stated]
    outlets = [name for name in outlets if name and not _NOT_AN_OUTLET.fullmatch(name) and not re.search("//|^@", name)]
    return min(outlets, key=lambda name: (not _goes_with(name, host or ""), name.islower()), default=host)


def _goes_with(name: str, host: str) -> bool:
    """Tell whether a word of the name, or its initials, stand in the host's: "Harbour Post" and harbourpost.example."""
    words = re.findall(r"\w+", name.casefold())
    initials = "".join(word[0] for word in words)
    return any(len(word) > 2 and word != "the" and word in host for word in words) or (
        len(initials) > 2 and initials in host
    )


def _publication_dates(page: _Page) -> Iterator[str]:
    yield from page.linked.texts("datePublished")
    yield from page.metas("article:published_time", "og:article:published_time", "article:published", "datepublished")
    yield from page.metas("parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "publish_date", "publishdate")
    yield from page.metas("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date", "date")
    yield from page.metas("citation_publication_date", "article.published", "cxenseparse:recs:publishtime")
    yield from page.linked.texts("dateCreated", "uploadDate")
    yield from page.marked("datePublished")
    yield from page.texts("//time[@pubdate]/@datetime | //time[contains(@class, 'publish')]/@datetime")
    yield from page.texts("//article//time[@datetime][not(contains(@class, 'updat'))]/@datetime")


def _update_dates(page: _Page) -> Iterator[str]:
    yield from page.linked.texts("dateModified")
    yield from page.metas("article:modified_time", "og:updated_time", "og:article:modified_time", "datemodified")
    yield from page.metas("lastmod", "last-modified", "dcterms.modified", "dc.date.modified", "article.updated")
    yield from page.marked("dateModified")
    yield from page.texts("//time[contains(@class, 'updat') or contains(@class, 'modif')]/@datetime")


def _first_date(stated: Iterable[str]) -> str | None:
    return next((date for date in stated if (moment := parse_date(date)) and moment.year > 1970), None)


def _is_soon_after(updated: str | None, published: str | None) -> bool:
    """Tell whether an update lies before the publication or within its minute, which is saving, not changing."""
    later, earlier = parse_date(updated), parse_date(published)
    return later is not None and earlier is not None and later < earlier + timedelta(minutes=1)


def _address(page: _Page) -> str | None:
    """The article's own address.

    A canonical address at another outlet is where the story came from, not where this copy stands: taken for it, the
    two would be one article.
    """
    saved = _SAVED_FROM.search(page.markup, 0, 4096)
    own = [saved[1]] if saved else []
    own += [*page.metas("og:url", "parsely-link", "twitter:url"), *page.linked.texts("url", "mainEntityOfPage")]
    base = next((address for address in (*page.texts("//base/@href"), *own) if web_address(address)), "")
    canonical = page.texts("//link[translate(@rel, 'CANOIL', 'canoil') = 'canonical']/@href")
    known = next(filter(None, (_resolved(address, base) for address in own)), None)
    stated = next(filter(None, (_resolved(address, base) for address in canonical)), None)
    return known if known and stated and _site(stated) != _site(known) else stated or known


def _resolved(address: str, base: str) -> str | None:
    """The address in full, if it can be that of an article: the front of a site is not."""
    try:
        parts = urlsplit(full := urljoin(base, address.strip()))
    except ValueError:
        return None
    return full if web_address(full) and (parts.path.strip("/") or parts.query) else None


def _site(address: str) -> str:
    """The labels of the host that its variants (www, m, amp) share: "bbc.co.uk"."""
    labels = (urlsplit(address).hostname or "").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else labels[-2:])


def _sections(page: _Page) -> Iterator[str]:
    found = (
        *page.linked.texts("articleSection"),
        *page.metas("article:section", "og:article:section", "parsely-section", "section", "dc.subject.section"),
        *page.metas("cxenseparse:section", "category"),
        *page.marked("articleSection"),
        *page.linked.trail()[-2::-1],  # nearest first, and without the page itself
    )
    for section in map(one_line, found):
        yield from filter(None, section.split(",") if re.search(r",\S|,.*,", section) else [section])


def _genre(page: _Page, sections: Iterable[str]) -> str | None:
    types = sorted(kinds(page.linked.article))
    opinion = ["opinion" for stated in page.metas("article:opinion") if stated.lower() == "true"]
    for word in (
        *types,
        *opinion,
        *page.linked.texts("genre"),
        *page.metas("genre", "article:content_tier_type"),
        *sections,
    ):
        if genre := stated_genre(word):
            return genre
    return None


def _languages(page: _Page) -> Iterator[str]:
    yield from filter(None, page.texts("/html/@lang | /html/@*[local-name()='lang']"))
    yield from page.linked.texts("inLanguage")
    yield from page.metas("og:locale", "language", "dc.language", "content-language")


def _tags(page: _Page) -> list[str]:
    stated = [*page.metas("article:tag"), *page.linked.texts("keywords")] or list(
        page.metas("keywords", "news_keywords")
    )
    return list(dict.fromkeys(tag for text in stated for tag in map(one_line, text.split(",")) if tag))[:50]


def _free(page: _Page) -> Iterator[Any]:
    yield from (page.linked.article.get("isAccessibleForFree"), *page.metas("isaccessibleforfree"))
    for part in page.linked.values("hasPart"):
        yield part.get("isAccessibleForFree") if isinstance(part, dict) else None
    yield from ("false" for tier in page.metas("article:content_tier") if tier.lower() == "locked")


def _denies(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.rpartition("/")[2].lower() == "false")
