"""Plain text (.txt): the whole file is the article's text, title line included."""

from embeddings.articles import Article
from embeddings.extract.decoding import decode
from embeddings.extract.drafts import Draft, finish


def extract_plain(data: bytes, stem: str) -> Article:
    """The article of a text file."""
    return finish(Draft(text=decode(data)), stem)
