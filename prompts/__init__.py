"""The prompts of the chat model, one Markdown file each: loaded with their fields checked, rendered into two messages.

A file is the system message, a line of three hyphens, and the user message. Its fields are those of `string.Template`:
`$question` is replaced, `$$` is a dollar sign. There is nothing else to know, and no logic.
"""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from msgspec import Struct

FIELDS = {
    "answer": frozenset({"today", "question", "parts", "sources"}),
    "condense": frozenset({"today", "history", "question"}),
}
"""What each prompt has to be given, by its name: all of it stands in the file, nothing else does."""

_DIVIDER = "---"
_DIGEST = 12


class PromptInvalid(Exception):
    """A prompt cannot be used; the message says why, and what to do."""

    def __init__(self, path: Traversable, matter: str) -> None:
        super().__init__(f"the prompt {path} {matter}; mend it, or take it away to have the one that is built in")


class Prompt(Struct, frozen=True, kw_only=True):
    """What a chat model is told, with fields to be filled in."""

    name: str
    system: str
    user: str
    digest: str
    """Of the text of the file, 12 hexadecimal digits: its version."""

    def render(self, **fields: str) -> tuple[str, str]:
        """Give the system message and the user message; a `$` in a value stays one. ValueError for other fields."""
        if fields.keys() != FIELDS[self.name]:
            raise ValueError(f"the prompt {self.name} has the fields {', '.join(sorted(FIELDS[self.name]))}")
        return Template(self.system).substitute(fields), Template(self.user).substitute(fields)


def load(name: str, *, directory: Path | None = None) -> Prompt:
    """Read a prompt: from a directory, where that has a file `NAME.md`, else the one that is built in.

    Raises PromptInvalid when the file cannot be read, is not divided in two, or has other fields than it should.
    """
    path: Traversable = files(__name__) / f"{name}.md"
    if directory is not None:
        if not directory.is_dir():
            raise PromptInvalid(directory / f"{name}.md", "should be in a directory that is not there")
        if (own := directory / f"{name}.md").exists():
            path = own
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptInvalid(path, "is not UTF-8") from error
    except OSError as error:
        raise PromptInvalid(path, f"cannot be read ({error.strerror})") from error
    system, user = _divided(path, text)
    _check(path, text, FIELDS[name])
    return Prompt(name=name, system=system, user=user, digest=hashlib.sha256(text.encode()).hexdigest()[:_DIGEST])


def _divided(path: Traversable, text: str) -> tuple[str, str]:
    lines = text.splitlines()
    dividers = [number for number, line in enumerate(lines) if line.rstrip() == _DIVIDER]
    if len(dividers) != 1:
        raise PromptInvalid(path, f"has {len(dividers)} lines {_DIVIDER} where one divides system and user message")
    system, user = ("\n".join(part).strip() for part in (lines[: dividers[0]], lines[dividers[0] + 1 :]))
    if not system or not user:
        raise PromptInvalid(path, f"has nothing {'after' if system else 'before'} the line {_DIVIDER}")
    return system, user


def _check(path: Traversable, text: str, wanted: frozenset[str]) -> None:
    template = Template(text)
    for place in template.pattern.finditer(text):
        if place["invalid"] is not None:
            line = text.count("\n", 0, place.start()) + 1
            raise PromptInvalid(path, f"has a $ in line {line} that begins no field (a dollar sign is written $$)")
    found = frozenset(template.get_identifiers())
    if unknown := found - wanted:
        raise PromptInvalid(path, f"has the unknown field {_listed(unknown)}; those there are: {_listed(wanted)}")
    if missing := wanted - found:
        raise PromptInvalid(path, f"lacks the field {_listed(missing)}")


def _listed(fields: frozenset[str]) -> str:
    return ", ".join(f"${field}" for field in sorted(fields))
