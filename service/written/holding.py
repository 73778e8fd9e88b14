"""What has been read of a reply, in order: the last sentence is held, as marks on the line below it are its own."""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from service.written.plain import without_marks
from service.written.telling import told
from service.written.written import Mark, Part, Written

_WORD = re.compile(r"\w")


class Holding:
    """Takes sentences and marks, gives complete parts."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._held: Written | None = None
        self._waiting: list[Mark] = []
        """Marks that came before their sentence."""
        self._breaks = False
        self.begun = False
        """Whether there was a sentence."""

    @property
    def holds(self) -> bool:
        """Whether a sentence is held."""
        return self._held is not None

    @property
    def cited(self) -> bool:
        """Whether the sentence that is held has marks."""
        return self._held is not None and self._held.marks != ()

    def say(self, text: str, marks: Iterable[Mark]) -> None:
        """Take a sentence, or what stands in its place: one without words is nothing but its marks."""
        text, within = without_marks(" ".join(text.split()))
        marks = [*marks, *within]
        if not _WORD.search(text):
            self.mark(marks)
        elif (parts := told(text)) is not None:
            self.tell(parts)
        else:
            self.let_go()
            marks = tuple(dict.fromkeys([*self._waiting, *marks]))
            self._held = Written(text=text.strip(), marks=marks, begins_paragraph=self._breaks and self.begun)
            self._waiting, self._breaks, self.begun = [], False, True

    def mark(self, marks: Sequence[Mark]) -> None:
        """Take marks for the sentence that is held, else for the next."""
        if self._held:
            self._held = replace(self._held, marks=tuple(dict.fromkeys([*self._held.marks, *marks])))
        else:
            self.wait(marks)

    def wait(self, marks: Iterable[Mark]) -> None:
        """Take marks for the next sentence."""
        self._waiting = list(dict.fromkeys([*self._waiting, *marks]))

    def tell(self, parts: Iterable[Part]) -> None:
        """Take what the model says of the question."""
        self.let_go()
        self._parts += parts

    def break_line(self) -> None:
        """Let the next sentence begin a paragraph."""
        self._breaks = True

    def let_go(self) -> None:
        """Give the sentence that is held: nothing that follows is its own."""
        if self._held:
            self._parts.append(self._held)
            self._held = None

    def forget(self) -> None:
        """Leave out the sentence that is held."""
        self._held = None

    def taken(self) -> list[Part]:
        """Return the parts that were not returned before."""
        parts, self._parts = self._parts, []
        return parts
