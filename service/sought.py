"""What a question seeks, taken apart once for all the sentences that may answer it."""

import math
import re
from collections.abc import Collection, Sequence

from msgspec import Struct

from embeddings.articles import Sentence
from embeddings.terms import FUNCTION_WORDS, terms
from service.answer_types import AnswerType, answer_type, topic_of, words_of
from service.roles import Roles, roles_of

_CAPITALISED = re.compile(r"(?<=[\w,;:)’'“\"] )[“\"‘']?[A-Z][\w’'.-]*")
_NUMBER = re.compile(r"\d[\d,.]*")
_SAYING = (
    r"(?:say|said|tell|told|call|called|claim|think|argue|blame|describe|accuse|announce|suggest|warn|critici[sz]e|"
    r"urge|explain|deny|admit|insist|predict)"
)
_SPEAKER = re.compile(
    rf"\b(?:did|does|do|has|have|had)\s+(?P<asked>[^,?]{{1,60}}?)\s+{_SAYING}\b|"
    r"\baccording to (?P<named>[^,?]{1,60})",
    re.IGNORECASE,
)


class Sought(Struct, frozen=True):
    """A question."""

    kind: AnswerType
    words: frozenset[str]
    """All its words, as they stand, in lower case."""
    shares: dict[str, float]
    """Of its terms without function words, the more the fewer sentences have them; they add up to 1."""
    names: frozenset[str]
    """Terms that it writes with a capital letter, the first word aside."""
    numbers: frozenset[str]
    speaker: frozenset[str]
    """Terms of whose words are asked for; empty where the question names nobody."""
    roles: Roles | None
    length: int
    """In terms, function words included."""

    @classmethod
    def of(cls, question: str, sentences: Sequence[Collection[str]]) -> "Sought":
        """Take a question apart; `sentences` are those that were found for it, as terms.

        What all of them have in common says little about any: a term weighs by its rarity among them.
        """
        topic = dict.fromkeys(term for term in terms(topic_of(question)) if term not in FUNCTION_WORDS)
        having = {term: sum(term in words for words in sentences) for term in topic}
        weights = {term: math.log(1 + (len(sentences) - n + 0.5) / (n + 0.5)) for term, n in having.items()}
        total = sum(weights.values()) or 1.0
        names = frozenset(term for name in _CAPITALISED.findall(question) for term in terms(name))
        speaker = _SPEAKER.search(question)
        return cls(
            kind=answer_type(question),
            words=words_of(question),
            shares={term: weight / total for term, weight in weights.items()},
            names=names & topic.keys(),
            numbers=frozenset(term for number in _NUMBER.findall(question) for term in terms(number)),
            speaker=frozenset(terms(speaker["asked"] or speaker["named"])) - FUNCTION_WORDS if speaker else frozenset(),
            roles=roles_of(question),
            length=len(terms(question)),
        )

    def said(self, words: Collection[str]) -> float:
        """How much of the question stands in these words, from 0 to 1."""
        return sum(share for term, share in self.shares.items() if term in words)

    def is_anothers(self, sentence: Sentence, words: Collection[str]) -> bool:
        """Tell whether a sentence, with these words, is said by somebody else than the one whose words are asked for.

        Only where the question gives a name and the sentence does not mention it.
        """
        asked = self.speaker <= self.names and bool(self.speaker)
        return asked and sentence.speech is not None and self.speaker.isdisjoint(words)
