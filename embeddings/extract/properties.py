"""What document files say of themselves: programs fill these fields in, so that only some values are worth having."""

import re

from embeddings.extract.normalise import one_line

_NO_TITLE = re.compile(
    r"(?:untitled|no title|document|print|layout|page|slide|word document)\W*\d*"
    r"|microsoft \w+ - .*|.*\.(?:docx?|dotx?|rtf|odt|indd|qx[dp]|pdf|pages|html?|txt)|https?:.*",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?:microsoft|office|admin|user|owner|unknown|author|anonymous|root|python|pdf)\b.*|www\..*|.*@.*", re.IGNORECASE
)


def stated_title(value: str | None) -> str | None:
    """The title, unless it is the name of a file, or of nothing."""
    title = one_line(value or "")
    return title if " " in title and not _NO_TITLE.fullmatch(title) else None


def stated_author(value: str | None) -> str | None:
    """The author, unless it is the name of an account or of a program; a first name alone is one of these."""
    author = one_line(value or "")
    return author if " " in author and not _NO_AUTHOR.fullmatch(author) else None
