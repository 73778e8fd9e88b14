"""The keyless reader, on sentences whose nearness is given."""

import pytest

from embeddings.articles import Carrier, Hit, Passage, Sentence
from embeddings.retriever import Candidate
from service.reader import ANSWERS_FROM, MOST_SENTENCES, read, score

RARE, COMMON = 6.0, 0.5


def passage(
    *sentences: tuple[str, float], article: str = "a", title: str = "A title", begin: int = 0
) -> list[Candidate]:
    """Make a passage of sentences with their similarities."""
    text = " ".join(sentence for sentence, _ in sentences)
    hit = Hit(
        rank=1,
        score=1.0,
        passage=Passage(
            id=f"{article}@1:0", article_id=article, version=1, ordinal=0, start=begin, end=begin + len(text), text=text
        ),
        article=Carrier(article_id=article, version=1, title=title),
        dense_score=0.5,
        lexical_score=1.0,
        story=1,
    )
    candidates, start = [], begin
    for sentence, similarity in sentences:
        placed = Sentence(start=start, end=start + len(sentence), text=sentence)
        candidates.append(Candidate(hit=hit, sentence=placed, similarity=similarity))
        start += len(sentence) + 1
    return candidates


def texts(chosen: list[Candidate]) -> list[str]:
    return [candidate.sentence.text for candidate in chosen]


def test_the_sentence_that_says_it_is_chosen() -> None:
    chosen = read(
        "Who signed the dam treaty?",
        [passage(("The river rose again in the spring.", 0.2), ("The dam treaty was signed by Anna Berg.", 0.7))],
        {"sign": RARE, "dam": RARE, "treati": RARE},
    )
    assert texts(chosen) == ["The dam treaty was signed by Anna Berg."]


def test_nothing_near_is_no_answer() -> None:
    far = [passage(("The opera opens on Friday evening.", 0.1))]
    assert read("Who signed the dam treaty?", far, {"sign": RARE, "dam": RARE, "treati": RARE}) == []
    assert read("Who signed the dam treaty?", [], {}) == []


def test_an_announcement_gives_way_to_the_quotation() -> None:
    chosen = read(
        "What did the mayor say about the flood?",
        [
            passage(
                ("The mayor could not have been clearer about the flood:", 0.8),
                ("“Nobody warned us, and nobody came.”", 0.5),
            )
        ],
        {"mayor": RARE, "flood": RARE, "say": COMMON},
    )
    assert texts(chosen) == ["“Nobody warned us, and nobody came.”"]


def test_near_repeats_are_dropped_and_further_news_is_kept() -> None:
    chosen = read(
        "What did the storm destroy?",
        [
            passage(("The storm destroyed the old pier and two boats.", 0.8)),
            passage(("The storm destroyed the old pier and two boats, police said.", 0.8), article="b"),
            passage(("Roofs all over Ashford were what the storm destroyed next.", 0.78), article="c"),
        ],
        {"storm": RARE, "destroy": RARE},
    )
    assert len(chosen) == 2
    assert any("Ashford" in text for text in texts(chosen))


def test_at_most_a_few_sentences() -> None:
    kinds = ["pier", "boats", "roofs", "cars", "trees", "stalls"]
    passages = [
        passage((f"The storm destroyed {kind} in the {place} quarter overnight.", 0.8), article=kind)
        for kind, place in zip(kinds, ["north", "south", "east", "west", "upper", "lower"], strict=True)
    ]
    assert len(read("What did the storm destroy?", passages, {"storm": RARE, "destroy": RARE})) <= MOST_SENTENCES


def test_the_mirror_image_of_what_was_asked_is_no_answer() -> None:
    mirror = ("Lavrov on Monday blamed the United States for the fighting.", 0.8)
    beside = ("Lavrov said that the U.S. had been given three months.", 0.7)
    rarity = {"lavrov": RARE, "blame": RARE, "us": COMMON}
    assert read("What did the US blame Lavrov for?", [passage(mirror, beside)], rarity) == []
    assert texts(read("What did Lavrov blame the US for?", [passage(mirror, beside)], rarity))[0] == mirror[0]
    as_asked = passage(("The United States in turn blamed Lavrov for the delay.", 0.7), article="b")
    assert texts(read("What did the US blame Lavrov for?", [passage(mirror, beside), as_asked], rarity)) == [
        as_asked[0].sentence.text
    ]


def test_a_missing_kind_of_thing_costs() -> None:
    with_number, without = passage(
        ("The fire hurt twelve guests of the hotel.", 0.6), ("The fire hurt some guests of the hotel.", 0.6)
    )
    scores = {
        scored.candidate.sentence.text: scored.score
        for scored in score("How many guests did the hotel fire hurt?", [[with_number, without]], {"fire": RARE})
    }
    assert scores[with_number.sentence.text] > scores[without.sentence.text]


@pytest.mark.parametrize("question", ["?", "¿…", "who", "🙂" * 50, "the of and"])
def test_a_question_without_words_of_its_own_is_no_trouble(question: str) -> None:
    candidates = [passage(("Something happened here yesterday.", 0.1))]
    assert read(question, candidates, {}) == []
    assert all(scored.score < ANSWERS_FROM for scored in score(question, candidates, {}))
