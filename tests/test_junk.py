"""What a page says of itself is told from the article in it, without losing any of the article."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.extract.titles import title_from
from embeddings.junk import is_label, junk
from embeddings.sentences import paragraphs

TITLE = "Harbour Town Votes to Keep Its Old Ferry"
PROSE = """\
The people of the harbour town voted on Sunday to keep the old ferry running for ten more years.
The council had planned to replace it with a bridge, which would have cost forty million crowns.
“We grew up on that boat,” said Marta Linde, who has sold tickets at the pier since she left school.
Engineers say that the hull will need new plates before the winter, and the engine a complete overhaul.
The mayor promised to find the money, though she would not say where it was going to come from."""


def kept_and_removed(text: str, title: str = TITLE) -> tuple[list[str], list[str]]:
    divided = paragraphs(text)
    lines = [text[paragraph[0].start : paragraph[-1].end] for paragraph in divided]
    flags = junk(text, divided, title)
    return (
        [line for line, flag in zip(lines, flags, strict=True) if not flag],
        [line for line, flag in zip(lines, flags, strict=True) if flag],
    )


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def test_page_copied_whole_keeps_its_article() -> None:
    before = ["Skip to content", "News", "Sport", "Island Life", "in ,"]
    about = ["By Jonas Ekwall and Ida Berg", "Published 3 May 2021, 9:14 am", "5 min read", "Share", "Facebook"]
    disclaimer = (
        "The opinions expressed in this article are those of the author and not of this newspaper or its owners."
    )
    after = [
        disclaimer,
        "What do you think?",
        "Notify of",
        "View all comments",
        "Why the Lighthouse Keeper Never Left",
        "Storm Warning for the Northern Skerries",
        "© 2021 The Harbour Herald. All rights reserved.",
    ]
    text = "\n\n".join([*before, TITLE, *about, disclaimer, PROSE, *after])
    kept, removed = kept_and_removed(text)
    assert kept == [TITLE, *lines_of(PROSE)]
    assert removed == [*before, *about, disclaimer, *after]


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT",
        "Story continues below",
        "Read more: The bridge that was never built",
        "RELATED: Who owns the pier?",
        "Click here to get our app",
        "Sign up for our weekly newsletter and never miss a story.",
        "Get the harbour news delivered straight to your inbox.",
        "Follow Ida Berg on Twitter: @idaberg",
        "Getty Images",
        "Photo: Ida Berg",
        "Jonas Ekwall/Reuters",
        "By Ida Berg, Harbour Herald",
        "Last updated: 4 May 2021",
        "Filed under: Ferries, Islands",
        "We use cookies. By continuing to browse you agree to our use of cookies.",
        "This material may not be reproduced without permission.",
        "This article was originally published by the Island Courier.",
        "Reporting by Ida Berg; editing by Jonas Ekwall",
        "Anzeige",
        "Lesen Sie auch: Die letzte Fähre",
        "Lire aussi : Le dernier bac",
        "Lee también: El último barco",
        "Leia também: A última balsa",
        "Реклама",
        "广告",
    ],
)
def test_known_lines_are_junk_wherever_they_stand(line: str) -> None:
    first, *rest = lines_of(PROSE)
    for text in ("\n\n".join([first, line, *rest]), "\n\n".join([line, PROSE]), "\n\n".join([PROSE, line])):
        kept, removed = kept_and_removed(text)
        assert removed == [line]
        assert kept == lines_of(PROSE)


@pytest.mark.parametrize(
    "lines",
    [
        ["What the ferry means to the island"],
        ["The old ferry at its pier on Saturday, before the count"],
        ["What do the islanders want?", "They want the boat."],
        ["A share of the costs will fall to the islanders, who share the boat."],
        ["More than 700 people have signed up for alerts by e-mail, the harbour master said."],
        ["“The views expressed there were not mine,” she said on the pier."],
        ["Islanders can sign up here and there for the crossing, but nobody does."],
        ["He was the first to read more than the headline."],
        ["Q: Who steers it?", "A: My brother does.", "Q: And at night?", "A: Nobody."],
        ["The sea was dark,", "the boat was old,", "we crossed it in the morning cold"],
        ["Ingredients", "2 cups of flour", "1 herring, salted", "Half an onion", "Butter for the pan"],
        ["Final table", "1 Skerry Rovers 14 9 3 30", "2 Pier United 14 8 2 26", "3 Old Harbour 14 2 1 7"],
        ["The winners:", "Best Boat", "The Marta of Linde Shipping", "Best Crew", "Northern Skerries"],
        ["10:32", "The first ballot boxes have reached the hall.", "10:58", "Counting has begun."],
        ["3 May 2019", "The council votes for the bridge for the first time.", "9 June 2020", "It votes again."],
    ],
)
def test_what_belongs_to_an_article_stays(lines: list[str]) -> None:
    first, *rest = lines_of(PROSE)
    for text in ([first, *lines, *rest], [*lines, *lines_of(PROSE)], [*lines_of(PROSE), *lines]):
        kept, removed = kept_and_removed("\n\n".join(text))
        assert removed == []
        assert kept == text


def test_box_with_links_between_paragraphs() -> None:
    first, *rest = lines_of(PROSE)
    box = ["Related stories", "The Bridge That Was Never Built", "Ten Boats That Made the Islands"]
    kept, removed = kept_and_removed("\n\n".join([first, *box, *rest]))
    assert removed == box
    assert kept == lines_of(PROSE)


def test_teasers_and_comments_after_the_article() -> None:
    teasers = ["Most read", "Storm on Monday", "Ships stay in port as the wind grows.", "Old map found", "Anna Dahl"]
    comments = ["2 comments", "sailor77", "Long live the ferry, I say, and down with every bridge there is!", "Reply"]
    kept, removed = kept_and_removed("\n\n".join([PROSE, *teasers, *comments]))
    assert kept == lines_of(PROSE)
    assert removed == [*teasers, *comments]


def test_last_paragraph_under_a_box_stays() -> None:
    *most, last = lines_of(PROSE)
    box = ["Related stories", "The Bridge That Was Never Built"]
    kept, removed = kept_and_removed("\n\n".join([*most, *box, last, "Share"]))
    assert kept == [*most, last]
    assert removed == [*box, "Share"]


def test_sentences_that_frame_an_article() -> None:
    frame = "Our island reports are paid for by the friends of the harbour and the old pier."
    kept, removed = kept_and_removed("\n\n".join([frame, PROSE, frame]))
    assert kept == lines_of(PROSE)
    assert removed == [frame, frame]


@pytest.mark.parametrize("text", ["", "Share", "Share\n\nComments\n\nBy Ida Berg", "—\n\nRead more\n\n***", "in ,"])
def test_never_everything(text: str) -> None:
    _, removed = kept_and_removed(text)
    assert removed == []


def test_title_is_no_junk_even_if_it_looks_like_it() -> None:
    title = "By the Sea"
    kept, _ = kept_and_removed(f"Menu\n\n{title}\n\n{PROSE}", title)
    assert kept == [title, *lines_of(PROSE)]


LINES = st.one_of(
    st.sampled_from(
        [
            "Share",
            "Comments",
            "Related",
            "By Ida Berg",
            "3 May 2021",
            "10:32",
            "in ,",
            "***",
            "Menu",
            TITLE,
            "© 2021 Us",
        ]
    ),
    st.sampled_from(lines_of(PROSE)),
    st.text(max_size=60),
)


@given(st.lists(LINES, max_size=25), st.sampled_from(["\n", "\n\n"]), st.text(max_size=20))
def test_one_flag_a_paragraph_and_words_are_left(lines: list[str], between: str, title: str) -> None:
    text = between.join(lines)
    divided = paragraphs(text)
    flags = junk(text, divided, title)
    assert len(flags) == len(divided)
    assert flags == junk(text, divided, title)
    left = [text[p[0].start : p[-1].end] for p, flag in zip(divided, flags, strict=True) if not flag]
    assert not any(flags) or any(map(str.isalnum, "".join(left)))


@pytest.mark.parametrize(
    "unit",
    ["views expressed ", "follow a b ", "© ", "... ", "_ ", "»", "by A ", "contact a.a ", "May 1 ", "earn a ", "a\n"],
)
@pytest.mark.parametrize("length", [100, 590, 200_000])
def test_time_is_linear(unit: str, length: int) -> None:
    line = (unit * length)[:length]
    text = "\n".join([line] * (200_000 // length))
    divided = paragraphs(text)
    started = time.perf_counter()
    junk(text, divided, TITLE)
    assert time.perf_counter() - started < 5


def test_labels_are_no_titles() -> None:
    text = "Skip to main content\nShare this article\n\nCrane falls at the north quay\n\nA crane fell on Monday."
    assert title_from(text, "page") == "Crane falls at the north quay"
    assert not is_label("Crane falls at the north quay")
    assert title_from("Skip to main content", "page") == "page"
