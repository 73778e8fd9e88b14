"""Where the lines of a page stand: what repeats in the margins goes, and columns are read one after the other."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

_MARGIN_LINES = 3
"""Lines at the top and the bottom of a page that may be a running head or foot."""
_REPEATED = (2, 3)
"""Pages with one head, in a short document and in a long one; heads differ on left and right pages and by chapter."""
_LONG = 10
_NUMBER = re.compile(r"(?:page |p\. ?|seite |[-–—|• ]*)\d{1,4}(?: ?(?:of|/|von|de) ?\d{1,4})?[-–—|• ]*", re.IGNORECASE)
_WIDEST_SPACE = 8
"""Line heights between two words of one line."""
_ROWS = 6
_FEWEST_LINES = 3
"""Of columns that stand beside each other."""
_MOST_LINES, _MOST_BLOCKS = 2000, 150
SMALLER = 0.6
"""Times the height of an initial that is set over several lines, at most, the letters after it have."""


class Line(Struct, frozen=True, kw_only=True):
    """A line of text, or of one column of it, and the box around it in points; up is more."""

    text: str
    page: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


class Block(Struct, kw_only=True):
    """Lines under each other that belong together."""

    lines: list[Line]

    @property
    def left(self) -> float:
        return min(line.left for line in self.lines)

    @property
    def right(self) -> float:
        return max(line.right for line in self.lines)

    def box(self) -> Line:
        """The box around the lines, as one line without words."""
        return replace(
            self.lines[0],
            text="",
            left=self.left,
            bottom=self.lines[-1].bottom,
            right=self.right,
            top=self.lines[0].top,
        )


def without_margins(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without page numbers and without the heads and feet that repeat from page to page."""
    edges = [_edges(page) for page in pages]
    seen = Counter(key for page in edges for key in {_key(line) for edge in page for row in edge for line in row})
    enough = _REPEATED[len(pages) >= _LONG]
    kept = []
    for page, (top, bottom) in zip(pages, edges, strict=True):
        out: set[int] = set()
        for edge in (top, bottom):
            for row in edge:
                if not all(seen[_key(line)] >= enough or _NUMBER.fullmatch(line.text) for line in row):
                    break  # what is further in is the page itself
                out |= {id(line) for line in row}
        kept.append([line for line in page if id(line) not in out])
    return kept


def _edges(page: Sequence[Line]) -> tuple[list[list[Line]], list[list[Line]]]:
    """The rows of lines at the top and at the bottom of a page, from the edge inwards."""
    rows = _rows(page)
    return rows[:_MARGIN_LINES], rows[: -_MARGIN_LINES - 1 : -1]


def _rows(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines from top to bottom, those of one height together from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.bottom):
        if rows and rows[-1][0].bottom - line.bottom < line.height / 3:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _key(line: Line) -> tuple[str, int]:
    """What a line says but for its numbers, and how high it stands."""
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.bottom / 6)


def in_reading_order(lines: Sequence[Line]) -> list[Block]:
    """The blocks of a page in the order in which people read them; in that of the file where there are too many."""
    blocks = _blocks(_whole(_with_initials(lines))) if len(lines) <= _MOST_LINES else []
    if len(lines) > _MOST_LINES or len(blocks) > _MOST_BLOCKS:
        return [Block(lines=[line]) for line in lines]
    boxes = [block.box() for block in blocks]
    before = {
        one: {other for other in range(len(boxes)) if other != one and _precedes(boxes[other], boxes[one], boxes)}
        for one in range(len(boxes))
    }
    ordered = []
    while before:
        ready = [one for one, waits in before.items() if not waits & before.keys()] or list(before)
        chosen = max(ready, key=lambda one: (boxes[one].top, -boxes[one].left))
        ordered.append(blocks[chosen])
        del before[chosen]
    return ordered


