"""Who says what is found where the text says so plainly, through quotations of many paragraphs, and nowhere else."""

import time

import pytest
from generated import TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from embeddings.articles import Sentence
from embeddings.attributions import Attribution, attributed, attributions
from embeddings.extract.normalise import normalise
from embeddings.sentences import paragraphs

# text, source, cue, content (pieces divided by " … ")
CASES = [
    # a verb after its subject
    ("Harbour master Ruth Vane said the ferry would sail.", "Harbour master Ruth Vane", "said", "the ferry would sail"),
    ("The mayor said on Monday that the bridge was safe.", "The mayor", "said", "that the bridge was safe"),
    ("Vane has repeatedly warned that the quay may sink.", "Vane", "has repeatedly warned", "that the quay may sink"),
    ("Vane told reporters on Friday that the quay may sink.", "Vane", "told", "that the quay may sink"),
    ("Vane told the Courier, “We sail at noon.”", "Vane", "told", "“We sail at noon.”"),
    ("Vane said in a letter to the crew: “We sail at noon.”", "Vane", "said", "“We sail at noon.”"),
    ("The council accused Vane of neglect.", "The council", "accused", "Vane of neglect"),
    ("Vane called for a new bridge.", "Vane", "called for", "a new bridge"),
    ("Vane called the plan “a bad joke”.", "Vane", "called", "the plan “a bad joke”"),
    ("Vane vowed to rebuild the quay.", "Vane", "vowed", "to rebuild the quay"),
    ("Vane made it very clear on Monday that it is late.", "Vane", "made it very clear", "that it is late"),
    ("Ruth Vane, 63, a pilot, said she was tired.", "Ruth Vane, 63, a pilot", "said", "she was tired"),
    ("Ruth Vane (Orford) said she was tired.", "Ruth Vane (Orford)", "said", "she was tired"),
    ("On Tuesday Ruth Vane said the quay was shut.", "Ruth Vane", "said", "the quay was shut"),
    ("The man who built the quay said it was safe.", "The man who built the quay", "said", "it was safe"),
    ("Ruth Vane on Monday said she was tired.", "Ruth Vane", "said", "she was tired"),
    ("Critics say the quay is unsafe.", "Critics", "say", "the quay is unsafe"),
    ("Vane asked whether the quay was safe.", "Vane", "asked", "whether the quay was safe"),
    ("Ruth “Iron” Vane said she was tired.", "Ruth “Iron” Vane", "said", "she was tired"),
    ("Vane, a pilot in Old Orford, Maine, said no.", "Vane, a pilot in Old Orford, Maine", "said", "no"),
    ("After selling his ship last year Berg said that he was tired.", "Berg", "said", "that he was tired"),
    # after what is said, or within it
    ("“We sail at noon,” said Ruth Vane.", "Ruth Vane", "said", "“We sail at noon,”"),
    ("“We sail at noon,” Ruth Vane said on Monday.", "Ruth Vane", "said", "“We sail at noon,”"),
    ("“We sail,” Vane said, “at noon.”", "Vane", "said", "“We sail,” … “at noon.”"),
    ("“We sail at noon!” Vane shouted.", "Vane", "shouted", "“We sail at noon!”"),
    ("“We sail at noon,” Vane grumbled.", "Vane", "grumbled", "“We sail at noon,”"),
    ("'We sail at noon,' said Vane.", "Vane", "said", "'We sail at noon,'"),
    ("The quay, Vane said, is unsafe.", "Vane", "said", "The quay … is unsafe"),
    ("The quay is unsafe, said Ruth Vane, the pilot.", "Ruth Vane, the pilot", "said", "The quay is unsafe"),
    ("Rope helps old crews, but is no cure, said Vane.", "Vane", "said", "Rope helps old crews, but is no cure"),
    # other ways
    ("According to the council, the quay is unsafe.", "the council", "According to", "the quay is unsafe"),
    ("The quay is unsafe, according to the council.", "the council", "according to", "The quay is unsafe"),
    ("The crew was told by Ruth Vane that it was over.", "Ruth Vane", "was told by", "that it was over"),
    ("The plan was denounced by Ruth Vane.", "Ruth Vane", "was denounced by", "The plan"),
    ("Vane took to the radio: “We sail at noon.”", "Vane", ":", "“We sail at noon.”"),
    ("Ruth Vane: “We sail at noon.”", "Ruth Vane", ":", "“We sail at noon.”"),
    ("“We sail at noon.” — Ruth Vane", "Ruth Vane", "—", "“We sail at noon.”"),
    ("“We sail at noon.”\n\n- Ruth Vane", "Ruth Vane", "-", "“We sail at noon.”"),
]  # fmt: skip

