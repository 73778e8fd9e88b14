"""Copies are told by their words: what an outlet does to a story leaves it one, what only looks alike is another."""

import random
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.fingerprints import FINGERPRINT, Resemblance, fingerprint, is_copy, resemblance

STORY = """\
HARBOUR CITY (Coastal Press) — The council voted late on Tuesday to close the old swing bridge to lorries from the first
of June, after engineers found cracks in two of the eleven bearings that carry its northern span.

Mayor Ines Caldera said the decision had been taken with great reluctance. "Nobody wants to send a hundred drivers on a
detour of 14 kilometres each morning," she told reporters outside the town hall, "but nobody wants to explain an
accident either."

The bridge, which was opened in 1931, carries about 8,200 vehicles a day. A survey in March had given it a further five
years; a second one, ordered when a maintenance worker heard unusual noises, came to a different result within a week.

Hauliers criticised the short notice. Rolf Amsinck, who runs a company with 23 lorries on the eastern quay, said the
closure would cost him two drivers' wages every month. "We learnt of it from the radio," he said.

The port authority offered to open its private road to local firms during the night, and said that talks on the terms
would begin on Thursday. Fishermen, who land their catch before dawn, are to be exempt until the end of the season.

Repairs are expected to take at least 18 months and to cost 6.4 million crowns, of which the province has promised to
pay a third. Where the rest is to come from was not said. The opposition demanded that the reports of both surveys be
published, and the council will discuss that demand when it meets again on the ninth of May.
"""
OTHER = """\
Volunteers counted more storks than ever on the marshes south of the river this spring, the bird society reported. Its
members saw 412 birds on a single morning, and nests on poles that had stood empty for a decade. Mild winters, the
return of wet meadows and fewer power lines have helped, said Petra Wolny, who has led the count since she was a
student; farmers who mow late in the year are paid for it from a fund of the district.
"""
DRAW = """\
Here are the winning numbers of the evening draw of the Lakeland lottery held on {day}. The numbers were {numbers},
and the bonus ball was {bonus}. The jackpot stood at {jackpot} million crowns, and {winners} tickets matched all of the
numbers that were drawn. Players have ninety days to claim a prize at any shop that sells tickets. The next draw will be
held as always in the hall of the old customs house, where visitors are welcome and the doors open an hour before.
"""


def _alike(one: str, other: str, apart: timedelta | None = None) -> bool:
    """Tell whether two texts are a story, once found and once compared."""
    first, second = fingerprint(one), fingerprint(other)
    found = not set(first.bands).isdisjoint(second.bands)
    return found and is_copy(resemblance(first, second), apart)


def _words(text: str, start: float, end: float) -> str:
    words = text.split()
    return " ".join(words[int(len(words) * start) : int(len(words) * end)])


def _draw(seed: int, day: str) -> str:
    chance = random.Random(seed)
    numbers = ", ".join(str(number) for number in chance.sample(range(1, 50), 6))
    return DRAW.format(
        day=day, numbers=numbers, bonus=50 + seed, jackpot=f"{60 + seed}.{seed}", winners=f"{seed + 70} of {seed}00"
    )


COPIES = {
    "its first 60 percent": _words(STORY, 0, 0.6),
    "its first half": _words(STORY, 0, 0.5),
    "another spelling and other marks": STORY.upper().replace("—", "-").replace('"', "”").replace("\n", " "),
    "an outlet's words before and after": f"Subscribe to our morning letter!\n\n{STORY}\n\nMore from here: storks.",
    "without its place and agency": STORY.partition("— ")[2],
    "a lead of its own": "Lorries have to leave the swing bridge this summer.\n\n" + STORY.partition("\n\n")[2],
    "edited by a desk": STORY.replace("lorries", "trucks").replace("14 kilometres", "14 km").replace("crowns", "kr"),
    "less its fourth paragraph": "\n\n".join(STORY.split("\n\n")[:3] + STORY.split("\n\n")[4:]),
}
OTHERS = {
    "another story": OTHER,
    "other figures": STORY.translate(str.maketrans("0123456789", "5678901234")),
    "another story with the same background": OTHER + _words(STORY, 0.3, 1),
    "a roundup with its first paragraph": f"{OTHER}\n{STORY.partition('.')[0]}.\n{OTHER[::-1]}",
    "a long roundup with all of it": f"{OTHER * 5}\n{STORY}",
    "its first half, then another story": f"{_words(STORY, 0, 0.5)}\n{OTHER}",
    "nothing": "",
}


@pytest.mark.parametrize("other", COPIES.values(), ids=COPIES)
def test_what_outlets_do_to_a_story_leaves_it_one(other: str) -> None:
    assert _alike(STORY, other)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_only_looks_alike_is_another_story(other: str) -> None:
    assert not is_copy(resemblance(fingerprint(STORY), fingerprint(other)))


