"""A verifier without a trained model: looks for what can be named, and weighs how much of a sentence is said at all."""

from collections.abc import Iterator, Sequence

from embeddings.evidence import Candidate
from embeddings.quotations import Span
from service.answers import Doubt
from service.verifier.attribution import moved, stripped
from service.verifier.dates import undated
from service.verifier.figures import unborne
from service.verifier.names import unknown
from service.verifier.negations import contradicted
from service.verifier.places import replaced
from service.verifier.quotations import inside, unfound, without_marks
from service.verifier.roles import exchanged, reversed_in
from service.verifier.signals import SUPPORTED_FROM, signals, support
from service.verifier.verifying import Verdict

_MOST_IN_DOUBT = SUPPORTED_FROM - 0.01
"""Support of what is in doubt at most, however much of it is said: the number shown does not contradict the verdict."""


class RuleVerifier:
    """Verifies by rules: a sentence is supported when nothing of it is in doubt, and enough of it is said."""

    def verify(self, sentence: str, cited: Sequence[Candidate], around: Sequence[Candidate]) -> Verdict:
        """See `Verifier`."""
        found = doubts(sentence, cited, around)
        probability = support(signals(sentence, cited, found)) if cited else 0.0
        if found:
            probability = min(probability, _MOST_IN_DOUBT)
        elif probability < SUPPORTED_FROM:
            found = (Doubt(kind="support", words=""),)
        return Verdict(
            text=without_marks(sentence, unfound(sentence, cited)),
            supported=not found,
            support=probability,
            doubts=found,
        )


def doubts(sentence: str, cited: Sequence[Candidate], around: Sequence[Candidate]) -> tuple[Doubt, ...]:
    """Name what the cited sentences do not bear out."""
    return tuple(dict.fromkeys(_doubts(sentence, cited, around)))


def _doubts(sentence: str, cited: Sequence[Candidate], around: Sequence[Candidate]) -> Iterator[Doubt]:
    texts = [candidate.sentence.text for candidate in cited]
    above = list(dict.fromkeys(_heading(candidate) for candidate in cited))
    said = [*texts, *above]
    for span in unfound(sentence, cited):
        yield Doubt(kind="quotation", words=inside(sentence, span))
    for figure in unborne(sentence, said):
        yield Doubt(kind="number", words=_words(sentence, figure.span))
    for dated in undated(sentence, cited):
        yield Doubt(kind="date", words=_words(sentence, dated.span))
    foreign = [name.span for name in unknown(sentence, said, dict.fromkeys(each.sentence.text for each in around))]
    for span in foreign or replaced(sentence, said):
        yield Doubt(kind="name", words=_words(sentence, span))
    for span in contradicted(sentence, said):
        yield Doubt(kind="negation", words=_words(sentence, span))
    if stripped(sentence, cited):
        yield Doubt(kind="attribution", words="")
    for span in moved(sentence, cited):
        yield Doubt(kind="attribution", words=_words(sentence, span))
    for span in reversed_in(sentence, cited) or exchanged(sentence, texts):
        yield Doubt(kind="roles", words=_words(sentence, span))


def _heading(candidate: Candidate) -> str:
    article, speech = candidate.hit.article, candidate.sentence.speech
    above = (article.title, article.source, article.author, speech.speaker if speech else None)
    return "\n".join(filter(None, above))


def _words(sentence: str, span: Span) -> str:
    return sentence[span[0] : span[1]]
