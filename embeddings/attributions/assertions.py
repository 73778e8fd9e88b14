"""Whether a clause says that somebody said something: not where that is denied, possible, asked or hypothetical."""

from embeddings.attributions.clauses import STOPS, Clause
from embeddings.attributions.cues import Found
from embeddings.attributions.words import ADVERBS, NO_SAYING, NOT_SAID, PREPOSITIONS

_NOBODY = frozenset(["nobody", "none", "no", "neither", "few", "anyone", "anybody"])
_HYPOTHETICAL = frozenset(["if", "whether", "unless", "lest", "suppose"])


def is_asserted(clause: Clause, one: Found) -> bool:
    """Tell whether the text itself says that this was said, by the words around source and cue."""
    words, (first, _) = clause.words, one.source
    cue = words[slice(*one.cue)]
    if words[-1] == "?" or any(word in NOT_SAID or word in NO_SAYING or word.endswith("n't") for word in cue):
        return False
    if words[first] in _NOBODY and not clause.word(first + 1).isdigit():  # "No 10 said"
        return False
    at = first - 1
    while at >= 0 and words[at] in ADVERBS:
        at -= 1
    if clause.word(at) == "that" and clause.word(at - 1) not in PREPOSITIONS:
        return False  # "it is not impossible that Smith said"
    while at >= 0 and words[at] not in STOPS:
        if words[at] in _HYPOTHETICAL:
            return False
        at -= 1
    return True
