"""The keyless reader, on sentences whose nearness is given."""

import pytest

from embeddings.articles import Carrier, Hit, Passage, Sentence, Speech
from embeddings.evidence import Candidate
from embeddings.terms import terms
from service.reader import MOST_SENTENCES, answering, read
from service.sought import Sought
from service.weighing import Features, weigh


def passage(
    *sentences: tuple[str, float],
    article: str = "a",
    title: str = "A title",
    begin: int = 0,
    nearness: float = 0.5,
    speaker: str = "",
) -> list[Candidate]:
    """Make a passage of sentences with their similarities, all of them said by one speaker, if any."""
    text = " ".join(sentence for sentence, _ in sentences)
    hit = Hit(
        rank=1,
        score=1.0,
        passage=Passage(
            id=f"{article}@1:0", article_id=article, version=1, ordinal=0, start=begin, end=begin + len(text), text=text
        ),
        article=Carrier(article_id=article, version=1, title=title),
        dense_score=nearness,
        lexical_score=10 * nearness,
        story=1,
    )
    speech = Speech(speaker=speaker, speaker_start=0, speaker_end=0, cue="said", cue_start=0, cue_end=0)
    candidates, start = [], begin
    for sentence, similarity in sentences:
        placed = Sentence(start=start, end=start + len(sentence), text=sentence, speech=speech if speaker else None)
        candidates.append(Candidate(hit=hit, sentence=placed, similarity=similarity, terms=tuple(terms(sentence))))
        start += len(sentence) + 1
    return candidates


def far(article: str = "far") -> list[Candidate]:
    """Make a passage that has nothing to do with any question here, as a search brings along."""
    return passage(("The opera opens on Friday evening.", 0.05), article=article, nearness=0.1)


def texts(chosen: list[Candidate]) -> list[str]:
    return [candidate.sentence.text for candidate in chosen]


def features(question: str, *sentences: tuple[str, float], speaker: str = "") -> dict[str, Features]:
    """Weigh the sentences of a passage."""
    _, weighed = weigh(question, [passage(*sentences, speaker=speaker)])
    return {each.candidate.sentence.text: each.features for each in weighed}


def test_the_sentence_that_says_it_is_chosen() -> None:
    chosen = read(
        "Who signed the dam treaty?",
        [
            passage(("The river rose again in the spring.", 0.2), ("The dam treaty was signed by Anna Berg.", 0.7)),
            far(),
        ],
    )
    assert texts(chosen) == ["The dam treaty was signed by Anna Berg."]


def test_nothing_near_is_no_answer() -> None:
    assert read("Who signed the dam treaty?", [far(), far("further")]) == []
    assert read("Who signed the dam treaty?", []) == []


def test_an_announcement_gives_way_to_the_quotation() -> None:
    chosen = read(
        "What did the mayor say about the flood?",
        [
            passage(
                ("The mayor could not have been clearer about the flood:", 0.8),
                ("“Nobody warned us, and nobody came.”", 0.6),
                nearness=0.7,
            ),
            far(),
        ],
    )
    assert texts(chosen) == ["“Nobody warned us, and nobody came.”"]


@pytest.mark.parametrize("asked", ["What did the storm destroy?", "“What did the storm destroy?”"])
def test_a_sentence_that_asks_is_no_answer(asked: str) -> None:
    said = "The storm destroyed the old pier and two boats."
    chosen = read("What did the storm destroy?", [passage((asked, 0.95), (said, 0.8), nearness=0.8), far()])
    assert texts(chosen) == [said]


def test_near_repeats_are_dropped_and_further_news_is_kept() -> None:
    chosen = read(
        "What did the storm destroy?",
        [
            passage(("The storm destroyed the old pier and two boats.", 0.8), nearness=0.8),
            passage(("The storm destroyed the old pier and two boats, police said.", 0.8), article="b", nearness=0.8),
            passage(("Roofs all over Ashford were what the storm destroyed.", 0.8), article="c", nearness=0.8),
            far(),
            far("further"),
            far("furthest"),
        ],
    )
    assert len(chosen) == 2
    assert any("Ashford" in text for text in texts(chosen))


def test_at_most_a_few_sentences() -> None:
    kinds = ["pier", "boats", "roofs", "cars", "trees", "stalls"]
    passages = [
        passage((f"The storm destroyed {kind} in the {place} quarter overnight.", 0.8), article=kind)
        for kind, place in zip(kinds, ["north", "south", "east", "west", "upper", "lower"], strict=True)
    ]
    assert len(read("What did the storm destroy?", passages)) <= MOST_SENTENCES


def test_the_mirror_image_of_what_was_asked_is_no_answer() -> None:
    mirror = ("Lavrov on Monday blamed the United States for the fighting.", 0.8)
    beside = ("Lavrov said that the U.S. had been given three months.", 0.7)
    assert read("What did the US blame Lavrov for?", [passage(mirror, beside), far()]) == []
    assert texts(read("What did Lavrov blame the US for?", [passage(mirror, beside), far()]))[0] == mirror[0]
    as_asked = passage(("The United States in turn blamed Lavrov for the delay.", 0.7), article="b")
    assert texts(read("What did the US blame Lavrov for?", [passage(mirror, beside), as_asked, far()])) == [
        as_asked[0].sentence.text
    ]


def test_what_another_says_is_no_answer() -> None:
    question = "What did Berg say about the dam?"
    other = passage(("“The dam will hold,” he added, “whatever the river does.”", 0.8), speaker="Tom Holt")
    own = passage(("“The dam will hold,” she added, “whatever the river does.”", 0.8), speaker="Anna Berg")
    assert read(question, [other, far()]) == []
    assert texts(read(question, [own, far()])) == [own[0].sentence.text]


def test_who_speaks_matters_only_where_the_question_gives_a_name() -> None:
    said = passage(("“The dam will hold,” he added, “whatever the river does.”", 0.8), speaker="Tom Holt")
    for question in ("What did the mayor say about the dam?", "What is the dam going to do?"):
        sought, weighed = weigh(question, [said])
        assert answering(sought, weighed, [said[0].hit]) is not None
    mentioned = passage(("Berg had said that the dam would hold, Holt recalled.", 0.8), speaker="Tom Holt")
    sought, weighed = weigh("What did Berg say about the dam?", [mentioned])
    assert answering(sought, weighed, [mentioned[0].hit]) is not None


def test_a_name_for_a_pronoun_counts_as_said() -> None:
    sentence = ("“It is dry,” she added.", 0.5)
    assert (
        features("What did Berg say?", sentence, speaker="Anna Berg")[sentence[0]].said
        > features("What did Berg say?", sentence)[sentence[0]].said
    )


def test_a_kind_of_thing_that_was_asked_for_counts() -> None:
    asked = features(
        "How many guests did the hotel fire hurt?",
        ("The fire hurt twelve guests of the hotel.", 0.6),
        ("The fire hurt some guests of the hotel.", 0.6),
    )
    assert [each.value for each in asked.values()] == [1, 0]


def test_what_every_sentence_says_counts_for_less() -> None:
    sought = Sought.of("Who flooded the valley?", [{"valley"}, {"valley"}, {"valley", "flood"}])
    assert sought.shares["flood"] > sought.shares["valley"]
    assert sum(sought.shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("question", ["?", "¿…", "who", "🙂" * 50, "the of and"])
def test_a_question_without_words_of_its_own_is_no_trouble(question: str) -> None:
    assert read(question, [passage(("Something happened here yesterday.", 0.1), nearness=0.1), far()]) == []
