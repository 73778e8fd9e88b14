"""Who says what, measured on PolNeAR: US political news in which people marked every attribution.

    python -m evals.speakers --data DIRECTORY [--split train]

The rules were written looking at the train split; figures are of the dev split. PolNeAR marks much more than speech:
wishes, plans, votes, expectations. Beside the rules stands a naive pattern: "…," Name said, and Name said (that) ….
"""

import argparse
import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from embeddings.articles import Sentence
from embeddings.attributions import Attribution, attributed, attributions
from embeddings.quotations import Span, quotations
from embeddings.sentences import paragraphs
from evals.data import rows

KINDS = ("direct", "mixed", "indirect", "all")
ROLES = ("source", "cue", "content")
PARTS = ("cue", "source", "source exact", "content", "content exact")
"""An attribution is found if cues overlap; its source is right if it shares a word, its content if it shares half."""
_WORD = re.compile(r"\w+")
_PRONOUNS = frozenset(["he", "she", "it", "they", "we", "i", "you", "who"])
_NAME = r"(?:[A-Z][\w.’'-]*(?: (?:of|the|[A-Z][\w.’'-]*))*|[Hh]e|[Ss]he|[Tt]hey)"
_SAYING = r"(?:said|says|say|added|told|wrote|asked|noted|announced|explained|argued|tweeted)"
_NAIVE = [
    re.compile(
        rf"(?P<content>[“\"][^”\"\n]+[,.?!][”\"]) (?:(?P<source>{_NAME}) (?P<cue>{_SAYING})|"
        rf"(?P<cue2>{_SAYING}) (?P<source2>{_NAME}))"
    ),
    re.compile(
        rf"(?P<source>{_NAME}) (?P<cue>{_SAYING})[,:]? (?P<content>(?:that |[“\"a-z])[^\n]+?(?:[.?!][”\"]?(?=\s|$)))"
    ),
    re.compile(rf"(?P<cue>[Aa]ccording to) (?P<source>{_NAME}), (?P<content>[^\n]+?)\."),
]


class Marked(Struct, frozen=True):
    """An attribution in words of its article, numbered."""

    source: frozenset[int]
    cue: frozenset[int]
    content: frozenset[int]
    kind: str
    cue_span: Span
    name: str | None
    """The last word of the source, where it is a name."""

    def same_source(self, other: "Marked") -> bool:
        """Tell whether both sources share a word, or name the same elsewhere in the article."""
        return bool(self.source & other.source) or (self.name is not None and self.name == other.name)