def _with_initials(lines: Sequence[Line]) -> list[Line]:
    """The lines, with a letter that is set large beside several of them put before the first, where it belongs."""
    found = list(lines)
    for initial in (line for line in lines if len(line.text) == 1 and line.text.isupper()):
        beside = [line for line in found if _is_beside(initial, line)]
        if len(beside) < 2:
            continue
        first = max(beside, key=lambda line: line.bottom)
        word = initial.text + first.text.partition(" ")[0]
        apart = initial.text in "AIO" and not any(
            re.search(rf"\b{re.escape(word)}\b", line.text, re.I) for line in lines
        )
        for line in beside:
            text = f"{initial.text}{' ' * apart}{line.text}" if line is first else line.text
            found[found.index(line)] = replace(line, text=text, left=initial.left)
        found.remove(initial)
    return found


def _is_beside(initial: Line, line: Line) -> bool:
    return (
        line.height < SMALLER * initial.height
        and initial.bottom < (line.bottom + line.top) / 2 < initial.top
        and -line.height / 3 < line.left - initial.right < line.height
    )


def _precedes(one: Line, other: Line, boxes: Sequence[Line]) -> bool:
    """Tell whether a block is read before another (Breuel, High performance document layout analysis, 2003).

    It is when it stands above in the same column, or wholly to the left with nothing between them that spans both.
    """
    if _overlap(one, other):
        return one.top > other.top
    if one.left > other.left:
        return False
    low, high = sorted((one.top, other.top))
    return not any(low < each.top < high and _overlap(each, one) and _overlap(each, other) for each in boxes)


def _overlap(one: Line, other: Line) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > 0.1 * min(one.right - one.left, other.right - other.left)


def _whole(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines from top to bottom, those put together that were divided where no columns are.

    In justified text a space between two words can be as wide as one between columns; it does not go on over lines.
    """
    rows = _rows(lines)
    for number, row in enumerate(rows):
        waiting = row[0]
        for line in row[1:]:
            gap = line.left - waiting.right
            if 0 <= gap < _WIDEST_SPACE * line.height and not _is_gutter(waiting, line, number, rows):
                waiting = _together(waiting, line)
            else:
                yield waiting
                waiting = line
        yield waiting


def _is_gutter(one: Line, other: Line, number: int, rows: Sequence[Sequence[Line]]) -> bool:
    """Tell whether the gap between two lines goes on between several lines below or above each of them."""
    left, right = 1, 1
    for near in (reversed(rows[max(0, number - _ROWS) : number]), rows[number + 1 : number + 1 + _ROWS]):
        free = (one.right, other.left)
        for row in near:
            free = max(_free(row, *free), key=lambda gap: gap[1] - gap[0])
            if free[1] - free[0] < one.height / 3:
                break
            left += any(line.right <= free[0] and _overlap(line, one) for line in row)
            right += any(line.left >= free[1] and _overlap(line, other) for line in row)
    return min(left, right) >= _FEWEST_LINES


def _free(row: Sequence[Line], left: float, right: float) -> Iterator[tuple[float, float]]:
    """The parts of a gap that no line of a row covers."""
    for line in row:
        yield left, min(right, line.left)
        left = max(left, line.right)
    yield left, right


def _together(one: Line, other: Line) -> Line:
    bottom, top = min(one.bottom, other.bottom), max(one.top, other.top)
    return replace(one, text=f"{one.text} {other.text}", bottom=bottom, right=other.right, top=top)


def _blocks(lines: Iterator[Line]) -> list[Block]:
    blocks: list[Block] = []
    for line in lines:
        above = [block for block in blocks if _continues(block.lines, line)]
        if above:
            min(above, key=lambda block: abs(block.lines[-1].left - line.left)).lines.append(line)
        else:
            blocks.append(Block(lines=[line]))
    return blocks


def _continues(lines: list[Line], line: Line) -> bool:
    last = lines[-1]
    height = last.height
    alike = 0.85 < line.height / height < 1.18 if height > 0 else False
    steps = [one.bottom - other.bottom for one, other in pairwise(lines)]
    near = 0 < last.bottom - line.bottom < (1.6 * median(steps) if steps else 2 * height)
    aligned = (
        abs(last.left - line.left) < 3 * height or abs(last.left + last.right - line.left - line.right) < 2 * height
    )
    return alike and near and aligned and _overlap(last, line)
