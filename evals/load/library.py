"""The library under load: news articles of RealTimeQA, taken in once and kept for the next run, and what is asked."""

import random
import shutil
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from msgspec import Struct

from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from evals.collections import collection
from evals.retrieval_sets import real_time
from evals.vectors import CachedEncoder


class Load(Struct, frozen=True, kw_only=True):
    """What is searched, and with what."""

    library: Path
    questions: tuple[str, ...]
    others: tuple[dict[str, Any], ...]
    """Articles that are not in the library."""
    files: tuple[Path, ...]

    def asked(self, seed: int) -> Iterator[str]:
        """Yield questions without end, in an order of their own."""
        questions = list(self.questions)
        random.Random(seed).shuffle(questions)
        return cycle(questions)


def prepared(data: Path, articles: int, work: Path) -> Load:
    """Copy the library to where it may be written to."""
    loaded = real_time(data, "beginnings")
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    made = collection("load", loaded.articles[:articles], encoder)
    made.close()
    shutil.copytree(made.directory, work / "library" / "collections" / "main")
    return Load(
        library=work / "library",
        questions=tuple(dict.fromkeys(each.question for each in loaded.asked)),
        others=tuple(dict(article) for article in loaded.articles[articles:]),
        files=loaded.files,
    )
