"""An answer as the content of a message: its sentences with marks, and where in it which article is cited."""

import re
from typing import Literal
from urllib.parse import quote, urlencode

from msgspec import Struct

from service.answers import Answer, AnswerSentence, Citation

_WEB = re.compile(r"https?://", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`\[\]<]")
_ESCAPED = re.compile(r"\\([\\`\[\]<])")


def escaped(text: str) -> str:
    """Let a sentence be read as it stands by clients that read Markdown: it brings no link, picture, mark or tag."""
    return _MARKUP.sub(r"\\\g<0>", text)


def unescaped(text: str) -> str:
    """Undo `escaped`."""
    return _ESCAPED.sub(r"\1", text)


class Content:
    """Grows by the sentences of an answer, in the order in which they are released."""

    def __init__(self) -> None:
        self.text = ""
        self.spans: list[tuple[int, int]] = []
        """Where each sentence stands in the text, in code points."""
        self._end = 0

    def add(self, sentence: AnswerSentence) -> str:
        """Give what a sentence adds: itself, marks for what it cites, and a warning where that does not bear it out."""
        begins_paragraph = sentence.start > self._end + 1
        self._end = sentence.end
        between = ("\n\n" if begins_paragraph else " ") if self.text else ""
        marks = "".join(f"[{number}]" for number in sentence.citations)
        doubted = f"({sentence.status})" if sentence.status in ("unsupported", "uncited") else ""
        said = escaped(sentence.text)
        added = between + " ".join(filter(None, (said, marks, doubted)))
        start = len(self.text) + len(between)
        self.spans.append((start, start + len(said)))
        self.text += added
        return added


class UrlCitation(Struct, frozen=True, kw_only=True):
    """Of which sentence of the content an article bears what out: `content[start_index:end_index]`."""

    start_index: int
    """In code points."""
    end_index: int
    url: str
    """Of the article; where it has none, of the answer with all that it cites."""
    title: str


class Annotation(Struct, frozen=True, kw_only=True):
    """A citation of a sentence, as OpenAI writes it."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Addresses(Struct, frozen=True):
    """Where clients find what is cited."""

    base: str
    """Of the service, without a slash at its end."""
    logged: bool
    """Whether answers are kept."""

    def answer(self, answer: Answer) -> str | None:
        """Give the permalink of an answer; None where there is none."""
        return f"{self.base}/v1/answers/{answer.id}" if self.logged else None

    def cited(self, citation: Citation, answer: Answer) -> str:
        """Give the address of what is cited, nearest to its publisher."""
        if citation.url and _WEB.match(citation.url):
            return citation.url
        where = urlencode({"version": citation.version, "collection": answer.collection})
        return self.answer(answer) or f"{self.base}/v1/articles/{quote(citation.article_id, safe='')}?{where}"


def annotations(answer: Answer, content: Content, addresses: Addresses) -> tuple[Annotation, ...]:
    """Tell of each sentence what it cites."""
    cited = {citation.number: citation for citation in answer.citations}
    return tuple(
        Annotation(
            url_citation=UrlCitation(
                start_index=start,
                end_index=end,
                url=addresses.cited(cited[number], answer),
                title=cited[number].title,
            )
        )
        for sentence, (start, end) in zip(answer.sentences, content.spans, strict=True)
        for number in sentence.citations
    )
