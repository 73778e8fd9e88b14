"""The keyless answer: the sentences that the reader chose, as pieces of an answer."""

from msgspec import Struct

from embeddings.evidence import Candidate
from service.grounds import Grounds
from service.pieces import Piece
from service.reader import read_parts


class Quoted(Struct, frozen=True, kw_only=True):
    """What the reader made of a question."""

    pieces: tuple[Piece, ...]
    missing: tuple[str, ...]
    """Parts of the question that nothing answers, where something answers another."""


def quoted(grounds: Grounds) -> Quoted:
    """Let the reader choose; no pieces when nothing answers. Blocks for some milliseconds."""
    if not grounds.answerable:
        return Quoted(pieces=(), missing=())
    parts = [query.text for query in grounds.condensed.queries[1:]]
    found = read_parts(grounds.passages_of_parts(), (grounds.condensed.topics[0], grounds.passages))
    missing = [parts[place] for place in found.missing]
    return Quoted(
        pieces=tuple(quoting(each) for each in found.sentences),
        missing=tuple(part for part in grounds.condensed.demanded if part in missing) if found.sentences else (),
    )


def quoting(candidate: Candidate) -> Piece:
    """Let a sentence of an article speak for itself."""
    return Piece(text=candidate.sentence.text, status="quoted", grounds=(candidate,))
