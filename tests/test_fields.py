"""Fields of records: the names that mean a part of an article, in the shapes that services and archives give them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.dates import parse_date
from embeddings.extract.drafts import finish
from embeddings.extract.fields import draft_from

TEXT = "The quay is closed."


def article(**fields: Any) -> Article:
    return finish(draft_from({"text": TEXT} | fields), "record")


def test_a_news_service() -> None:
    found = finish(
        draft_from(
            {
                "source": {"id": "courier", "name": "Eastport Courier"},
                "author": "Anna Berg",
                "title": "Crane rusts",
                "description": "A crane rusts.",
                "url": "https://courier.example/crane",
                "urlToImage": "https://courier.example/crane.jpg",
                "publishedAt": "2021-03-01T06:30:00Z",
                "content": TEXT,
            }
        ),
        "record",
    )
    assert (found.text, found.source, found.author) == (TEXT, "Eastport Courier", "Anna Berg")
    assert found.published_at == datetime(2021, 3, 1, 6, 30, tzinfo=UTC)
    assert found.metadata == {"description": "A crane rusts.", "urlToImage": "https://courier.example/crane.jpg"}


def test_the_shortened_text_of_a_news_service_is_refused() -> None:
    with pytest.raises(ExtractionError, match=r"cut off, it ends in '\[\+3211 chars\]'"):
        draft_from({"content": "The quay is closed. The ferries… [+3211 chars]"})


def test_linked_data() -> None:
    found = finish(
        draft_from(
            {
                "headline": "Crane rusts",
                "articleBody": TEXT,
                "datePublished": "2021-03-01",
                "dateModified": "2021-03-02T09:00:00Z",
                "author": [{"@type": "Person", "name": "Anna Berg"}, {"@type": "Person", "name": "Carl Dunn"}],
                "publisher": {"@type": "Organization", "name": "Eastport Courier"},
                "articleSection": ["Harbour", "Trade"],
                "inLanguage": "en",
            }
        ),
        "record",
    )
    assert (found.title, found.text, found.author) == ("Crane rusts", TEXT, "Anna Berg; Carl Dunn")
    assert (found.source, found.section, found.language) == ("Eastport Courier", "Harbour", "en")
    assert found.updated_at == datetime(2021, 3, 2, 9, 0, tzinfo=UTC)
    assert found.metadata == {}


@pytest.mark.parametrize(
    "name", ["updated_at", "updated", "modified", "dateModified", "last_modified", "Last Modified"]
)
def test_names_of_the_update(name: str) -> None:
    found = article(**{name: "2021-03-02"})
    assert (found.updated_at, found.metadata) == (datetime(2021, 3, 2, tzinfo=UTC), {})


def test_genre_and_section() -> None:
    assert article(section="Opinion").genre == "opinion"
    assert article(genre="Op-Ed", section="Harbour").genre == "opinion"
    thriller = article(genre="thriller", category="Harbour")
    assert (thriller.genre, thriller.section, thriller.metadata) == (None, "Harbour", {"genre_raw": "thriller"})


def test_values_of_another_kind_stay_metadata() -> None:
    found = article(category={"id": 3}, publisher={"id": 4}, updated=True)
    assert found.metadata == {"category": {"id": 3}, "publisher": {"id": 4}, "updated": True}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"source": {"id": 4}}, "'source' must be text, not an object"),
        ({"author": [{"id": 4}]}, "'author' must be text or a list of names, not a list of other things"),
        ({"updated_at": []}, None),
        ({"updated_at": {"x": 1}}, "'updated_at' must be a date or unix seconds, not an object"),
        ({"section": 4}, "'section' must be text or a list of names, not a number"),
    ],
)
def test_wrong_values_are_named(fields: dict[str, Any], message: str | None) -> None:
    if message is None:
        assert article(**fields).metadata == {}
    else:
        with pytest.raises(ExtractionError, match=message):
            article(**fields)


def test_invisible_characters_are_counted_in_every_format() -> None:
    found = finish(draft_from({"text": "The q\u200buay is cl\u2060osed.", "title": "Crane\u200b rusts"}), "record")
    assert (found.text, found.title) == (TEXT, "Crane rusts")
    assert found.metadata == {"hidden_characters": 2}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12 mars 2021", datetime(2021, 3, 12, tzinfo=UTC)),
        ("lundi 1er août 2022", datetime(2022, 8, 1, tzinfo=UTC)),
        ("12. März 2021, 14:30 Uhr", datetime(2021, 3, 12, 14, 30, tzinfo=UTC)),
        ("12 de marzo de 2021", datetime(2021, 3, 12, tzinfo=UTC)),
        ("12 de março de 2021 às 09h15", datetime(2021, 3, 12, 9, 15, tzinfo=UTC)),
        ("12 марта 2021", datetime(2021, 3, 12, tzinfo=UTC)),
        ("12 March 2021", datetime(2021, 3, 12, tzinfo=UTC)),
        ("32 mars 2021", None),
        ("mars 2021", None),
    ],
)
def test_months_of_other_languages(text: str, moment: datetime | None) -> None:
    assert parse_date(text) == moment