SILENT = [
    "The ferry sails at noon from the old quay.",
    "The “fast” boats are slow.",
    "He read his comments on the plans in the reports of the council.",
    "A statement of claims was filed.",
    "“We sail at noon.”",
    "Ruth Vane: the harbour and its master.",
    "Photos: “Terrible” floods of the old harbour.",
    "The ‘rush to the coast’ long predicted by such writers as the Harbour Blog seems under way.",
    "The plan, denounced by the mayor as a bad joke, is dead.",
    "The ferry is part of a fleet called Northern Star.",
    "Asked about the quay, Vane’s replies were short.",
    "Money from losses reported to the bank is gone.",
    "The United States for once sailed at noon.",
    "The harbour fair concludes on January 30.",
    "A club called the Harbour Friends bought the old quay.",
    "Her daughter went on to build a quay.",
    "“Who knows?”\n\n– Ruth Vane, whose boat had sunk, was seen in the old town of Orford on Friday.",
]


def find(text: str) -> list[Attribution]:
    return attributions(text, paragraphs(text))


def marked(text: str) -> list[Sentence]:
    return [sentence for paragraph in attributed(text, paragraphs(text)) for sentence in paragraph]


def speakers(text: str) -> list[str | None]:
    return [sentence.speech.speaker if sentence.speech else None for sentence in marked(text)]


@pytest.mark.parametrize(("text", "source", "cue", "content"), CASES)
def test_attributions_are_found(text: str, source: str, cue: str, content: str) -> None:
    (one,) = find(text)
    assert text[slice(*one.source)] == source
    assert text[slice(*one.cue)].rstrip(":") == cue.rstrip(":")
    assert " … ".join(text[start:end] for start, end in one.content) == content


@pytest.mark.parametrize("text", SILENT)
def test_where_nobody_speaks_nobody_is_found(text: str) -> None:
    assert find(text) == []


def test_several_attributions_of_one_sentence_are_told_apart() -> None:
    text = "Vane said the quay was safe, but the council warned that it may sink, adding that nobody had looked."
    shown = [(text[slice(*one.source)], text[slice(*one.cue)], text[slice(*one.content[0])]) for one in find(text)]
    assert shown == [
        ("Vane", "said", "the quay was safe"),
        ("the council", "warned", "that it may sink"),
        ("the council", "adding", "that nobody had looked"),
    ]


@pytest.mark.parametrize("verb", ["saying", "adding", "arguing"])
def test_a_participle_has_the_subject_of_the_main_clause(verb: str) -> None:
    text = f"Harbour master Ruth Vane on Friday blamed the United States for the delay, {verb} that it had lost a ship."
    assert [text[slice(*one.source)] for one in find(text)] == ["Harbour master Ruth Vane"] * 2
    (sentence,) = marked(text)
    assert sentence.speech is not None
    assert (sentence.speech.speaker, sentence.speech.cue) == ("Harbour master Ruth Vane", "blamed")
    nested = f"Vane said the council promised to rebuild the quay, {verb} that nobody had looked."
    assert nested[slice(*find(nested)[-1].source)] == "Vane"


DENIED = [
    "Nobody said that the quay was safe.",
    "No pilot said that the quay was safe.",
    "The mayor did not say whether the quay was safe.",
    "The mayor hasn’t said that the quay is safe.",
    "Vane never claimed that the quay was safe.",
    "Vane declined to say whether the quay was safe.",
    "Vane refused to comment on the quay.",
    # only possible
    "Vane may say that the quay is safe.",
    "Vane would say that the quay is safe.",
    "It is not impossible that Vane complained of the quay.",
    # asked
    "Has Vane said that the quay is safe?",
    "And Ruth Vane said that the quay is safe?",
    # hypothetical
    "If Vane is not publicly complaining about the delay, the crew may have agreed to it.",
    "It is unclear whether on Monday Vane told the crew that the quay was shut.",
    "Unless Vane says that the quay is safe, the ferry stays.",
    # no saying
    "Vane discovered that the quay was rotten.",
]


