"""The file of an evaluation, JSONL: questions, each with what its answer must be."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import IO, Annotated

import msgspec
from msgspec import Meta

from service.answers import COLLECTION, Question
from service.errors import ServiceError
from service.evaluation.wording import words
from service.moments import with_moments

_LONGEST = 1 << 20
"""Bytes of a line."""
_MOST_PROBLEMS = 20
"""Then it is some other file."""

Words = Annotated[str, Meta(pattern=r"\S", max_length=2000)]


class QuestionsInvalid(ServiceError):
    """A file of questions cannot be asked; nothing was."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Expectation(Question, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question, and what its answer must be: some of `quotes`, `answers` and `articles`, or a refusal."""

    answerable: bool = True
    """If not, the articles do not say, and the answer must be that."""
    quotes: tuple[Words, ...] = ()
    """Each must stand in a quoted sentence; blank space, case and kinds of quotation marks and dashes do not matter."""
    answers: tuple[Words, ...] = ()
    """One of them must, compared word by word as searches compare words."""
    articles: tuple[Words, ...] = ()
    """Ids or addresses of all that hold the answer. Where nothing else is expected, one of them must be cited."""
    id: Annotated[str, Meta(max_length=200)] = ""
    """`line N` unless given."""
    tags: tuple[Words, ...] = ()
    """Groups that have figures of their own."""
    note: str = ""
    """For who reads the file."""

    @property
    def key(self) -> str:
        """The same for what asks and expects the same, whatever its id, tags and place in the file."""
        bare = msgspec.structs.replace(self, id="", tags=(), note="", collection=COLLECTION)
        return hashlib.sha256(msgspec.json.encode(bare)).hexdigest()


_KNOWN = [field for field in Expectation.__struct_fields__ if field != "collection"]


def load(name: str, file: IO[bytes], collection: str) -> list[Expectation]:
    """Read questions, to be asked of a collection. Raises QuestionsInvalid, which names every line that is wrong."""
    found: list[Expectation] = []
    problems: list[str] = []
    lines_by_id: dict[str, int] = {}
    lines_by_key: dict[str, int] = {}
    for number, line in _lines(file):
        try:
            expected = _expectation(line, number, collection)
            if (other := lines_by_id.setdefault(expected.id, number)) != number:
                raise ValueError(f"has the id {expected.id!r} of line {other}")
            if (other := lines_by_key.setdefault(expected.key, number)) != number:
                raise ValueError(f"asks the same as line {other}")
            found.append(expected)
        except ValueError as error:  # also what msgspec raises
            problems.append(f"{name}, line {number}: {error}")
            if len(problems) == _MOST_PROBLEMS:
                problems.append(f"{name}: the rest was not read; what is expected: one JSON object a line, in UTF-8")
                break
    if not found and not problems:
        problems.append(f"{name} has no questions")
    if problems:
        raise QuestionsInvalid(problems)
    return found


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Number the lines from 1; leave out blank ones, a byte order mark, and what makes a line too long to be one."""
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line
        while len(line) > _LONGEST and not line.endswith(b"\n"):
            line = file.readline(_LONGEST + 1)


def _expectation(line: bytes, number: int, collection: str) -> Expectation:
    """Raises ValueError that says what is wrong with a line."""
    if len(line) > _LONGEST:
        raise ValueError("is longer than 1 MB")
    try:
        fields = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        if line.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ValueError("is UTF-16; save the file as UTF-8") from error
        raise ValueError("is not a JSON object in UTF-8") from error
    if not isinstance(fields, dict):
        raise ValueError("is not a JSON object")
    if unknown := [field for field in fields if field not in _KNOWN]:
        raise ValueError(f"has an unknown field {unknown[0]!r}; there are {', '.join(_KNOWN)}")
    fields = with_moments(fields)
    try:
        expected = msgspec.convert(fields | {"collection": collection}, Expectation)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace(r"matching regex '\\S'", "that is not blank")) from error
    if expected.answerable and not (expected.quotes or expected.answers or expected.articles):
        raise ValueError("expects nothing; give quotes, answers or articles, or answerable: false")
    if not expected.answerable and (expected.quotes or expected.answers or expected.articles):
        raise ValueError("expects quotes, answers or articles, and says that there is no answer")
    for answer in expected.answers:
        if not words(answer):
            raise ValueError(f"expects the answer {answer!r}, which has no words")
    return msgspec.structs.replace(expected, id=expected.id or f"line {number}")
