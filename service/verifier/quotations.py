"""Words in quotation marks: whether the cited sentences have them, and the sentence without marks where they do not.

Two texts are the same words when they are equal after this normalisation: compatibility forms (NFKC) and case are
folded, quotation marks and apostrophes that do not stand within a word are left out, those that do are straight,
every dash is a hyphen and every stretch of whitespace one space. Of what a sentence quotes, the punctuation at either
end counts for nothing; an ellipsis, and words in square brackets, stand for any words of the source, the pieces around
them following in order. A single word in marks is looked for as well: whoever reads it takes it for the source's.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from embeddings.articles import Sentence
from embeddings.evidence import Candidate
from embeddings.quotations import Span, quotations

_DASHES = re.compile(r"\s*[‐‑‒–—―−]\s*|\s+-+\s+|--+")
_APART = re.compile(r"(?<!\w)['\"`]+|['\"`]+(?!\w)|[\"«»]")
_SINGLE = str.maketrans(dict.fromkeys("‘’‚‛´ʼ′", "'") | dict.fromkeys("“”„‟″「」『』", '"'))
_GAP = re.compile(r"\[[^\]]*\]|\(\.\.\.\)|…|\.\s?\.\s?\.")
_ENDS = " .,;:!?-'\""
_ADJACENT = 3
"""Characters between two cited sentences that follow each other, so that a quotation may run on."""
_OPENING, _CLOSING = re.compile(r"''|``|."), re.compile(r"(?:''|[”“\"＂’'‘»«」』])$")
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m|t|n)\b")
"""What is an apostrophe also after a space, as in text that was divided into words."""


def quoted(sentence: str) -> list[Span]:
    """Find what stands in quotation marks, the marks included; apostrophes are none."""
    whole = Sentence(start=0, end=len(sentence), text=sentence)
    spans = quotations(sentence, [[whole]]) if sentence else []
    return [span for span in spans if not _CLITIC.match(sentence, span[0])]


def unfound(sentence: str, cited: Sequence[Candidate]) -> list[Span]:
    """Find the quotations whose words stand neither in the cited sentences nor in the titles of their articles."""
    spans = quoted(sentence)
    if not spans:
        return []
    sources = _running(cited)
    return [span for span in spans if not any(_has(source, inside(sentence, span)) for source in sources)]


def inside(sentence: str, span: Span) -> str:
    """Give the words of a quotation without its marks."""
    start, end = _within(sentence, span)
    return sentence[start:end]


def without_marks(sentence: str, spans: Iterable[Span]) -> str:
    """Take the marks of these quotations out of a sentence, and change nothing else."""
    shown, at = [], 0
    for span in sorted(spans):
        start, end = _within(sentence, span)
        shown += [sentence[at : span[0]], sentence[start:end]]
        at = span[1]
    return "".join([*shown, sentence[at:]])


def _within(sentence: str, span: Span) -> Span:
    """Leave out the marks of a quotation; one that nothing closes has none at its end."""
    opening = _OPENING.match(sentence, *span)
    start = opening.end() if opening else span[0]
    closing = _CLOSING.search(sentence[start : span[1]])
    return start, span[1] - len(closing[0]) if closing else span[1]


def _running(cited: Sequence[Candidate]) -> list[str]:
    """Give the normalised cited sentences, those that follow each other as one, and the titles above them."""
    pieces: list[str] = []
    before: Candidate | None = None
    for each in cited:
        follows = (
            before is not None
            and before.hit.article.article_id == each.hit.article.article_id
            and 0 <= each.sentence.start - before.sentence.end <= _ADJACENT
        )
        words = normalised(each.sentence.text)
        if follows:
            pieces[-1] += f" {words}"
        else:
            pieces += [normalised(each.hit.article.title), words]
        before = each
    return pieces


def _has(source: str, quotation: str) -> bool:
    at = 0
    for piece in _GAP.split(quotation):
        words = normalised(piece).strip(_ENDS)
        if words:
            at = _find(source, words, at)
            if at < 0:
                return False
    return True


def _find(source: str, words: str, at: int) -> int:
    """Return where whole words end in a source, from a place on; -1 if nowhere."""
    while (found := source.find(words, at)) >= 0:
        end = found + len(words)
        if not (source[found - 1 : found].isalnum() and words[0].isalnum()) and not (
            source[end : end + 1].isalnum() and words[-1].isalnum()
        ):
            return end
        at = found + 1
    return -1


@functools.lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """Fold what may differ between a quotation and its source; see the module."""
    plain = unicodedata.normalize("NFKC", _GAP.sub(" ", text.translate(_SINGLE))).casefold()
    return " ".join(_APART.sub("", _DASHES.sub("-", plain)).split())
