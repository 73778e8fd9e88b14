"""A filter as SQL over `articles a` and `versions v`."""

import re
import unicodedata
from typing import Any

from embeddings.articles import Filter
from embeddings.catalog.rows import stamp


def fold(name: str | None) -> str | None:
    """Reduce a name to lower-case words between single blanks, so that names compare by words."""
    return None if name is None else " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold()))


def fold_byline(names: str | None) -> str | None:
    """The same for one name or several, which stay apart: no name is made of the end of one and the next."""
    if names is None:
        return None
    return " ; ".join(folded for name in re.split(r"[,;/|&]", names) if (folded := fold(name)))


def conditions(wanted: Filter) -> tuple[str, list[Any]]:
    """Write a filter as SQL over `articles a` and `versions v`, each condition led by AND."""
    where, values = "", []
    if wanted.sources:
        where += f" AND v.source_folded IN ({','.join('?' * len(wanted.sources))})"
        values += [fold(name) for name in wanted.sources]
    if wanted.authors:
        where += f" AND ({' OR '.join(['instr(? || v.author_folded || ?, ?)'] * len(wanted.authors))})"
        for name in wanted.authors:
            values += [" ", " ", f" {fold_byline(name)} "]
    if wanted.after is not None:
        where += " AND v.published_at >= ?"
        values.append(stamp(wanted.after))
    if wanted.before is not None:
        where += " AND v.published_at < ?"
        values.append(stamp(wanted.before))
    if wanted.articles:
        where += f" AND a.id IN ({','.join('?' * len(wanted.articles))})"
        values += wanted.articles
    if wanted.genres:
        where += f" AND v.genre IN ({','.join('?' * len(wanted.genres))})"
        values += wanted.genres
    return where, values