@pytest.mark.parametrize("text", DENIED)
def test_what_is_not_asserted_is_nobodys_speech(text: str) -> None:
    assert speakers(text) == [None]
    assert not any(one.asserted for one in find(text) if text[slice(*one.source)] != "the crew")


@pytest.mark.parametrize(
    "text",
    [
        "Vane denied that the quay was rotten.",
        "After that Vane said the quay was rotten.",
        "“Is the quay safe?” Vane asked.",
        "Vane asked whether the quay was safe.",
        "Vane did not say it was shut, but warned that the quay may sink in the spring.",
        "Vane would not say “whether the quay was safe for the crews of the old boats”.",
        "If it rains, Vane said, the quay is shut.",
    ],
)
def test_a_denial_a_question_and_what_is_quoted_have_a_speaker(text: str) -> None:
    assert "Vane" in speakers(text)


@pytest.mark.parametrize(
    "text",
    [
        "I think the quay may sink.",
        "They said the quay may sink.",
        "“We sail at noon,” they said.",
        "Some of them said the quay may sink.",
        "He said Ruth Vane had told the crew that the quay was shut.",
        "The quay may sink, according to a friend of that old pilot.",
    ],
)
def test_a_speaker_names_or_describes_somebody(text: str) -> None:
    assert speakers(text) == [None]
    assert find(text)


