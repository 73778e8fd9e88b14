"""The sentences of an article, marked: whether they are quoted, and who says them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from embeddings.articles import Sentence, Speech
from embeddings.attributions.reader import Attribution, attributions
from embeddings.attributions.words import NAMELESS, PREPOSITIONS
from embeddings.quotations import Span, quotations


def attributed(text: str, paragraphs: Sequence[Sequence[Sentence]]) -> list[list[Sentence]]:
    """Return the sentences with `quoted` and `speech`, all else unchanged; takes time linear in the text.

    A sentence has the speech that takes up most of it, if that is more than half, source and cue counted. It has
    none if the speaker is a bare pronoun, or if, outside quotations, the text does not assert that it was said. What
    one source says by several verbs has the first of them for its cue.
    """
    quoted = quotations(text, paragraphs)
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    starts = [sentence.start for sentence in sentences]
    within = _lengths(text, sentences, starts, quoted)
    said: list[dict[tuple[Span, bool], tuple[int, Attribution]]] = [{} for _ in sentences]
    for one in attributions(text, paragraphs, quoted):
        lengths = _lengths(text, sentences, starts, one.content)
        lengths[bisect_right(starts, one.cue[0]) - 1] += 1  # the sentence with the cue counts even if it holds no more
        for at, length in lengths.items():
            before, first = said[at].get((one.source, one.asserted), (0, one))
            said[at][one.source, one.asserted] = before + length, first
    marked = iter(
        _marked(text, sentence, within[at], *max(said[at].values(), key=lambda pair: pair[0], default=(0, None)))
        for at, sentence in enumerate(sentences)
    )
    return [[next(marked) for _ in paragraph] for paragraph in paragraphs]


def _lengths(text: str, sentences: Sequence[Sentence], starts: Sequence[int], spans: Sequence[Span]) -> Counter[int]:
    """Return how many letters and digits of each sentence the spans take up."""
    lengths: Counter[int] = Counter()
    for start, end in spans:
        at = bisect_right(starts, start) - 1
        while at < len(sentences) and sentences[at].start < end:
            lengths[at] += _length(text[max(start, sentences[at].start) : min(end, sentences[at].end)])
            at += 1
    return lengths


def _length(text: str) -> int:
    return sum(map(str.isalnum, text))


def _marked(text: str, sentence: Sentence, within: int, length: int, one: Attribution | None) -> Sentence:
    whole = _length(sentence.text)
    quoted = 2 * within > whole
    speech: Speech | None = None
    if one is not None and sentence.start <= one.cue[0] < sentence.end:
        length += _length(text[slice(*one.source)]) + _length(text[slice(*one.cue)])
    if one is not None and 2 * length > whole and (one.asserted or quoted) and _names(text[slice(*one.speaker)]):
        (start, end), (cue, cue_end) = one.speaker, one.cue
        speech = Speech(
            speaker=text[start:end],
            speaker_start=start,
            speaker_end=end,
            cue=text[cue:cue_end],
            cue_start=cue,
            cue_end=cue_end,
        )
    return replace(sentence, quoted=quoted, speech=speech) if quoted or speech else sentence


def _names(speaker: str) -> bool:
    words = speaker.lower().split()
    return words[-1] not in PREPOSITIONS and any(word not in NAMELESS for word in words)
