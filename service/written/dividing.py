"""A reply read as it comes: pieces of text in, complete sentences with their marks out.

What is made of a text never depends on how it is divided into pieces: everything is decided at fixed points of it. A
sentence is complete once the word after it is, or at the end of its line. Its marks may stand before its full stop or
after it, at the beginning of the line, or alone on the line below.
"""

import re
from bisect import bisect_left
from itertools import pairwise

from embeddings.sentences import paragraphs
from service.written.holding import Holding
from service.written.lines import cells, is_heading, is_left_out, is_rule, is_structured, words_from
from service.written.marks import FARTHEST, HALF, OPENED
from service.written.plain import Plain, plain
from service.written.telling import lists_sources, may_tell, told
from service.written.written import Mark, Part

LONGEST = 4000
"""Characters after which what has no end is taken for a sentence."""

_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_POINT = re.compile(r"[\s\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w")
_WORDS = re.compile(r"\S*\w\S*")
_STOP = re.compile(r"[.?!…।؟۔][^\w\s\[]{0,8}[\s\[【［〔(]|[。！？｡]")
_UNSURE = ((re.compile(r"[?!][”’»\"']$"), 5), (re.compile(r"\b[ap]\.?m\.$"), 2))
"""Ends that the words after them can undo, and how many those are: “Why?” John Smith asked; 5 p.m. Eastern time."""
_SURE = re.compile(r"[\]］】〕][\"”’»)*_]*[.?!。][\"”’»)*_]*\s*$")
_HALF_WORD = re.compile(r"\S+$")