def test_what_is_only_mentioned_makes_no_speech_of_a_long_sentence() -> None:
    text = "The new ferry, of which the harbour is proud, sank on the day it was praised by Ruth Vane."
    assert speakers(text) == [None]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("“We sail at noon,” said Vane.", "direct"),
        ("Vane said the quay was “a bad joke”.", "mixed"),
        ("Vane said the quay was shut.", "indirect"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    (one,) = find(text)
    assert one.kind == kind


def test_a_quotation_goes_on_in_its_paragraph() -> None:
    text = "“We sail tomorrow at noon,” said Ruth Vane. “Be there. Bring a hat.” The sky was grey."
    assert speakers(text) == ["Ruth Vane"] * 3 + [None]
    assert [sentence.quoted for sentence in marked(text)] == [True, True, True, False]


BLUNT = [
    "The ferry did not sail on Friday.\n\nRuth Vane’s remarks were blunt:\n\n“The quay is rotten. We said so.\n\n"
    "{0}Nobody came to look at what some call a “good” quay.\n\n{0}Now it is shut.”\n\nThe council did not reply.",
    "The ferry did not sail on Friday.\n\nRuth Vane was blunt when she told the Courier:\n\n“The quay is rotten. "
    "We said so.\n\n{0}Nobody came to look at it.\n\n{0}Now it is shut.”\n\nThe council did not reply.",
]


@pytest.mark.parametrize("again", ["“", ""])
@pytest.mark.parametrize("text", BLUNT)
def test_a_quotation_of_several_paragraphs_has_one_speaker(text: str, again: str) -> None:
    sentences = marked(text.format(again))
    assert [sentence.quoted for sentence in sentences] == [False, False, True, True, True, True, False]
    assert len({sentence.speech for sentence in sentences[2:6]}) == 1
    assert sentences[2].speech is not None
    assert sentences[2].speech.speaker == "Ruth Vane"
    assert sentences[0].speech is sentences[6].speech is None


def test_the_cue_of_what_a_colon_announces() -> None:
    (quoted,) = [sentence for sentence in marked(BLUNT[0].format("“")) if "Now it" in sentence.text]
    assert quoted.speech is not None
    assert (quoted.speech.speaker, quoted.speech.cue) == ("Ruth Vane", "remarks")


def test_an_attribution_in_the_last_paragraph_is_that_of_the_whole_quotation() -> None:
    text = "“The quay is rotten.\n\n“Now it is shut,” said Ruth Vane."
    assert speakers(text) == ["Ruth Vane", "Ruth Vane"]


def test_a_quoted_paragraph_after_a_quotation_is_that_of_the_same_speaker() -> None:
    text = "“The quay is rotten,” said Ruth Vane.\n\n“Now it is shut.”\n\nIt rained.\n\n“Who knows?”"
    assert speakers(text) == ["Ruth Vane", "Ruth Vane", None, None]


def test_who_is_asked_answers() -> None:
    text = "“Is the quay safe?” asked Ruth Vane.\n\n“Of course it is.”"
    assert speakers(text) == ["Ruth Vane", None]


def test_a_pronoun_gets_its_name_where_that_is_certain() -> None:
    said = "Harbour master Ruth Vane said the ferry would sail. “We are ready,” she added."
    assert speakers(said) == ["Harbour master Ruth Vane"] * 2
    (_, sentence) = marked(said)
    assert sentence.speech is not None
    assert said[sentence.speech.speaker_start : sentence.speech.speaker_end] == "Harbour master Ruth Vane"


@pytest.mark.parametrize(
    "text",
    [
        "Ruth Vane said the ferry would sail. Anna Berg was not so sure. “We are not ready,” she said.",
        "Ruth Vane said the ferry would sail. The crew of old Anna Berg disagreed. “We are not ready,” she said.",
        "Mr. Vane said the ferry would sail. “We are not ready,” she said.",
        "“We are ready,” said Ruth Vane. In a letter to old Anna Berg she said more.",
        "The council said the ferry would sail. “We are not ready,” she said.",
    ],
)
def test_a_pronoun_that_may_mean_another_is_no_speaker(text: str) -> None:
    assert speakers(text)[-1] is None
    assert text[slice(*find(text)[-1].speaker)] == "she"


def test_the_next_sentence_after_a_quotation_is_not_its_attribution() -> None:
    text = "The crew is “ready and proud.” She added, “We sail at noon.” Ruth Vane nodded."
    (one,) = find(text)
    assert text[slice(*one.content[0])] == "“We sail at noon.”"


def test_you_are_nobody_who_speaks() -> None:
    assert speakers("By signing up you agree to our terms.") == [None]


def test_the_speaker_is_shown_without_what_is_said_about_her() -> None:
    text = "“We sail at noon,” said Ruth Vane, the harbour master, who has been ill."
    assert speakers(text) == ["Ruth Vane"]


def test_scare_quotes_do_not_make_a_sentence_quoted() -> None:
    (sentence,) = marked("The “fast” boats of the harbour are in truth rather slow.")
    assert not sentence.quoted
    assert sentence.speech is None


def test_quotations_of_other_languages_are_quoted() -> None:
    (sentence,) = marked("„Wir fahren morgen früh um zwölf“, rief er.")
    assert sentence.quoted


MARKS = ["“", "”", "‘", "’", '"', "'", ",", ".", ":", "?", "(", ")", " - ", "\n\n"]
WORDS = [
    "said",
    "told",
    "called",
    "saying",
    "according to",
    "by",
    "was",
    "has",
    "to",
    "that",
    "who",
    "and",
    "clear",
    "63",
]
QUOTING = st.lists(st.sampled_from([*MARKS, *WORDS, "Ruth Vane", "she", "the council"]), max_size=40).map(" ".join)


@settings(deadline=None)
@given(st.one_of(TEXTS.map(normalise), QUOTING, QUOTING.map(lambda text: text.replace(" ", ""))))
def test_whatever_stands_there_offsets_hold_and_sentences_stay(text: str) -> None:
    divided = paragraphs(text)
    shown = attributed(text, divided)
    assert [[replace(each, quoted=False, speech=None) for each in sentences] for sentences in shown] == divided
    for speech in (sentence.speech for sentences in shown for sentence in sentences if sentence.speech):
        assert text[speech.speaker_start : speech.speaker_end] == speech.speaker != ""
        assert text[speech.cue_start : speech.cue_end] == speech.cue != ""
    for one in attributions(text, divided):
        for start, end in (one.source, one.speaker, one.cue, *one.content):
            assert 0 <= start < end <= len(text)
        assert list(one.content) == sorted(one.content)
    assert shown == attributed(text, divided)


QUOTED = ["“a\n\n", "‘a' ", "Vane: “a” ", "“a” ", '"', "“a,” he said. "]
UNQUOTED = [
    "said ",
    "Vane said that ",
    "a, ",
    "(",
    "who said , ",
    "- x ",
    "according to ",
    "also ",
    "and said ",
    "oddly ",
    "A",
]


@pytest.mark.parametrize("piece", [*QUOTED, *UNQUOTED, "Vane, 63, a pilot, ", "Vane's remarks ", "he said. ", "who "])
def test_time_grows_with_the_length(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    divided = paragraphs(text)
    began = time.process_time()
    attributed(text, divided)
    assert time.process_time() - began < 10
