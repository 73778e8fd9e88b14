"""The parts of a reply: sentences with their marks, and what the model says of the question."""

from msgspec import Struct


class Mark(Struct, frozen=True):
    """What a model names as a ground: `[3.2]` is sentence 2 of source 3, `[3]` the source alone."""

    source: int
    sentence: int | None = None


class Written(Struct, frozen=True, kw_only=True):
    """A complete sentence."""

    text: str
    """Without marks, and without the signs of Markdown."""
    marks: tuple[Mark, ...]
    """In the order of their first use, each once; whether they were offered is not known here."""
    begins_paragraph: bool = False


class NotInArticles(Struct, frozen=True):
    """The model says that the articles do not answer the question."""


class MissingParts(Struct, frozen=True, kw_only=True):
    """The model says that the articles do not answer these parts of the question."""

    letters: tuple[str, ...]
    """"a" for the first part."""


Part = Written | NotInArticles | MissingParts
