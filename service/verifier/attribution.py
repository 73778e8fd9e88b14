"""Whose words a sentence passes on: whether what the source has somebody say is still said by somebody, and by whom.

What stands as fact in the source may be attributed to the outlet; what the source only passes on may not become fact.
Verbs that vouch for what follows ("showed", "found out") are no attribution here.
"""

import functools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from embeddings.articles import Sentence
from embeddings.attributions import Attribution, attributions
from embeddings.attributions.words import DETERMINERS, REPORTING_NOUNS, VERBS
from embeddings.evidence import Candidate
from embeddings.quotations import Span
from service.verifier.names import named
from service.verifier.signals import content_of
from service.verifier.words import Word, listed, stem, stems, words

_VOUCHING = frozenset(
    map(
        stem,
        listed(
            "show find learn discover demonstrate realize realise reveal confirm announce disclose determine note "
            "recall acknowledge admit detail outline unveil point read begin post cite know see prove make"
        ),
    )
)
_ATTRIBUTING = listed(
    "according allegedly reportedly alleged purported purportedly supposedly citing per plans planned wants "
    "wanted seeks hopes aims intends asked calls called"
)
_TRAILING = re.compile(
    r"(?P<said>.+), (?P<speaker>[^,]{2,80}?) (?:said|says|told|added|wrote|argued|warned|claimed)\b[^,]*$"
)
"""Who says it in passing, with more than the verb: "..., Smith said on Monday"."""
_TO_BLAME = re.compile(r"\bto blame\b", re.IGNORECASE)
"""States as fact what "blamed" passes on."""
_PRONOUNS = listed(
    "i me my mine myself we us our ours he him his himself she her hers herself it its itself they them their"
)
"""That a speaker may mean themselves with."""
_WITHIN = 0.6
"""Share of a sentence's content from which on it says what stands within an attribution."""


class _Said(NamedTuple):
    """What a source has somebody say."""

    speaker: str
    text: str

    @property
    def of_self(self) -> bool:
        """Whether a pronoun in it may mean the speaker."""
        return not _PRONOUNS.isdisjoint(word.lower for word in words(self.text))

    @property
    def content(self) -> frozenset[str]:
        """Stems of it, with those of the speaker where a pronoun may stand for them."""
        return stems(self.text) | (stems(self.speaker) if self.of_self else frozenset())


@functools.lru_cache(maxsize=4096)
def attributed(sentence: str) -> tuple[Attribution, ...]:
    """Find what a sentence by itself attributes to anybody."""
    if not sentence.strip():
        return ()
    return tuple(attributions(sentence, [[Sentence(start=0, end=len(sentence), text=sentence)]]))


def stripped(sentence: str, cited: Sequence[Candidate]) -> bool:
    """Tell whether a sentence states as fact what the cited sentence nearest to it only passes on."""
    content = content_of(sentence)
    if not content or not cited:
        return False
    nearest = max(cited, key=lambda each: (len(content & stems(each.sentence.text)), each.similarity))
    passed_on = [each for each in _said(nearest.sentence.text, *_speech(nearest)) if _within(content, each)]
    return bool(passed_on) and not any(_keeps(sentence, each) for each in passed_on)


def moved(sentence: str, cited: Sequence[Candidate]) -> list[Span]:
    """Find whom a sentence names for what the cited sentences have others say."""
    known = frozenset[str]().union(*(_allowed(each) for each in cited))
    if not any(each.sentence.speech for each in cited):
        return []
    return [
        each.source
        for each in attributed(sentence)
        if (names := _named(sentence[slice(*each.source)])) and not names & known
    ]


def _speech(candidate: Candidate) -> tuple[str, str]:
    """Give who says all of a sentence, and the cue; a space for whoever it is that a quotation is from."""
    speech = candidate.sentence.speech
    if speech is None:
        return (" " if candidate.sentence.quoted else ""), ""
    return ("", "") if stem(speech.cue.split()[-1]) in _VOUCHING else (speech.speaker, speech.cue)


@functools.lru_cache(maxsize=4096)
def _said(text: str, speaker: str, cue: str) -> tuple[_Said, ...]:
    """Read what a sentence passes on; `speaker` says all of it, where there is one."""
    found = [
        _Said(text[slice(*each.source)], " ".join(text[slice(*span)] for span in each.content))
        for each in attributed(text)
        if stem(text[slice(*each.cue)].split()[-1]) not in _VOUCHING
    ]
    if not found and (trailing := _TRAILING.match(text)):
        found.append(_Said(trailing["speaker"], trailing["said"]))
    if not found and speaker:
        found.append(_Said(speaker, text.replace(cue, " ", 1)))
    return tuple(found)


def _within(content: frozenset[str], said: _Said) -> bool:
    return len(content & said.content) >= _WITHIN * len(content)


def _keeps(sentence: str, said: _Said) -> bool:
    """Tell whether a sentence has a word, beside what is said, for its being said, or for who says it.

    Who speaks of themselves ("Smith said that he was cheated") is also named where nothing is left of their saying it.
    """
    return (
        bool(_attributing(sentence) - _attributing(said.text))
        or not (stems(said.speaker) - said.content).isdisjoint(content_of(sentence))
        or sentence[:1] in "“\"«„'‘"
    )


@functools.lru_cache(maxsize=4096)
def _attributing(text: str) -> Counter[str]:
    """Count the words of a text for somebody's saying, thinking or wanting something."""
    return Counter(word.stem for word in words(_TO_BLAME.sub(" ", text)) if _attributes(word))


def _attributes(word: Word) -> bool:
    return word.lower in VERBS or word.lower in _ATTRIBUTING or word.lower in REPORTING_NOUNS


def _allowed(source: Candidate) -> frozenset[str]:
    """Give the stems of whoever may be named: the speaker, the outlet, the author, and all whom the sentence names."""
    article, speech = source.hit.article, source.sentence.speech
    texts = (source.sentence.text, article.source or "", article.author or "", speech.speaker if speech else "")
    return frozenset[str]().union(*map(stems, texts))


def _named(phrase: str) -> frozenset[str]:
    """Give the stems of the names in a phrase, none where it describes somebody."""
    first = phrase.split()[0].lower()
    return frozenset() if first in DETERMINERS else named(f"said {phrase}")
