"""Values as lines for a terminal. What comes from articles cannot move the cursor or turn the line around."""

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import click

from embeddings.articles import Carrier, Hit
from service.answers import AnswerSentence, Citation, Doubt

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WIDEST = 100


def plain(text: str) -> str:
    """Fold blank space, and leave out characters that steer a terminal."""
    folded = " ".join(text.split())
    return "".join(c for c in folded if unicodedata.category(c) != "Cc" and c not in _TURNING)


class Prose:
    """Writes the sentences of an answer as they come, in paragraphs."""

    def __init__(self) -> None:
        self._end = 0
        self._column = 0

    def add(self, sentence: AnswerSentence) -> None:
        """Write a sentence with its marks, and with what is to be doubted of it."""
        if sentence.start > self._end + 1:
            self.close()
        self._end = sentence.end
        words = plain(sentence.text).split()
        words[-1:] = [" ".join([*words[-1:], "".join(f"[{number}]" for number in sentence.citations)]).strip()]
        self._write(words)
        if sentence.status in ("unsupported", "uncited"):
            said = "; ".join(map(doubt_words, sentence.doubts)) or "the articles do not bear it out"
            self._write(f"({sentence.status}: {said})".split(), fg="yellow")

    def close(self) -> None:
        """End the paragraph."""
        if self._column:
            click.echo("\n")
        self._column = 0

    def _write(self, words: Sequence[str], fg: str | None = None) -> None:
        for word in words:
            if self._column and self._column + 1 + len(word) > (_width() or sys.maxsize):
                click.echo()
                self._column = 0
            click.echo(" " * bool(self._column) + click.style(word, fg=fg), nl=False)
            self._column += len(word) + bool(self._column)


_DOUBTS = {
    "quotation": "no quotation of what is cited",
    "number": "number not found",
    "date": "date not found",
    "name": "name not found",
    "negation": "the articles say the contrary",
    "attribution": "who says it is not as in the articles",
    "roles": "who does what to whom is not as in the articles",
    "merging": "the articles differ, and it does not tell which of them says what",
    "support": "the articles hardly say it",
}


def doubt_words(doubt: Doubt) -> str:
    """What is to be doubted of a sentence."""
    return f"{_DOUBTS[doubt.kind]}: {plain(doubt.words)}" if doubt.words else _DOUBTS[doubt.kind]


def citation_lines(citation: Citation) -> str:
    """A source: outlet, author, date and title, the exact quotation, who says it, and who else carries it."""
    head = click.style(f"[{citation.number}]", bold=True)
    lines = [f"{head} {byline(citation)}", wrapped(f"“{plain(citation.quote)}”", indent="    ")]
    said = citation.speech
    if said and not citation.start <= said.speaker_start < citation.end:
        lines.append(wrapped(f"according to {plain(said.speaker)}", indent="    "))
    if citation.page:
        lines.append(f"    page {citation.page}")
    if citation.url:
        lines.append(f"    {plain(citation.url)}")
    if citation.carriers:
        lines.append(wrapped(f"also carried by {others(citation.carriers)}", indent="    "))
    return "\n".join(lines)


def hit_lines(hit: Hit, characters: int = 300) -> str:
    """A passage that was found, and why."""
    why = f"score {hit.score:.3f} · by meaning {_rank(hit.dense_rank)} ({hit.dense_score:.3f})"
    why += f" · by words {_rank(hit.lexical_rank)} ({hit.lexical_score:.2f})"
    lines = [
        f"{click.style(f'{hit.rank}.', bold=True)} {byline(hit.article)}",
        click.style(f"   {why}", dim=True),
        wrapped(textwrap.shorten(plain(hit.passage.text), characters, placeholder=" …"), indent="   "),
        click.style(f"   {hit.passage.id}", dim=True),
    ]
    if hit.carriers:
        lines.insert(3, wrapped(f"also carried by {others(hit.carriers)}", indent="   "))
    return "\n".join(lines)


def byline(item: Citation | Carrier) -> str:
    """Outlet, author, date, genre unless it is news, and title, as far as they are known."""
    genre = None if item.genre == "news" else item.genre
    known = [item.source, item.author, day(item.published_at), genre, item.title]
    return " · ".join(plain(part) for part in known if part)


def others(carriers: tuple[Carrier, ...]) -> str:
    """The outlets of copies."""
    return ", ".join(plain(carrier.source or carrier.title) for carrier in carriers)


def day(moment: datetime | None) -> str:
    """A date as it is read; empty for none."""
    return "" if moment is None else f"{moment.day} {moment:%B} {moment.year}"


def wrapped(text: str, indent: str = "") -> str:
    """Break a text at the width of the terminal; when piped, it stays one line."""
    width = _width()
    if width is None:
        return indent + text
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _width() -> int | None:
    """Columns of the terminal; None where the output is piped."""
    return min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else None


def size(count: int) -> str:
    """Bytes as people say them."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _rank(rank: int | None) -> str:
    return "–" if rank is None else f"#{rank}"
