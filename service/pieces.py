"""An answer as it grows: its sentences, whoever says them, cited, and folded into one text."""

from msgspec import Struct

from embeddings.evidence import Candidate
from service.answers import AnswerSentence, Citation, Cited, Doubt, Released, Status
from service.citing import Citations


class Piece(Struct, frozen=True, kw_only=True):
    """A sentence of an answer with the sentences of articles that it rests on."""

    text: str
    status: Status
    grounds: tuple[Candidate, ...]
    """In the order in which they are to be numbered."""
    support: float | None = None
    doubts: tuple[Doubt, ...] = ()
    begins_paragraph: bool = True


class Folded:
    """All that was released of an answer so far."""

    def __init__(self, citations: Citations) -> None:
        self._citing = citations
        self.text = ""
        self.sentences: list[AnswerSentence] = []
        self.citations: list[Citation] = []

    def add(self, piece: Piece) -> list[Cited | Released]:
        """Cite and release a sentence. Blocks; raises CitationBroken, and then nothing of it is in the answer."""
        cited = self._citing.cite(piece.grounds)
        new = [citation for citation, new in cited if new]
        if self.text:
            self.text += "\n\n" if piece.begins_paragraph else " "
        sentence = AnswerSentence(
            text=piece.text,
            start=len(self.text),
            end=len(self.text) + len(piece.text),
            status=piece.status,
            citations=tuple(citation.number for citation, _ in cited),
            support=piece.support,
            doubts=piece.doubts,
        )
        self.text += piece.text
        self.sentences.append(sentence)
        self.citations += new
        return [*map(Cited, new), Released(sentence)]
