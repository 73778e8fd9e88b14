"""Data sets as collections, made by the ingest that users have, and kept for the next run."""

import hashlib
import io
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from embeddings.collection import Collection
from embeddings.encoder import Encoder
from embeddings.errors import IngestRunning
from embeddings.extract import Rejected, extract_jsonl
from embeddings.ingest import HEADING_TOKENS, PASSAGE_TOKENS, Ingester
from embeddings.splitter import SPLITTER_VERSION
from evals.vectors import CACHE

_DONE = "complete"


def collection(
    name: str,
    articles: Iterable[Mapping[str, Any]],
    encoder: Encoder,
    *,
    passage_tokens: int = PASSAGE_TOKENS,
    cache: Path = CACHE,
) -> Collection:
    """Open the collection of these articles, made first where no earlier run has made it.

    `articles` are objects as `byline ingest` takes them. What was interrupted is gone on with.
    """
    lines = [json.dumps(article, ensure_ascii=False) for article in articles]
    digest = hashlib.sha256()
    for part in (encoder.identity.digest, SPLITTER_VERSION, f"{passage_tokens} {HEADING_TOKENS}", *lines):
        digest.update(f"{part}\n".encode())
    opened = Collection.create(cache, f"{name}-{digest.hexdigest()[:12]}")
    done = opened.directory / _DONE
    while not done.exists():
        stream = io.BufferedReader(io.BytesIO("\n".join(lines).encode()))
        try:
            for result in Ingester(opened, encoder, passage_tokens=passage_tokens).ingest(extract_jsonl(stream, name)):
                if isinstance(result, Rejected):
                    raise ValueError(f"{result.where}: {result.reason}")
        except IngestRunning:
            time.sleep(5)  # another run is making it
            continue
        opened.compact()
        done.touch()
    return opened
