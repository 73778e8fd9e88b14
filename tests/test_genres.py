"""Genres: named where markup, section, address, title or text says so, and only there."""

import pytest

from embeddings.extract.genres import genre_of, stated_genre

TEXT = "The harbour master said on Monday that the north quay would stay closed.\nEngineers found rust in a crane."
SITE = "https://courier.example"


def genre(
    stated: str | None = None, section: str | None = None, url: str | None = None, title: str = "", text: str = TEXT
) -> str | None:
    return genre_of(stated, section, url, title, text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("OpinionNewsArticle", "opinion"),
        ("AnalysisNewsArticle", "analysis"),
        ("LiveBlogPosting", "live"),
        ("ReportageNewsArticle", "news"),
        ("NewsArticle", None),
        ("Comment is free", "opinion"),
        ("Op-Ed", "opinion"),
        ("Editorials", "opinion"),
        ("Letters to the Editor", "opinion"),
        ("Meinung", "opinion"),
        ("OPINIÓN", "opinion"),
        ("Opinion/Columnists", "opinion"),
        ("News | Analysis", "analysis"),
        ("News & Opinion", None),
        ("Press Releases", "press release"),
        ("Live Updates", "live"),
        ("Corrections", "correction"),
        ("World News", "news"),
        ("Live Music", None),
        ("Opinion Polls", None),
        ("Data Analysis Software", None),
        ("World", None),
        ("", None),
    ],
)
def test_words_of_markup_and_sections(words: str, expected: str | None) -> None:
    assert stated_genre(words) == expected
    assert genre(section=words) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/opinion/2021/03/crane.html", "opinion"),
        ("/2021/03/01/opinions/crane/index.html", "opinion"),
        ("/commentisfree/2021/mar/01/crane", "opinion"),
        ("/columnists/annaberg/crane", "opinion"),
        ("/tech/columnists/annaberg/how-to-clean-a-screen", None),
        ("/analysis/crane", "analysis"),
        ("/world/live/2021/mar/01/crane", "live"),
        ("/news/live-news/crane", "live"),
        ("/harbour/crane-falls-live-updates-123", "live"),
        ("/harbour/live-music-at-the-quay", None),
        ("/pressreleases/crane", "press release"),
        ("/press-release/crane", "press release"),
        ("/news/crane", "news"),
        ("/sport/news/crane", None),
        ("/harbour/an-opinion-on-cranes", None),
        ("/", None),
        ("", None),
    ],
)
def test_addresses(path: str, expected: str | None) -> None:
    assert genre(url=SITE + path) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Opinion | The crane must go", "opinion"),
        ("OPINION: The crane must go", "opinion"),
        ("The crane must go | Opinion", "opinion"),
        ("The crane must go (Opinion)", "opinion"),
        ("Editorial: The crane must go", "opinion"),
        ("Analysis: What the crane means for the port", "analysis"),
        ("News Analysis - What the crane means", "analysis"),
        ("Live updates: Crane falls at the quay", "live"),
        ("Crane falls at the quay: live updates", "live"),
        ("Crane falls at the quay – as it happened", "live"),
        ("Correction: Crane story", "correction"),
        ("Press release: New crane arrives", "press release"),
        ("Opinion polls show a close race", None),
        ("Live from the quay, the opera", None),
        ("Column of smoke over the harbour", None),
        ("Correction of the river bed begins", None),
        ("Analysis of the rust takes weeks", None),
    ],
)
def test_titles(title: str, expected: str | None) -> None:
    assert genre(title=title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"FOR IMMEDIATE RELEASE\n{TEXT}", "press release"),
        (f"EASTPORT, March 1, 2021 /PRNewswire/ -- {TEXT}", "press release"),
        (f"EASTPORT--(BUSINESS WIRE)--{TEXT}", "press release"),
        (f"{TEXT * 10} as the agency wrote (BUSINESS WIRE)", None),
        ("Correction: A report on Monday gave the wrong height of the crane. It is 40 metres high.", "correction"),
        (f"Correction: An earlier version of this story gave the wrong height.\n{TEXT}", None),
        (f"{TEXT}\nThe opinions expressed in this commentary are her own.", "opinion"),
        (f"{TEXT}\nThe views expressed in this article do not bind the port.", None),
        (f'{TEXT}\n"The opinions expressed at the meeting were many," he said.', None),
        (TEXT, None),
    ],
)
def test_texts(text: str, expected: str | None) -> None:
    assert genre(text=text) == expected


def test_the_more_telling_statement_counts() -> None:
    assert genre(stated="opinion", section="News", url=f"{SITE}/live/crane") == "opinion"
    assert genre(section="News", title="Analysis: What the crane means") == "analysis"
    assert genre(section="News", url=f"{SITE}/opinion/crane") == "opinion"
    assert genre(section="Harbour", url=f"{SITE}/news/crane") == "news"