def test_articles_with_one_gallery_are_two_stories() -> None:
    gallery = STORY + OTHER + _draw(0, "Friday")
    one, other = _words(STORY[::-1], 0, 0.4) + gallery, OTHER[::-1] + gallery
    found = resemblance(fingerprint(one), fingerprint(other))
    assert found.most > 0.8
    assert not is_copy(found)


def test_the_articles_of_a_template_are_no_copies() -> None:
    draws = [_draw(seed, day) for seed, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday"))]
    assert [(one == other) == _alike(one, other) for one in draws for other in draws] == [True] * 16


def test_of_a_short_text_every_word_counts() -> None:
    brief = "A fire destroyed a barn near Ostrow on Sunday night. Nobody was hurt, the fire brigade said."
    assert _alike(brief, brief.upper())
    assert _alike(brief, f"(CP) {brief}")
    assert not _alike(brief, brief.replace("Ostrow", "Westrow"))


def test_what_comes_later_is_an_update_unless_next_to_nothing_is_new() -> None:
    cut, corrected = COPIES["less its fourth paragraph"], STORY.replace("reluctance", "regret")
    assert _alike(STORY, cut, timedelta(days=-2))
    assert not _alike(STORY, cut, timedelta(days=-3))
    assert _alike(STORY, corrected, timedelta(days=300))


def test_a_story_in_chinese_is_compared_by_its_characters() -> None:
    story = (
        "市议会周二晚间投票决定从六月一日起禁止货车驶入旧旋桥此前工程师在支撑北跨的十一个支座中发现两处裂缝"
        "市长表示作出这一决定十分不情愿"
    )
    assert _alike(story, f"{story}，记者报道。")
    assert not _alike(
        story, "鸟类协会报告说今年春天志愿者在河南岸湿地数到的白鹳比以往任何时候都多会员在一个早晨看到四百多只"
    )


@given(st.text())
def test_case_spacing_and_punctuation_do_not_matter(text: str) -> None:
    one, other = fingerprint(text), fingerprint(f"  {text.casefold()} !")
    assert one.bands == other.bands
    assert list(one.words) == list(other.words)


@given(st.text(st.sampled_from("abc 12")), st.text(st.sampled_from("abc 12")))
def test_the_order_of_two_texts_does_not_matter(one: str, other: str) -> None:
    first, second = fingerprint(one), fingerprint(other)
    found = resemblance(first, second)
    assert found == resemblance(second, first)
    assert all(0 <= share <= 1 for share in (found.most, found.least, found.opening, found.numbers))
    assert found.least <= found.most


@given(st.lists(st.text(st.characters(categories=["Ll"]), min_size=1), min_size=1))
def test_a_text_is_a_copy_of_itself(words: list[str]) -> None:
    whole = fingerprint(" ".join(words))
    assert is_copy(resemblance(whole, whole))


@given(st.text())
def test_bands_fit_an_index(text: str) -> None:
    whole = fingerprint(text)
    assert len(whole.bands) == (48 if len(whole.words) >= 3 else 0)
    assert all(-(1 << 63) <= band < 1 << 63 for band in whole.bands)


def test_bands_are_the_same_everywhere() -> None:
    command = "from embeddings.fingerprints import fingerprint; print(fingerprint('one two three four').bands[:2])"
    printed = [
        subprocess.run(
            [sys.executable, "-c", command], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert FINGERPRINT == "minhash-1"  # what is stored under this name
    assert printed == ["(2728084990001360649, 4826471531131189015)"] * 2


def test_runs_in_common_make_a_common_band_likely() -> None:
    chance = random.Random(0)
    vocabulary = [f"word{number}" for number in range(5000)]

    def shared(jaccard: float) -> float:
        found = 0
        for _ in range(200):
            common = chance.choices(vocabulary, k=400)
            own = int(400 * (1 - jaccard) / jaccard / 2)
            one, other = (fingerprint(" ".join(common + chance.choices(vocabulary, k=own))) for _ in range(2))
            found += not set(one.bands).isdisjoint(other.bands)
        return found / 200

    assert shared(0.05) < 0.05
    assert shared(0.5) > 0.97


def test_time_is_linear_in_the_text() -> None:
    words = [f"word{number}" for number in range(200_000)]
    started = time.perf_counter()
    whole = fingerprint(" ".join(words))
    assert len(whole.bands) == 48
    assert resemblance(whole, whole).most == 1
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "1 " * 300_000, "字" * 300_000, "!" * 1_000_000], ids=lambda text: text[:2]
)
def test_strange_texts_cost_little(text: str) -> None:
    started = time.perf_counter()
    whole = fingerprint(text)
    resemblance(whole, whole)
    assert len(whole.bands) in (0, 48)
    assert time.perf_counter() - started < 10


def test_the_shorter_of_two_texts_is_counted() -> None:
    found = resemblance(fingerprint(STORY), fingerprint(OTHER))
    assert found == Resemblance(words=len(fingerprint(OTHER).words), most=0, least=0, opening=0, numbers=0)