class Dividing:
    """Reads one reply. Keeps no more than the sentence that is being written and the one before."""

    def __init__(self) -> None:
        self._sentences = Holding()
        self._of_table = False
        """Whether the line before was a row of a table."""
        self._listing = False
        """Whether the sources are being listed, at the end."""
        self._squared = False
        """Whether marks are written in square brackets."""
        self._begin_line()

    def _begin_line(self) -> None:
        self._line = ""
        """What of the line is not divided into sentences yet."""
        self._whole = True
        """Whether that is all of it."""
        self._emphasis = 0
        """Signs of emphasis that were open where that begins."""
        self._leading = False
        """Whether marks stand before their sentences in this line."""
        self._enough = 0
        """How long the rest must be to be worth another look."""

    def feed(self, piece: str) -> list[Part]:
        """Read on; return what is complete now."""
        if not piece.isprintable():
            piece = "".join(sign for sign in piece if sign.isprintable() or sign.isspace())
        self._read_on(piece)
        return self._sentences.taken()

    def finish(self, *, cut: bool = False) -> list[Part]:
        """Return what is left; if the model was `cut` in the midst, without the sentence that it was writing."""
        if cut and not self._is_sure():
            self._line, self._enough = _HALF_WORD.sub("", self._line), 0
            self._look()
        else:
            self._end_line()
        self._sentences.let_go()
        return self._sentences.taken()

    def _is_sure(self) -> bool:
        """Tell whether the line ends in what is certainly an end."""
        return _SURE.search(self._line) is not None or (self._whole and told(self._plain()[0].text) is not None)

    def _read_on(self, text: str) -> None:
        at = 0
        for point in _POINT.finditer(text):
            self._add(text[at : point.start()])
            at = point.end()
            if point.group() in _LINE_ENDS:
                self._end_line()
            else:
                self._add(point.group())
                self._look()
        self._add(text[at:])

    def _add(self, stretch: str) -> None:
        while len(self._line) + len(stretch) >= LONGEST:
            room = LONGEST - len(self._line)
            self._line, stretch = self._line + stretch[:room], stretch[room:]
            self._break_off()
        self._line += stretch

    def _break_off(self) -> None:
        """Take what is too long for a sentence, but not half a mark of it."""
        opened = OPENED.search(self._line, LONGEST - FARTHEST)
        end = opened.start() if opened else LONGEST
        end = self._line.rfind(" ", LONGEST // 2, end) + 1 or end
        self._line, rest = self._line[:end], self._line[end:]
        read, start = self._plain()
        self._divide(read, start, ended=True)
        self._line, self._whole, self._enough, self._emphasis = rest, False, 0, read.origins[-1][2]

    def _end_line(self) -> None:
        self._line = HALF.sub("", self._line)
        read, start = self._plain()
        if not (self._whole and self._is_no_prose(read, start)):
            self._divide(read, start, ended=True)
        self._sentences.break_line()
        self._begin_line()

    def _look(self) -> None:
        """Take the sentences of the line that are complete."""
        line = self._line
        stop = _STOP.search(line) if len(line) >= self._enough else None
        stops = stop is not None and _WORD.search(line, stop.end()) is not None
        if (
            not (stops or self._sentences.holds)
            or OPENED.search(line, max(0, len(line) - FARTHEST))
            or (self._whole and is_structured(line))
        ):
            return
        read, start = self._plain()
        if not _WORD.search(read.text, start) or (self._whole and may_tell(read.text[start:])):
            return
        self._sentences.let_go()
        if stops and not self._divide(read, start, ended=False):
            self._enough = len(line) + len(line) // 16 + 1

    def _plain(self) -> tuple[Plain, int]:
        """Return the line in plain text, and where its words begin."""
        read = plain(self._line, emphasis=self._emphasis, squared=self._squared)
        self._squared = read.squared
        return read, words_from(read.text, first=not self._sentences.begun) if self._whole else 0

    def _is_no_prose(self, read: Plain, start: int) -> bool:
        """Take a whole line if it is anything but sentences."""
        words, marks = read.text[start:].strip(), [mark for _, mark in read.marks]
        of_table, self._of_table = self._of_table, False
        if is_left_out(self._line):
            return True
        if (parts := told(words)) is not None:
            self._sentences.tell(parts)
        elif lists_sources(words):
            if not marks or _WORD.search(words.partition(":")[2]):
                self._sentences.let_go()
                self._listing = self._sentences.begun
            elif not self._sentences.cited:
                self._sentences.mark(marks)
        elif is_rule(read.text):
            if of_table:
                self._sentences.forget()
        elif (row := cells(read.text)) is not None:
            self._say(", ".join(row), marks)
            self._of_table = True
        else:
            return is_heading(self._line) and not marks
        return True

    def _divide(self, read: Plain, start: int, *, ended: bool) -> bool:
        """Take the sentences of the line, all if it has `ended`; tell whether there were any."""
        found = [sentence for paragraph in paragraphs(read.text[start:]) for sentence in paragraph]
        spans = [(start + sentence.start, start + sentence.end) for sentence in found]
        complete = len(spans) if ended else _complete(read.text, spans)
        if not complete and not ended:
            return False
        self._leading |= self._whole and bool(spans and read.marks) and read.marks[0][0] <= spans[0][0]
        owned = _owned(read.marks, spans, complete, leading=self._leading)
        for (begin, end), marks in zip(spans[:complete], owned, strict=False):
            self._say(read.text[begin:end], marks)
        if not spans:
            self._say("", owned[0])
        if not ended:
            self._sentences.let_go()
            self._sentences.wait(owned[-1])
            there, self._emphasis = read.origin(spans[complete][0])
            self._line, self._whole, self._enough = self._line[there:], False, 0
        return True

    def _say(self, text: str, marks: list[Mark]) -> None:
        if not self._listing or told(text) is not None:
            self._sentences.say(text, marks)


def _complete(text: str, spans: list[tuple[int, int]]) -> int:
    """Count the sentences that nothing can join any more to the words after them."""
    for index, ((start, end), (after, _)) in enumerate(pairwise(spans)):
        needed = next((words for end_of, words in _UNSURE if end_of.search(text, start, end)), 1)
        if len(_WORDS.findall(text, after)) < needed:
            return index
    return max(len(spans) - 1, 0)


def _owned(
    marks: list[tuple[int, Mark]], spans: list[tuple[int, int]], complete: int, *, leading: bool
) -> list[list[Mark]]:
    """Give each mark to the sentence that it stands in or after, or with `leading` before; last those of the next one.

    Only of the first `complete` sentences: what belongs to later ones will be read again with them.
    """
    owned: list[list[Mark]] = [[] for _ in range(complete + 1)]
    starts = [start for start, _ in spans]
    for at, mark in marks:
        index = max(bisect_left(starts, at) - 1, 0)
        if leading and index + 1 < len(spans) and at >= spans[index][1]:
            index += 1
        if index < complete or complete == len(spans) or at <= starts[complete]:
            owned[index].append(mark)
    return owned
