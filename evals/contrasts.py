"""Questions and their mirror images, made from attributions that people marked, for the reader's check of roles.

    python -m evals.contrasts --data DIRECTORY [--tuning]

PolNeAR marks who accuses, praises, opposes or warns, however the sentence puts it: with a verb, in the passive, with a
noun. From each such sentence that names somebody on either side come two questions: one that has the marked source act,
and its mirror image, to which the sentence is no answer. Beside the rules stands the order of the words alone: whoever
comes before the verb or noun acts. The rules were written looking at every other article; figures are of the rest.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from embeddings.sentences import paragraphs
from embeddings.terms import terms
from evals.data import rows
from evals.results import Row, keep
from service.roles import NOUNS, VERBS, Roles, roles_of, saying

_NAME = re.compile(
    r"(?<![\w’'-])(?!(?:The|He|His|She|Her|It|They|We|That|This|Who|Mr|Mrs|Ms|Gov|Sen|Rep|As)\b)[A-Z][\w-]+(?:\s+[A-Z][\w-]+)*"
)
_WORD = re.compile(r"[\w’']+")
_BY = re.compile(r"\b(?:by|from)\b")
_WITHIN = 30
"""Characters from where the marked content begins within which somebody is named whom the action is aimed at."""


class Pair(Struct, frozen=True, kw_only=True):
    """A sentence and who acts on whom in it."""

    sentence: str
    form: str
    agent: str
    verb: str
    patient: str

    def asked(self) -> tuple[str, str]:
        """The question to which the sentence may be an answer, and its mirror image."""
        return (
            f"Why did {self.agent} {self.verb} {self.patient}?",
            f"Why did {self.patient} {self.verb} {self.agent}?",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tuning", action="store_true", help="show the half that the rules were written looking at")
    arguments = parser.parse_args()
    path = arguments.data / "quotes/polnear.jsonl.gz"
    articles = [row for place, row in enumerate(rows(path)) if place % 2 == (0 if arguments.tuning else 1)]
    pairs = [pair for article in articles for pair in _pairs(article)]
    forms = {"all": pairs} | {
        form: [pair for pair in pairs if pair.form == form] for form in ("verb", "by or from", "noun")
    }
    made = [row for name, some in forms.items() for row in (_row(name, some), _naive_row(name, some))]
    keep("contrasts", made, [path])


def _pairs(article: dict[str, Any]) -> Iterator[Pair]:
    text = article["text"]
    for sentence in (sentence for paragraph in paragraphs(text) for sentence in paragraph):
        for marked in article["attributions"]:
            parts = [[span for part in marked[role] for span in part["spans"]] for role in ("source", "cue", "content")]
            if not all(parts) or not all(
                sentence.start <= start < sentence.end for spans in parts for start, _ in spans
            ):
                continue
            source, cue, content = (" ".join(text[start:end] for start, end in spans) for spans in parts)
            word = next((word for word in _WORD.findall(cue.lower()) if word in VERBS or word in NOUNS), None)
            agent, patient = _NAME.search(source), _NAME.search(content)
            if (
                word is None
                or agent is None
                or patient is None
                or patient.start() > _WITHIN
                or set(terms(agent[0])) & set(terms(patient[0]))
            ):
                continue
            verb = VERBS.get(word) or NOUNS[word]
            around = text[parts[1][0][0] : parts[1][-1][1] + 12]
            form = "noun" if word not in VERBS else "by or from" if _BY.search(around) else "verb"
            yield Pair(sentence=sentence.text, form=form, agent=agent[0], verb=verb, patient=patient[0])


def _row(name: str, pairs: Sequence[Pair]) -> Row:
    said = [[_said(question, pair) for question in pair.asked()] for pair in pairs]
    return _figures(name, said)


def _naive_row(name: str, pairs: Sequence[Pair]) -> Row:
    said = [[_in_order(roles_of(question), pair.sentence) for question in pair.asked()] for pair in pairs]
    return _figures(f"{name}, by the order of the words", said)


def _figures(name: str, said: Sequence[Sequence[str]]) -> Row:
    return Row(
        name=name,
        figures={
            "pairs": len(said),
            "mirror image seen through": sum(mirror == "reversed" for _, mirror in said) / max(1, len(said)),
            "mirror image accepted": sum(mirror == "stated" for _, mirror in said) / max(1, len(said)),
            "straight accepted": sum(straight == "stated" for straight, _ in said) / max(1, len(said)),
            "straight refused": sum(straight == "reversed" for straight, _ in said) / max(1, len(said)),
        },
    )


def _said(question: str, pair: Pair) -> str:
    roles = roles_of(question)
    return saying(roles, pair.sentence) if roles else "unsaid"


def _in_order(roles: Roles | None, sentence: str) -> str:
    words = _WORD.findall(sentence.lower())
    place = next(
        (place for place, word in enumerate(words) if VERBS.get(word, NOUNS.get(word)) == (roles and roles.verb)), None
    )
    if roles is None or place is None:
        return "unsaid"
    before, after = set(terms(" ".join(words[:place]))), set(terms(" ".join(words[place + 1 :])))
    if roles.agent & before and roles.patient & after:
        return "stated"
    return "reversed" if roles.patient & before and roles.agent & after else "unsaid"


if __name__ == "__main__":
    main()
