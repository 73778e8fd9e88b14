"""Servers of several processes, with the hashing encoder: the real one takes seconds to load in each."""

import os
from pathlib import Path

from fakes import HashingEncoder

from embeddings.errors import EncoderUnavailable
from embeddings.library import Library
from service.answerer import Answerer
from service.places import Places
from service.settings import Settings

SCRIPT = """
import sys
from pathlib import Path
import several
from service.cli.failures import reported
from service.server import serve
from service.settings import Settings

with reported():
    serve(Settings(library=Path(sys.argv[1])), "127.0.0.1", 0, workers=2, load=getattr(several, sys.argv[2]))
print(sorted({"torch", "faiss", "sentence_transformers", "service.app"} & set(sys.modules)), file=sys.stderr)
"""
"""Serves a library by the function of that name, then says what the process has imported that it should not."""


def hashing(settings: Settings) -> Answerer:
    return Answerer(Library(settings.library, HashingEncoder()), places=Places(settings.most_questions))


def without_encoder(_: Settings) -> Answerer:
    raise EncoderUnavailable("there is no model here")


def dying(_: Settings) -> Answerer:
    os._exit(7)


def children(process: int) -> list[int]:
    """Give the processes that serve for one."""
    begun = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(each) for each in begun if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
