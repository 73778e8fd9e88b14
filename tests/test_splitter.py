"""Sentences keep their offsets, passages hold every sentence once, and both are what a reader of news expects."""

import re
import subprocess
import sys
import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from embeddings import splitter as splitter_module
from embeddings.articles import Article, Sentence
from embeddings.junk import junk
from embeddings.sentences import paragraphs
from embeddings.splitter import PassageSplit, Splitter

# ¦ stands where a sentence begins.
CASES = [
    # abbreviations, initials, numbers
    "The U.S. Secretary of Labor arrived late. ¦He left early.",
    "Talks moved to the U.S. ¦They resumed in spring.",
    "Rep. Tom Vale, R-N.Y., noted that it was late. ¦Sen. Una Birch, D-Mass., agreed. ¦So did Lee Marsh, R-N.C.",
    "The lead [U.S.[ ship left. ¦The others stayed.",
    "Mr. Dale met Mrs. Orr and Ms. Quill. ¦Dr. Finch stayed home.",
    "A letter from Rep. Tom Vale reached Sen. Una Birch and Gov. Lee Marsh. ¦None replied.",
    "The then-Gov. Lee Marsh signed it. ¦Lt. Gov. Ada Stone did not.",
    "On Jan. 5 and again on Sept. 30 the river rose. ¦In Dec. it froze.",
    "The bridge opens at 6 a.m. and closes at 9 p.m. every day. ¦Cyclists pay nothing.",
    "The signal came at 8:36 a.m. EST on Friday. ¦Engineers cheered.",
    "The ceremony begins at 8 a.m. May 11 in the park. ¦Bring a hat.",
    "The gates shut at 3 p.m. ¦The crowd went home.",
    "Prices rose 2.5 percent to $3.75. ¦Wages rose 1.1.",
    "Books by J. K. Rowling and George R.R. Martin sold out. ¦T. S. Eliot did not.",
    "Ranked No. 1 in May, it fell to No. 12. ¦Nobody minded.",
    "The law takes effect in May. ¦Central offices will follow.",
    "They never told me. ¦Smith was the first who did.",
    "Asked twice, he said no. ¦Experts doubt him.",
    "Some rebels (ie. the northern ones) agreed. ¦Others, e.g. the Harbour Front, did not.",
    "She joined Orbit Inc. and Delta Corp. in one year. ¦Both failed.",
    "The case is Stone v. Harbour. ¦It began in St. Paul, Minn., in 2009.",
    "Read more at example.com/news.html or write to a.b@example.org. ¦Thank you.",
    # quotations
    "“We knew. ¦We said nothing.” ¦Then he sat down.",
    '"We knew. ¦We said nothing." ¦Then he sat down.',
    "He was brief. ¦“It is over.” ¦“It is not,” she said.",
    'He was brief. ¦"It is over." ¦"It is not," she said.',
    "“Who did this?!” he said. ¦Nobody spoke.",
    "“Is that all?” Mr. Dale asked. ¦It was.",
    "“Is that all?” ¦Nobody had an answer.",
    '"Stop!" the guard cried. ¦They ran.',
    "‘It was cold. ¦We slept badly.’ ¦So they moved on.",
    "She called him “a danger.” ¦Voters agreed.",
    "He said: “Go home. ¦Stay there.”",
    "«C’est fini. ¦Partons.» ¦Il se tut.",
    "A sign read “No entry!” and nobody entered.",
    "“First came the rain.\n\n¦“Then came the wind.”\n\n¦Both stayed for days.",
    # dots, brackets, lists, headlines, scraped text
    "He waited… and waited. ¦Then nothing.",
    "He waited ... and waited. ¦Then nothing.",
    "They had a plan. . . . ¦The plan failed.",
    "The road is closed (see the map). ¦Use the ferry.",
    "The road is closed. ¦(Use the ferry instead. ¦It is free.) ¦Buses run as usual.",
    "Two bands filled the hall: Harbour (2010) and days. (2012). ¦Others did not.",
    "Minister Resigns\n\n¦The minister resigned on Monday. ¦No successor was named.",
    "What to bring:\n¦1. A warm coat\n¦2. Two lamps\n¦3. Bread",
    "• A warm coat\n¦• Two lamps",
    "“It failed,” she said.¦The next day it worked.",
    "Refunds are late, officials said.¦“They will come,” one added.",
    "“They will come.”¦Another denied it.",
    'They wrote "never again."¦Officials "may wait," one said.',
    "The ministry declined to say how many boats\nwere at sea when the storm broke or where\nthey are. ¦Few know.",
    "Wow! ¦Really? ¦Yes.",
    "They came 😀. ¦They left 😢! 😢",
    "他来了。¦她走了！¦“真的吗？”¦没有人知道。",
    "وصل الوفد اليوم. ¦هل بدأت المحادثات؟ ¦لا أحد يعرف.",
]


