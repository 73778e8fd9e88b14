"""Compare sentence segmenters on texts whose sentence boundaries were marked by hand.

    python -m evals.segmenters LABELS.jsonl [--speed ARTICLES.jsonl.xz]

A line of LABELS is {"text": ..., "starts": [offsets at which a sentence begins, without the first]}. A boundary counts
as found when a sentence begins at that very character, so a quotation mark on the wrong side is an error. Segmenters
that are not installed are listed as absent. Prints Markdown.
"""

import argparse
import importlib
import itertools
import json
import lzma
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

Segmenter = Callable[[str], Iterable[tuple[int, int]]]
"""Text to the spans of its sentences."""


def byline() -> Segmenter:
    sentences = importlib.import_module("embeddings.sentences")
    return lambda text: ((s.start, s.end) for paragraph in sentences.paragraphs(text) for s in paragraph)


def sentencex() -> Segmenter:
    library: Any = importlib.import_module("sentencex")

    def spans(text: str) -> Iterator[tuple[int, int]]:
        ends = itertools.accumulate(map(len, library.segment("en", text)), initial=0)
        return itertools.pairwise(ends)

    return spans


def syntok() -> Segmenter:
    library: Any = importlib.import_module("syntok.segmenter")
    return lambda text: (
        (sentence[0].offset, sentence[-1].offset + len(sentence[-1].value))
        for paragraph in library.analyze(text)
        for sentence in paragraph
    )


def pysbd() -> Segmenter:
    library: Any = importlib.import_module("pysbd")
    segmenter = library.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: ((span.start, span.end) for span in segmenter.segment(text))


def blingfire() -> Segmenter:
    library: Any = importlib.import_module("blingfire")
    return lambda text: library.text_to_sentences_and_offsets(text)[1]


def segtok() -> Segmenter:
    library: Any = importlib.import_module("segtok.segmenter")
    return located(lambda text: library.split_multi(text))


def sentence_splitter() -> Segmenter:
    library: Any = importlib.import_module("sentence_splitter")
    return located(library.SentenceSplitter(language="en").split)


def punkt() -> Segmenter:
    library: Any = importlib.import_module("nltk.tokenize.punkt")
    tokenizer = library.PunktTokenizer("english")
    return lambda text: tokenizer.span_tokenize(text)


def rules() -> Segmenter:
    """What a page of rules does: stop, closing marks, space, capital; unless an abbreviation or an initial precedes."""
    titles = "Mr|Mrs|Ms|Dr|Prof|Sen|Reps?|Gov|Gen|Lt|Col|Capt|Sgt|Rev|St|Jr|Sr|vs|No|Inc|Corp|Co|Ltd|etc|ie|eg|cf|Fig"
    months = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
    abbreviation = re.compile(rf"(?:\b(?:{titles}|{months}|[A-Za-z])|\b(?:[A-Za-z]\.)+[A-Za-z])\.$")
    end = re.compile(r"""\s*\n\s*|[.?!…]+["”’)\]]*\s+(?=["“‘(\[]*[A-Z0-9])""")

    def spans(text: str) -> Iterator[tuple[int, int]]:
        start = 0
        for match in end.finditer(text):
            stop = match.group().rstrip()
            if stop == "." and abbreviation.search(text, max(start, match.start() - 12), match.start() + 1):
                continue
            yield start, match.end()
            start = match.end()
        yield start, len(text)

    return spans


def located(split: Callable[[str], Iterable[str]]) -> Segmenter:
    """Find the sentences of a segmenter that keeps no offsets, where it left them as they were."""

    def spans(text: str) -> Iterator[tuple[int, int]]:
        at = 0
        for sentence in split(text):
            found = text.find(sentence.strip(), at)
            if sentence.strip() and found >= 0:
                at = found + len(sentence.strip())
                yield found, at

    return spans


SEGMENTERS = [byline, sentencex, syntok, pysbd, blingfire, segtok, sentence_splitter, punkt, rules]


def begins(segmenter: Segmenter, text: str) -> set[int]:
    """Return the offsets at which sentences begin, without the first."""
    starts = set()
    for start, end in segmenter(text):
        sentence = text[start:end]
        if sentence.strip():
            starts.add(start + len(sentence) - len(sentence.lstrip()))
    return starts - {min(starts)} if starts else starts


def within_paragraph(text: str, start: int) -> bool:
    return "\n" not in text[len(text[:start].rstrip()) : start]


def score(segmenter: Segmenter, labels: list[dict[str, Any]], keep: Callable[[str, int], bool]) -> tuple[float, float]:
    """Return precision and recall over all labelled texts, of the boundaries that `keep` admits."""
    found = expected = right = 0
    for label in labels:
        text = label["text"]
        marked = {start for start in label["starts"] if keep(text, start)}
        answered = {start for start in begins(segmenter, text) if keep(text, start)}
        found, expected, right = found + len(answered), expected + len(marked), right + len(marked & answered)
    return right / max(found, 1), right / max(expected, 1)


def speed(segmenter: Segmenter, texts: list[str], seconds: float = 3.0) -> float:
    """Return megabytes of text a second."""
    size, begun = 0, time.perf_counter()
    for text in texts:
        for _ in segmenter(text):
            pass
        size += len(text.encode())
        if time.perf_counter() - begun > seconds:
            break
    return size / 1e6 / (time.perf_counter() - begun)


def errors(segmenter: Segmenter, labels: list[dict[str, Any]]) -> Iterator[str]:
    for label in labels:
        text, marked = label["text"], set(label["starts"])
        for start in sorted(marked ^ begins(segmenter, text)):
            kind = "missed" if start in marked else "wrong "
            yield f"{kind} {text[max(0, start - 40) : start]!r} | {text[start : start + 30]!r}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--speed", type=Path, help="JSONL of articles, may be .xz; the first 400 are timed")
    parser.add_argument("--errors", metavar="SEGMENTER", help="print the errors of this one instead")
    arguments = parser.parse_args()
    labels = [json.loads(line) for path in arguments.labels for line in path.read_text("utf-8").splitlines()]
    texts = []
    if arguments.speed:
        with (lzma.open if arguments.speed.suffix == ".xz" else open)(arguments.speed, "rt", encoding="utf-8") as file:
            texts = [json.loads(line)["text"] for line in itertools.islice(file, 400)]
    if arguments.errors:
        chosen = next(make for make in SEGMENTERS if make.__name__ == arguments.errors)
        print(*errors(chosen(), labels), sep="\n")
        return
    inner = sum(within_paragraph(label["text"], start) for label in labels for start in label["starts"])
    print(
        f"{len(labels)} texts, {sum(len(label['starts']) for label in labels)} boundaries, {inner} within paragraphs\n"
    )
    print("| segmenter | P | R | F1 | P within | R within | F1 within | MB/s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for make in SEGMENTERS:
        name = make.__name__
        try:
            segmenter = make()
            segmenter("One. Two.")
        except (ImportError, LookupError) as error:
            print(f"| {name} | absent: {type(error).__name__} | | | | | | |")
            continue
        cells = []
        for keep in (lambda *_: True, within_paragraph):
            precision, recall = score(segmenter, labels, keep)
            cells += [precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)]
        rate = f"{speed(segmenter, texts):.1f}" if texts else ""
        print(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + f" | {rate} |")


if __name__ == "__main__":
    main()
