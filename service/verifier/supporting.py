"""Which of many sentences bear a sentence out best: for a mark that names a source only, and for none at all."""

from collections.abc import Mapping, Sequence

from embeddings.evidence import Candidate
from embeddings.terms import FUNCTION_WORDS
from service.verifier.common import is_common
from service.verifier.figures import Figure, figures, unborne
from service.verifier.quotations import unfound
from service.verifier.signals import is_in
from service.verifier.words import Word, stems, words

MOST = 3
_SAID = 1.0
"""What saying all of it is worth beside nearness in meaning, for the first sentence; for the others nearness counts
for less, as they are to add what the first leaves out."""
_NEARNESS = 0.25
_EXACT, _COMMON = 2.0, 0.7
"""What a name or a number counts beside another word, and one that says little."""
_QUOTED = 1.0
"""What having the words that it quotes is worth."""
_ADDS = 0.1
"""Share of the content that a further sentence must add."""


def supporting(sentence: str, candidates: Sequence[Candidate], most: int = MOST) -> list[Candidate]:
    """Choose what bears a sentence out best, and a few that add what that leaves out; in the order that they came."""
    if not candidates:
        return []
    weights = {word.stem: _weight(word) for word in words(sentence) if word.stem not in FUNCTION_WORDS and word.stem}
    claimed = figures(sentence)
    total = sum(weights.values()) + _EXACT * len(claimed) or 1.0
    said = [_said(sentence, weights, claimed, each.sentence.text) for each in candidates]
    missed = len(unfound(sentence, []))
    scores = [
        each.similarity
        + _SAID * sum(own.values()) / total
        + (_QUOTED * (missed - len(unfound(sentence, [each]))) if missed else 0.0)
        for each, own in zip(candidates, said, strict=True)
    ]
    chosen = [max(range(len(candidates)), key=scores.__getitem__)]
    covered = set(said[chosen[0]])
    while len(chosen) < most:
        adds = [sum(weight for word, weight in own.items() if word not in covered) / total for own in said]
        best = max(range(len(candidates)), key=lambda at: adds[at] + _NEARNESS * candidates[at].similarity)
        if adds[best] < _ADDS:
            break
        chosen.append(best)
        covered |= said[best].keys()
    return [candidates[at] for at in sorted(chosen)]


def _said(
    sentence: str, weights: Mapping[str, float], claimed: Sequence[Figure], text: str
) -> dict[str | Figure, float]:
    """Give what a text says of a sentence, with its weights: its words, and its figures however they are written."""
    own = stems(text)
    said: dict[str | Figure, float] = {word: weight for word, weight in weights.items() if is_in(word, own)}
    if claimed:
        missing = unborne(sentence, [text])
        said |= {figure: _EXACT for figure in claimed if figure not in missing}
    return said


def _weight(word: Word) -> float:
    if word.capital or word.text[0].isdigit():
        return _EXACT
    return _COMMON if is_common(word) else 1.0