def texts(text: str) -> list[str]:
    return [sentence.text for paragraph in paragraphs(text) for sentence in paragraph]


@pytest.mark.parametrize("case", CASES)
def test_sentences_begin_where_a_reader_sees_them(case: str) -> None:
    assert texts(case.replace("¦", "")) == [sentence.strip() for sentence in case.split("¦")]


def count_words(sentences: list[str]) -> list[int]:
    """Stand in for a tokenizer: words and marks, long words in pieces of four."""
    return [sum(-(-len(word) // 4) for word in re.findall(r"\w+|[^\w\s]", text)) for text in sentences]


def article(text: str, title: str = "") -> Article:
    return Article(id="a", version=3, title=title, text=text)


def split(text: str, passage_tokens: int, title: str = "") -> list[PassageSplit]:
    return Splitter(count_words, passage_tokens).split(article(text, title))


def cost(sentences: tuple[Sentence, ...]) -> int:
    return sum(count_words([sentence.text for sentence in sentences]))


relaxed = settings(deadline=None)  # a busy machine is no failure

FRAGMENTS = st.sampled_from(
    """The minister|said|U.S.|Mr.|Jan. 5|3.5|a.m.|J. K.|No. 1|1.|pre-war|naïve|incomprehensibilities|A|b|9|•|–|“|”|"|‘|’
'|(|)|「|」|.|.|.|?|!|…|...|:|;|,|。|！|？|؟|،|他来了|她|مرحبا|😀|👍🏽|🇫🇷|Title Here""".replace("\n", "|").split("|")
)
MARKED = st.sampled_from(["👩\u200d👧", "e\u0301", "n\u0303\u0323", "x\u0300\u0301\u0302\u0303"])
SPACES = st.sampled_from(["\u200b", "\xa0", "\u2028", "\x1c", "\t", "  ", "\n", "\n\n", "\n\n", "\nTitle  Here\n"])
TEXTS = st.lists(
    st.tuples(FRAGMENTS | FRAGMENTS | MARKED | SPACES, st.sampled_from([" ", " ", " ", "", "\n"])), max_size=120
).map(lambda pairs: "".join(fragment + space for fragment, space in pairs)) | st.text(max_size=80)


@relaxed
@given(TEXTS, st.sampled_from([None, "en", "fr", "de-AT", "ar", "zh", "unknown"]))
def test_every_character_that_shows_is_in_one_sentence(text: str, language: str | None) -> None:
    sentences = [sentence for paragraph in paragraphs(text, language) for sentence in paragraph]
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
    edges = [0, *(edge for sentence in sentences for edge in (sentence.start, sentence.end)), len(text)]
    assert edges == sorted(edges)
    assert not "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)).strip()


@pytest.fixture
def without_junk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no line pass for junk."""
    monkeypatch.setattr(splitter_module, "junk", lambda _, paragraphs, __: [False] * len(paragraphs))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.integers(8, 60))
@pytest.mark.usefixtures("without_junk")
def test_passages_hold_every_sentence_once(text: str, passage_tokens: int) -> None:
    title = "Title Here"
    passages = split(text, passage_tokens, title)
    at, shown = 0, []
    for ordinal, found in enumerate(passages):
        passage, sentences = found.passage, found.sentences
        assert (passage.id, passage.ordinal, passage.article_id, passage.version) == (f"a@3:{ordinal}", ordinal, "a", 3)
        assert text[passage.start : passage.end] == passage.text
        assert (passage.start, passage.end) == (sentences[0].start, sentences[-1].end)
        assert cost(sentences) <= passage_tokens
        for sentence in sentences:
            assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
            shown += text[at : sentence.start].split()
            at = sentence.end
    shown += text[at:].split()
    assert shown == [] or (passages and set(shown) == {"Title", "Here"})


@relaxed
@given(TEXTS, st.integers(8, 60))
def test_passages_hold_every_sentence_but_those_of_junk(text: str, passage_tokens: int) -> None:
    divided = paragraphs(text)
    kept = [
        sentence
        for paragraph, is_junk in zip(divided, junk(text, divided, "Nothing of it"), strict=True)
        for sentence in paragraph
        if not is_junk
    ]
    found = "".join(each.passage.text for each in split(text, passage_tokens, "Nothing of it"))
    assert "".join(found.split()) == "".join("".join(sentence.text for sentence in kept).split())


def test_junk_between_paragraphs_divides_passages() -> None:
    text = "The bridge was closed on Monday.\n\nAdvertisement\n\nIt opens again in May, the council said."
    assert [each.passage.text for each in split(text, 60)] == [
        "The bridge was closed on Monday.",
        "It opens again in May, the council said.",
    ]


def test_sentences_know_who_says_them() -> None:
    text = "“The bridge is safe,” said Anna Berg. It opens in May."
    (found,) = split(text, 60)
    said, opens = found.sentences
    assert said.speech is not None
    assert (said.speech.speaker, said.speech.cue, said.quoted) == ("Anna Berg", "said", True)
    assert (opens.speech, opens.quoted) == (None, False)


def test_the_pieces_of_a_long_sentence_keep_who_says_it() -> None:
    text = f"“The bridge is {'very ' * 60}safe,” said Anna Berg."
    pieces = [sentence for found in split(text, 20) for sentence in found.sentences]
    assert len(pieces) > 3
    assert {piece.speech.speaker for piece in pieces if piece.speech} == {"Anna Berg"}
    assert all(piece.speech for piece in pieces)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.integers(8, 60))
@pytest.mark.usefixtures("without_junk")
def test_lines_that_repeat_the_title_are_in_no_passage(text: str, passage_tokens: int) -> None:
    passages = split(f"Body.\n{text}\n\nA  Headline\n\n{text}", passage_tokens, "A Headline")
    assert not any("A  Headline" in found.passage.text for found in passages)
    assert "".join("".join(found.passage.text.split()) for found in passages) == "".join(f"Body.{text}{text}".split())


@relaxed
@given(TEXTS, st.integers(8, 60), st.text(max_size=300))
def test_splitting_depends_on_nothing_else(text: str, passage_tokens: int, title: str) -> None:
    spans = [(found.passage.start, found.passage.end) for found in split(text, passage_tokens)]
    assert spans == [(found.passage.start, found.passage.end) for found in split(text, passage_tokens, title + "¤")]


@relaxed
@given(TEXTS, st.integers(8, 60))
def test_no_piece_begins_with_a_combining_mark_of_the_one_before(text: str, passage_tokens: int) -> None:
    starts = {sentence.start for paragraph in paragraphs(text) for sentence in paragraph}
    for found in split(text, passage_tokens):
        for sentence in found.sentences:
            if sentence.start not in starts and not text[sentence.start - 1].isspace():
                assert not unicodedata.category(sentence.text[0]).startswith("M")
                assert text[sentence.start - 1] != "\u200d"


SENTENCES = st.lists(
    st.tuples(st.integers(1, 22), st.sampled_from([".", ".", ".", ":"]), st.sampled_from([" ", " ", "\n\n"])),
    min_size=1,
    max_size=30,
)


def prose(sentences: list[tuple[int, str, str]]) -> str:
    return "".join("Word" + " word" * (length - 1) + stop + space for length, stop, space in sentences).strip()


@relaxed
@given(SENTENCES)
@example([(10, ".", " "), (9, ".", "\n\n"), (3, ".", " ")])
def test_passages_end_well(sentences: list[tuple[int, str, str]]) -> None:
    room = 25
    text = prose(sentences)
    passages = split(text, room)
    for i, (found, following) in enumerate(pairwise(passages)):
        last, first = found.sentences[-1], following.sentences[0]
        announced = last.text.endswith(":") and cost((last, first)) <= room
        chain = len(found.sentences) > 1 and found.sentences[-2].text.endswith(":")
        assert not announced or chain
        ends = [s.end for s in found.sentences if text[s.end : s.end + 1] == "\n"]
        balanced = i == len(passages) - 2
        if not balanced and "\n" not in text[last.end : first.start]:
            kept = [cost(tuple(s for s in found.sentences if s.end <= end)) for end in ends]
            assert all(share < 0.6 * room for share in kept) or ":" in text
    if len(passages) > 1 and ":" not in text:
        *_, before, tail = passages
        if cost(tail.sentences) < 0.25 * room:
            both = before.sentences + tail.sentences
            for at in range(1, len(both)):
                assert cost(both[at:]) < 0.25 * room or cost(both[at:]) > room or cost(both[:at]) < 0.25 * room


def test_a_short_article_is_one_passage() -> None:
    (found,) = split("It rained.\n\nIt stopped.", 200)
    assert found.passage.id == "a@3:0"
    assert found.passage.text == "It rained.\n\nIt stopped."
    assert [sentence.text for sentence in found.sentences] == ["It rained.", "It stopped."]


def test_a_passage_ends_with_its_paragraph_when_it_is_full_enough() -> None:
    text = prose([(5, ".", " "), (5, ".", "\n\n"), (5, ".", " "), (5, ".", " "), (5, ".", "\n\n"), (5, ".", "")])
    assert [len(found.sentences) for found in split(text, 20)] == [2, 3, 1]


def test_the_last_passage_is_not_tiny() -> None:
    text = prose([(6, ".", " ")] * 3 + [(1, ".", "")])
    assert [cost(found.sentences) for found in split(text, 21)] == [14, 9]


def test_what_announces_a_quotation_stays_with_it() -> None:
    text = "It was a long and rainy day in town. The mayor put it like this:\n\n“We are wet.”"
    assert [found.sentences[0].text[:9] for found in split(text, 14)] == ["It was a ", "The mayor"]


def test_an_article_of_nothing_but_its_title_keeps_it() -> None:
    assert [found.passage.text for found in split("Ferry Sinks", 200, "Ferry  Sinks")] == ["Ferry Sinks"]


@pytest.mark.parametrize("text", ["", " \n\t\xa0\u2028"])
def test_no_text_no_passages(text: str) -> None:
    assert split(text, 200) == []


def test_a_long_sentence_is_divided_at_the_best_place() -> None:
    text = "one two three four five; six seven, eight nine ten eleven twelve thirteen"
    assert split(text, 14)[0].passage.text == "one two three four five;"


def test_tokens_are_counted_in_one_batch() -> None:
    batches: list[list[str]] = []

    def count(sentences: list[str]) -> list[int]:
        batches.append(sentences)
        return count_words(sentences)

    Splitter(count, 20).split(article("It rained. It stopped.\n\nIt rained again."))
    assert batches == [["It rained.", "It stopped.", "It rained again."]]


def test_a_passage_needs_room() -> None:
    with pytest.raises(ValueError, match="room"):
        Splitter(count_words, 0)


SIZE = 250_000
ENDLESS = {
    "no full stop": "word ",
    "no space": "a",
    "emoji": "😀",
    "joined emoji": "👩\u200d👩\u200d👧",
    "combining marks": "\u0301",
    "Arabic": "مرحبا ",
    "Chinese": "他来了。",
    "Chinese with a Latin mark": "他来了!",
    "full stops": ".",
    "quotes": '"',
    "open quotes": "“a ",
    "straight quotes": 'a." ',
    "open brackets": ". (a",
    "abbreviations": "U.S. ",
    "lower case": "a. ",
    "lines": "a\n",
}


@pytest.mark.parametrize("part", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_text_without_an_end_takes_bounded_time(part: str) -> None:
    text = "a" + part * (SIZE // len(part)) + "b"
    begun = time.perf_counter()
    passages = split(text, 200)
    assert time.perf_counter() - begun < 10
    assert "".join("".join(found.passage.text.split()) for found in passages) == "".join(text.split())
    assert max(len(found.passage.text) for found in passages) <= 8_000


def test_importing_the_splitter_loads_no_model_library() -> None:
    code = "import sys, embeddings.splitter; print(bool({'torch', 'transformers', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"
