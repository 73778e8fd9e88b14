"""`byline` as a process of its own, with the hashing encoder: the real one takes seconds to load."""

import os
from pathlib import Path

from fakes import HashingEncoder

from embeddings.encoder import SentenceTransformerEncoder
from service.cli import cli


def environment(library: Path) -> dict[str, str]:
    """Give what such a process needs to find the code, and its library."""
    return os.environ | {"BYLINE_LIBRARY": str(library), "PYTHONPATH": str(Path(__file__).parent.parent)}


if __name__ == "__main__":
    setattr(SentenceTransformerEncoder, "load", classmethod(lambda _, __: HashingEncoder()))  # noqa: B010
    cli(prog_name="byline")
