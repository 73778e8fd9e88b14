"""The strings that stand in the source below the fields of a struct, for those who read no source."""

import ast
import inspect
import textwrap
from functools import cache

from msgspec import Struct

OURS = ("service.", "embeddings.")


@cache
def docstrings(kind: type[Struct]) -> dict[str, str]:
    """Give the strings below the fields of a struct and of those that it is made of, by field."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.startswith(OURS):
            (definition,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
            assert isinstance(definition, ast.ClassDef)
            for field, below in zip(definition.body, definition.body[1:], strict=False):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                        found[name] = first_lines(inspect.cleandoc(text))
    return found


def first_lines(text: str) -> str:
    """Give the first paragraph, on one line."""
    return " ".join(text.partition("\n\n")[0].split())
