"""The sets of questions to the keyless reader: articles, what is asked of them, and which sentences are right."""

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from embeddings.evidence import Candidate
from embeddings.extract.normalise import normalise
from evals.data import rows
from evals.retrieval_sets import multihop as multihop_articles
from evals.retrieval_sets import real_time as real_time_articles
from service.answers import Turn

_MOST = 1500
"""Questions of a set, drawn at random where it has more."""
_MOST_ALONE = 500
_SHORTEST = 3
"""Characters from which on an answer that stands elsewhere in its article is right there too."""


class Asked(Struct, frozen=True, kw_only=True):
    """A question, and what is right."""

    question: str
    answerable: bool
    """Whether the collection answers it; if not, refusing is right."""
    gold: frozenset[str] = frozenset()
    """Articles that answer it. Without them, refusing is right."""
    spans: tuple[tuple[str, int], ...] = ()
    """Answers and where they begin in the gold article."""
    strings: tuple[str, ...] = ()
    """Answers without a place: a right sentence holds one."""
    sentences: tuple[str, ...] = ()
    """Sentences of which each is right."""
    anywhere: bool = False
    """Whether a sentence of another article can be right too."""
    history: tuple[Turn, ...] = ()
    as_of: datetime | None = None

    def right(self, candidate: Candidate) -> bool:
        """Tell whether a sentence answers."""
        sentence = candidate.sentence
        return self.is_right(candidate.hit.article.article_id, sentence.start, sentence.end, sentence.text)

    def is_right(self, article_id: str, start: int, end: int, text: str) -> bool:
        """Tell whether these characters of an article answer."""
        if not self.anywhere and article_id not in self.gold:
            return False
        if not (self.spans or self.strings or self.sentences):
            return True
        if any(start <= begin < end for _, begin in self.spans):
            return True
        bare = bare_words(text)
        again = (bare_words(text) for text, _ in self.spans)
        return (
            any(f" {text} " in f" {bare} " for text in again if len(text) > _SHORTEST)
            or any(f" {bare_words(text)} " in f" {bare} " for text in self.strings)
            or any(bare in bare_words(text) or bare_words(text) in bare for text in self.sentences if bare)
        )


class AnswerSet(Struct, frozen=True, kw_only=True):
    """A collection to be, and questions about it in an order of chance."""

    name: str
    articles: tuple[Mapping[str, Any], ...]
    """As `byline ingest` takes them."""
    asked: tuple[Asked, ...]
    files: tuple[Path, ...]
    alone: bool = False
    """Whether each question is asked of its own article only, as of a collection of one; absent is then another one."""


def newsqa(data: Path) -> AnswerSet:
    """Questions that people asked about stories of CNN having seen the headline only; all have an answer."""
    return _span_set("NewsQA", data / "training/reader/newsqa_dev.jsonl.gz")


def squad(data: Path) -> AnswerSet:
    """Questions about paragraphs of Wikipedia; half of them written to look answerable from theirs without being so."""
    return _span_set("SQuAD 2.0", data / "squad/squad2_dev_half.jsonl.gz")


def real_time(data: Path) -> AnswerSet:
    """Weekly news quizzes. Which articles answer is known by the string alone: absent leaves out all that have it."""
    sample = real_time_articles(data)
    held = {record["id"]: f" {bare_words(record['text'])} " for record in sample.articles}
    asked = []
    for row in rows(data / "realtimeqa/questions.jsonl.gz"):
        answers = tuple(answer for answer in row["answers"] if bare_words(answer))
        bare = [f" {bare_words(answer)} " for answer in answers]
        having = frozenset(id for id, text in held.items() if any(answer in text for answer in bare))
        if not having.isdisjoint(row["gold_article_ids"] + row["answer_string_in"]):
            asked.append(
                Asked(
                    question=row["question"],
                    answerable=True,
                    gold=having,
                    strings=answers,
                    anywhere=True,
                    as_of=datetime.fromisoformat(row["asked_on"]).replace(tzinfo=UTC),
                )
            )
    return _set("RealTimeQA sample", sample.articles, asked, sample.files)


