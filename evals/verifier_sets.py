"""Sets in which people judged whether a text bears out a claim, in one shape, for `evals.verifying`.

What bears a claim out in part only does not bear it out. "Here is a summary:" is no claim.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from embeddings.sentences import paragraphs
from evals.data import rows

_MOST = 1500
"""Claims of a set that is shown beside the others; of more, those that a digest picks."""
_LONGEST = 30_000
"""Characters of a text; a chat model is shown no such amount of one article."""
_SHORTEST = 3
"""Words of a claim: what has fewer claims nothing."""
_ENDED = re.compile(r"(?<=[a-z\"’” )]{2}[.!?]) +|\n+")
_MARK = re.compile(r"\s*\[\d+\]")
_HEADING = re.compile(r"^\[\d+\] \S+\n+")
_METADATA = re.compile(r"^\(meta data\) (TITLE|PUBLISHED DATETIME): (.*)\n", re.MULTILINE)


class Claim(Struct, frozen=True, kw_only=True):
    """A claim, and whether its text bears it out."""

    article: str
    """Id of the text among the set's articles."""
    text: str
    supported: bool
    kind: str = ""
    """Of which part of a set it is."""

    def sentences(self) -> list[str]:
        """Divide it; text in lower case at every full stop."""
        if self.text.islower():
            return _ENDED.split(self.text)
        return [sentence.text for paragraph in paragraphs(self.text) for sentence in paragraph]


class VerifierSet(Struct, frozen=True, kw_only=True):
    """Claims, with the texts that they are judged by."""

    articles: list[dict[str, Any]]
    claims: list[Claim]
    files: tuple[Path, ...]

    def half(self, second: bool) -> list[Claim]:
        """Give the claims of every other text: no text has claims in both halves."""
        return [claim for claim in self.claims if int(claim.article, 16) % 2 == second]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _made(path: Path, judged: Iterable[tuple[dict[str, Any], bool, str]], most: int | None = None) -> VerifierSet:
    """Make a set of records with `claim` and `doc`, each with whether it is supported, and of what part it is."""
    articles: dict[str, dict[str, Any]] = {}
    claims: dict[str, Claim] = {}
    for record, supported, kind in judged:
        text, claimed = record["doc"], _MARK.sub("", record["claim"]).strip()
        if len(claimed.split()) < _SHORTEST or claimed.endswith(":") or not text.strip() or len(text) > _LONGEST:
            continue
        claim = Claim(article=digest(text), text=claimed, supported=supported, kind=kind)
        claims[digest(f"{claim.article}\n{claim.text}")] = claim
        articles.setdefault(claim.article, {"id": claim.article, "title": "", **_article(text)})
    picked = frozenset(sorted(claims)[:most])
    chosen = [claim for key, claim in claims.items() if key in picked]
    wanted = {claim.article for claim in chosen}
    return VerifierSet(
        articles=[article for id, article in articles.items() if id in wanted], claims=chosen, files=(path,)
    )


def _article(text: str) -> dict[str, Any]:
    """Divide what a set has put above a text from it."""
    fields = {"TITLE": "title", "PUBLISHED DATETIME": "published_at"}
    above = {fields[name]: value for name, value in _METADATA.findall(text)}
    return {**above, "text": _HEADING.sub("", _METADATA.sub("", text)).strip()}


def _labelled(path: Path, skipped: frozenset[str | None] = frozenset()) -> Iterator[tuple[dict[str, Any], bool, str]]:
    for record in rows(path):
        if record["label"] not in skipped:
            yield record, record["label"] == "supported", ""


def _summedits(data: Path) -> VerifierSet:
    path = data / "faithfulness/summedits_news.jsonl.gz"
    return _made(path, ((record, record["supported"], "") for record in rows(path)))


def _ragtruth(data: Path) -> VerifierSet:
    path = data / "training/verifier_news/ragtruth_news_sentences.jsonl.gz"
    return _made(path, _labelled(path))


def _summac(data: Path) -> VerifierSet:
    path = data / "training/verifier_news/summac_val.jsonl.gz"
    return _made(path, ((record, supported, record["dataset"]) for record, supported, _ in _labelled(path)))


def _expertqa(data: Path) -> VerifierSet:
    path = data / "training/verifier_llm/expertqa_claims.jsonl.gz"
    unjudged = frozenset(["missing", "na", None])
    return _made(path, (judged for judged in _labelled(path, unjudged) if judged[0]["has_text"]))


def _lfqa(data: Path) -> VerifierSet:
    path = data / "training/verifier_llm/lfqa_verification.jsonl.gz"
    return _made(path, _labelled(path, frozenset(["tie"])), _MOST)


def _wice(data: Path) -> VerifierSet:
    path = data / "training/verifier_news/wice_claims.jsonl.gz"
    return _made(path, _labelled(path), _MOST)


def _factcheck(data: Path) -> VerifierSet:
    path = data / "training/verifier_llm/factcheck_gpt_stance.jsonl.gz"
    return _made(path, _labelled(path), _MOST)


SETS: dict[str, Callable[[Path], VerifierSet]] = {
    "SummEdits news": _summedits,
    "RAGTruth news": _ragtruth,
    "SummaC": _summac,
    "ExpertQA": _expertqa,
    "LFQA": _lfqa,
    "WiCE": _wice,
    "Factcheck-GPT": _factcheck,
}
FITTED = ("SummEdits news", "RAGTruth news", "SummaC", "ExpertQA", "LFQA")
"""Sets on a half of which the verifier's weights are fitted."""
