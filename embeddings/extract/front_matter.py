"""The YAML block that may open a Markdown file, divided from the body below it."""

import re
from typing import Any

from embeddings.errors import ExtractionError

LONGEST = 64_000
_OPENING = re.compile(r"\s*---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE)
_FIELD = re.compile(r"""["']?[\w -]+["']?[ \t]*:(?:\s|$)""")


def divide(text: str) -> tuple[dict[str, Any], str]:
    """The fields and the body; no fields if there is no front matter, as where a rule opens the text.

    Raises ExtractionError for front matter that is damaged: taken for prose, it would be quoted.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return {}, text
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        if _FIELD.match(text, opening.end()):
            raise ExtractionError("has front matter without an end; close it with a line '---'")
        return {}, text
    fields = _parsed(text[opening.end() : closing.start()])
    return (fields, text[closing.end() :]) if fields is not None else ({}, text)


def _parsed(block: str) -> dict[str, Any] | None:
    """The fields, or None for what is YAML but holds no fields: a paragraph between two rules."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Leaves every value as it is written: no date guessed, no 1_000 counted, and `no` is Norwegian, not false.

        In Python, as a deep nest overflows the stack of the parser that is written in C.
        """

        yaml_implicit_resolvers = {  # noqa: RUF012  (the name and the form are PyYAML's)
            first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    if len(block) > LONGEST:
        raise ExtractionError(f"has front matter of over {LONGEST // 1000} kB; is its end '---' missing?")
    try:
        value = yaml.load(block, Loader)
    except yaml.YAMLError as error:
        raise ExtractionError(f"has front matter that is not valid YAML: {_problem(error)}") from None
    except (ValueError, RecursionError):
        raise ExtractionError("has front matter that is not valid YAML") from None
    if value is None:
        return {}
    return {str(name): entry for name, entry in value.items()} if isinstance(value, dict) else None


def _problem(error: Exception) -> str:
    """What and where, in one line; the file's second line is the first of the block."""
    problem = getattr(error, "problem", None) or "unreadable"
    mark = getattr(error, "problem_mark", None)
    return f"{problem} at line {mark.line + 2}" if mark else problem