def multihop(data: Path) -> AnswerSet:
    """Long questions over several articles, given as title, summary and gold sentences; some ask what none says.

    Right is a sentence of an article with evidence that names the entity asked for, or, where the answer is yes or no,
    a sentence of the evidence.
    """
    questions = data / "multihop_rag_lite/questions.jsonl"
    asked = []
    for row in rows(questions):
        entity = row["type"] == "inference_query"
        asked.append(
            Asked(
                question=row["question"],
                answerable=row["answerable"],
                gold=frozenset(evidence["article_id"] for evidence in row["evidence"]),
                strings=tuple(row["answers"]) if entity else (),
                sentences=() if entity else tuple(evidence["quote"] for evidence in row["evidence"]),
            )
        )
    made = multihop_articles(data)
    return _set("MultiHop lite", made.articles, asked, made.files)


def clapnq(data: Path) -> AnswerSet:
    """What people typed into a search engine, about one passage of Wikipedia each; half of them it does not answer."""
    path = data / "clapnq/clapnq_dev.jsonl"
    articles, asked = {}, []
    for row in rows(path):
        (passage,) = row["passages"]
        id = _id(passage["text"])
        articles[id] = {"id": id, "title": passage["title"], "text": passage["text"]}
        selected = tuple(sentence for answer in row["answers"] for sentence in answer["selected_sentences"])
        asked.append(
            Asked(question=row["question"], answerable=row["answerable"], gold=frozenset([id]), sentences=selected)
        )
    return _set("CLAPNQ", list(articles.values()), asked, (path,))


def mtrag(data: Path) -> AnswerSet:
    """Questions in conversations, most of which lean on what was said before. Right is any sentence of their passages.

    What is underspecified or partly answered is left out.
    """
    path = data / "conversational/mtrag_un_dev.jsonl.gz"
    articles, asked = {}, []
    for row in rows(path):
        for context in row["contexts"]:
            articles[context["id"]] = {"id": context["id"], "title": context["title"] or "", "text": context["text"]}
        if row["answerability"] in (["ANSWERABLE"], ["UNANSWERABLE"]):
            asked.append(
                Asked(
                    question=row["question"],
                    answerable=row["answerability"] == ["ANSWERABLE"],
                    gold=frozenset(context["id"] for context in row["contexts"]),
                    history=tuple(
                        Turn(role="user" if turn["speaker"] == "user" else "assistant", text=turn["text"])
                        for turn in row["history"]
                    ),
                )
            )
    return _set("MTRAG", list(articles.values()), asked, (path,))


def newsqa_alone(data: Path) -> AnswerSet:
    """The same of NewsQA, each question of its own story only."""
    return _alone(newsqa(data))


def squad_alone(data: Path) -> AnswerSet:
    """The same of SQuAD, each question of its own paragraph only."""
    return _alone(squad(data))


SETS: dict[str, Callable[[Path], AnswerSet]] = {
    made.__name__: made for made in (newsqa, squad, real_time, multihop, clapnq, mtrag, newsqa_alone, squad_alone)
}


def bare_words(text: str) -> str:
    """Words alone, in lower case: what is compared where punctuation may differ."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _span_set(name: str, path: Path) -> AnswerSet:
    records = list(rows(path))
    articles, asked = {}, []
    for row in records:
        id = _id(row["context"])
        # NewsQA's titles are the first words of the text, which say nothing more.
        title = "" if row["context"].startswith(row["title"].removesuffix("…")) else row["title"]
        articles[id] = {"id": id, "title": title, "text": normalise(row["context"])}
        asked.append(
            Asked(
                question=row["question"],
                answerable=row["answerable"],
                gold=frozenset([id]),
                spans=tuple((answer["text"], answer["start"]) for answer in row["answers"]),
            )
        )
    return _set(name, list(articles.values()), asked, (path,))


def _set(name: str, articles: Sequence[Mapping[str, Any]], asked: Sequence[Asked], files: Iterable[Path]) -> AnswerSet:
    drawn = random.Random(0).sample(asked, min(len(asked), _MOST))
    return AnswerSet(name=name, articles=tuple(articles), asked=tuple(drawn), files=tuple(files))


def _alone(whole: AnswerSet) -> AnswerSet:
    return replace(whole, name=f"{whole.name}, one article", asked=whole.asked[:_MOST_ALONE], alone=True)


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
