"""What all tests share: no network, no settings from outside, and nothing that blocks an event loop.

Golden files: `python -m pytest --golden` writes them anew; read the difference before committing it.
"""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for _name in [name for name in os.environ if name.startswith("BYLINE_")]:
    del os.environ[_name]

import pytest  # noqa: E402
from blockbuster import blockbuster_ctx  # noqa: E402
from fakes import make_library  # noqa: E402

from embeddings.articles import Article  # noqa: E402
from embeddings.catalog import stories  # noqa: E402
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder  # noqa: E402
from embeddings.library import Library  # noqa: E402

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

GOLDEN = Path(__file__).parent / "golden"


# Whoever started the suite in the background may have had it ignored, which the programs that it starts would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files anew instead of comparing with them")
    parser.addoption("--moments", type=int, default=12, help="how many moments at which an ingest is killed")


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[None]:
    """Raise where our code makes a blocking call inside an event loop."""
    with blockbuster_ctx(scanned_modules=["service", "embeddings"]):
        yield


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{name} changed; if that is meant: pytest --golden"

    return check


@pytest.fixture(scope="session")
def real_encoder() -> SentenceTransformerEncoder:
    """Load the encoder that users have."""
    return SentenceTransformerEncoder.load(DEFAULT_ENCODER)


@pytest.fixture
def articles() -> list[Article]:
    """Tell three small stories, one of them twice and one undated."""
    quay = (
        "A crane fell at the north quay on Monday. The harbour master blamed the fall of the crane on rust.\n\n"
        "Nobody was hurt, and the quay opens again in July."
    )
    ferry = (
        "The ferry to the islands will cost two euros more from August. The council voted for the fare by nine to six."
    )
    return [
        Article(
            id="quay",
            title="Crane falls at the quay",
            text=quay,
            source="Harbour Post",
            author="City Desk",
            published_at=datetime(2016, 6, 7, tzinfo=UTC),
            url="https://harbour-post.example/2016/06/crane",
        ),
        Article(
            id="quay-copy",
            title="Crane falls at the quay",
            text=quay,
            source="Civic Courier",
            published_at=datetime(2016, 6, 8, 6, 30, tzinfo=UTC),
        ),
        Article(
            id="ferry",
            title="Ferry fares rise",
            text=ferry,
            source="Civic Courier",
            author="Transport Desk",
            published_at=datetime(2016, 6, 9, tzinfo=UTC),
        ),
        Article(
            id="opera", title="The opera opens", text="The opera opens on Friday with a ballet about a lighthouse."
        ),
    ]


@pytest.fixture
def without_near_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the same words be the same story: texts made of a few words are near copies by chance."""
    monkeypatch.setattr(stories, "is_copy", lambda *_: False)


@pytest.fixture
def client(library: Library) -> Iterator["TestClient[Litestar]"]:
    """Talk to the service about `library`."""
    from litestar.testing import TestClient
    from over_http import app_for

    with TestClient(app_for(library), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def library(tmp_path: Path, articles: list[Article]) -> Iterator[Library]:
    """Make a library of `articles`, searched with the hashing encoder."""
    made = make_library(tmp_path / "library", articles)
    yield made
    made.close()