class Words:
    """Which words of a text a span holds: those whose middle it has."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._middles = [(match.start() + match.end()) / 2 for match in _WORD.finditer(text)]
        self.count = len(self._middles)

    def within(self, spans: Sequence[Span]) -> frozenset[int]:
        return frozenset(
            at
            for start, end in spans
            for at in range(bisect_left(self._middles, start), bisect_left(self._middles, end))
        )

    def marked(self, source: Sequence[Span], cue: Sequence[Span], content: Sequence[Span], kind: str) -> Marked:
        span = (min(start for start, _ in cue), max(end for _, end in cue))
        last = _WORD.findall(self._text[slice(*source[-1])])[-1:] if source else []
        name = last[0] if last and last[0][0].isupper() and last[0].lower() not in _PRONOUNS else None
        return Marked(self.within(source), self.within(cue), self.within(content), kind, span, name)


Finder = Callable[[str, Sequence[Sequence[Sentence]]], list[Attribution]]


def naive(text: str, _: Sequence[Sequence[Sentence]]) -> list[Attribution]:
    """Return what three regular expressions find."""
    found = []
    for pattern in _NAIVE:
        for match in pattern.finditer(text):
            second = "2" if match.groupdict().get("source2") else ""
            content = match.span("content")
            quoted = text[content[0]] in '“"'
            source = match.span("source" + second)
            found.append(
                Attribution(
                    source=source,
                    speaker=source,
                    cue=match.span("cue" + second),
                    content=(content,),
                    kind="direct" if quoted else "indirect",
                )
            )
    return found


def gold(words: Words, record: dict[str, Any]) -> Iterator[Marked]:
    for one in record["attributions"]:
        parts = {
            role: [(start, end) for part in one[role] for start, end in part["spans"]]
            for role in ("source", "cue", "content")
        }
        if parts["cue"] and parts["content"]:
            yield words.marked(parts["source"], parts["cue"], parts["content"], one["kind"])


class Tally:
    """Counts over articles for one way of finding attributions."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        self.words: Counter[tuple[str, str]] = Counter()
        self.spans: Counter[tuple[str, str, str]] = Counter()
        self.sentences: Counter[str] = Counter()

    def add(self, record: dict[str, Any]) -> None:
        text = record["text"]
        words = Words(text)
        divided = paragraphs(text)
        expected = list(gold(words, record))
        attributed_here = self._find(text, divided)
        found = [words.marked([one.source], [one.cue], one.content, one.kind) for one in attributed_here]
        pronouns = [one for one in attributed_here if text[slice(*one.source)].lower() in ("he", "she")]
        self.sentences["pronouns"] += len(pronouns)
        self.sentences["named"] += sum(one.speaker != one.source for one in pronouns)
        for role in ROLES:
            right = frozenset().union(*(getattr(one, role) for one in expected))
            ours = frozenset().union(*(getattr(one, role) for one in found))
            self.words.update(
                {(role, "both"): len(right & ours), (role, "gold"): len(right), (role, "ours"): len(ours)}
            )
        self._pair(expected, found)
        quoted = words.within(quotations(text, divided))
        for sentence in (sentence for sentences in divided for sentence in sentences):
            self._sentence(words.within([(sentence.start, sentence.end)]), expected, found, quoted)

    def _pair(self, expected: Sequence[Marked], found: Sequence[Marked]) -> None:
        free = list(expected)
        for kind in KINDS:
            self.spans[kind, "gold", ""] += sum(kind in ("all", one.kind) for one in expected)
            self.spans[kind, "ours", ""] += sum(kind in ("all", one.kind) for one in found)
        for one in found:
            pair = next((other for other in free if _overlap(one.cue_span, other.cue_span)), None)
            if pair is None:
                continue
            free.remove(pair)
            right = {
                "cue": True,
                "source": bool(one.source & pair.source) or one.source == pair.source,
                "source exact": one.source == pair.source,
                "content": 2 * len(one.content & pair.content) > len(one.content | pair.content),
                "content exact": one.content == pair.content,
            }
            for name, is_right in right.items():
                for side, kind in (("gold", pair.kind), ("gold", "all"), ("ours", one.kind), ("ours", "all")):
                    self.spans[kind, side, name] += is_right

    def _sentence(
        self, sentence: frozenset[int], expected: Sequence[Marked], found: Sequence[Marked], quoted: frozenset[int]
    ) -> None:
        """Count a sentence that mostly stands in a direct quotation: is the speaker right?"""
        holding = [one for one in expected if _most(sentence, one.content)]
        ours = max(found, key=lambda one: len(one.content & sentence), default=None)
        if ours is not None and (ours.kind != "direct" or not ours.source or not _most(sentence, ours.content)):
            ours = None
        right = ours is not None and any(one.same_source(ours) for one in holding)
        is_direct = any(one.kind == "direct" and one.source for one in holding)
        self.sentences.update(
            {
                "ours": ours is not None,
                "right": right,
                "gold": is_direct,
                "found": right and is_direct,
                "quoted": is_direct and _most(sentence, quoted),
            }
        )

    def row(self, kind: str) -> str:
        """Return how many there are, how many were found, and the scores of each part."""
        ours, expected = self.spans[kind, "ours", ""], self.spans[kind, "gold", ""]
        cells = [
            _scores(self.spans[kind, "ours", part], ours, self.spans[kind, "gold", part], expected) for part in PARTS
        ]
        return " | ".join([str(expected), str(ours), *cells])


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _most(sentence: frozenset[int], content: frozenset[int]) -> bool:
    return 2 * len(sentence & content) > len(sentence)


def _scores(right: int, ours: int, found: int, expected: int) -> str:
    """Return precision, recall and F1; right ones are counted among ours, found ones among the expected."""
    precision, recall = right / max(1, ours), found / max(1, expected)
    if not ours:
        return f"– / {recall:.3f} / –"
    return f"{precision:.3f} / {recall:.3f} / {2 * precision * recall / max(1e-9, precision + recall):.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=["train", "dev"], default="dev")
    parser.add_argument("--articles", type=int, help="that many at most")
    arguments = parser.parse_args()
    records = [
        record for record in rows(arguments.data / "quotes/polnear.jsonl.gz") if record["split"] == arguments.split
    ][: arguments.articles]
    tallies = {"rules": Tally(attributions), "naive pattern": Tally(naive)}
    for tally in tallies.values():
        for record in records:
            tally.add(record)
    print("Precision / recall / F1\n")
    print(f"| attributions | found by | of | found | {' | '.join(PARTS)} |\n|---|---|---:|---:|{'---:|' * len(PARTS)}")
    for kind in KINDS:
        for name, tally in tallies.items():
            print(f"| {kind} | {name} | {tally.row(kind)} |")
    print("\n| | found by | of | found | P / R / F1 |\n|---|---|---:|---:|---:|")
    for role in ROLES:
        for name, tally in tallies.items():
            both, ours, expected = (tally.words[role, side] for side in ("both", "ours", "gold"))
            print(f"| words in {role} | {name} | {expected} | {ours} | {_scores(both, ours, both, expected)} |")
    for name, tally in tallies.items():
        count = tally.sentences
        scores = _scores(count["right"], count["ours"], count["found"], count["gold"])
        print(f"| quoted sentences and their speakers | {name} | {count['gold']} | {count['ours']} | {scores} |")
    count = tallies["rules"].sentences
    print(f"\n{count['quoted'] / count['gold']:.3f} of the sentences in direct quotations are marked as quoted")
    print(f"{count['named']} of {count['pronouns']} times that he or she speaks there is a name")
    print(f"{_milliseconds(records):.1f} ms for 1,000 words")


def _milliseconds(records: Sequence[dict[str, Any]]) -> float:
    divided = [(record["text"], paragraphs(record["text"])) for record in records]
    began = time.process_time()
    for text, sentences in divided:
        attributed(text, sentences)
    return (time.process_time() - began) * 1e6 / sum(Words(text).count for text, _ in divided)


if __name__ == "__main__":
    main()
