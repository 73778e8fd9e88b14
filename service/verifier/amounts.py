"""Amounts as they are written, in digits or in words, for the figures of a sentence. English, by rules."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from embeddings.terms import FUNCTION_WORDS
from service.verifier.words import Word

SHARE, ORDINAL, CLOCK = "%", "ordinal", "clock"
"""Units of what is written without one: "a third" (as 1/3), "the third" (as 3), "10:30" (as 10.3)."""

_CARDINALS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
}  # fmt: skip
_SCALES = {
    "dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "mn": 1e6, "bn": 1e9, "tn": 1e12,
}  # fmt: skip
_SUFFIXES = _SCALES | {"k": 1e3, "m": 1e6, "b": 1e9}
"""What may be written without a space after digits; "30 m" is a length."""
_FRACTIONS = {
    "half": 1 / 2, "halves": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4,
    "fifth": 1 / 5, "fifths": 1 / 5, "tenth": 1 / 10, "tenths": 1 / 10,
}  # fmt: skip
_VAGUE = {
    "tens": 10.0, "dozens": 12.0, "scores": 20.0, "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9,
}  # fmt: skip
_LEAST, _MOST = 2, 100
"""What "hundreds" may mean, in hundreds."""
_NUMBER = re.compile(r"(\d+(?:,\d{3})+|\d+)(\.\d+)?([^\W\d_]*)$")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[ap]m)?$")
_HALVES = ("am", "pm", "a.m.", "p.m.")
_EXACT = 9


class Amount(NamedTuple):
    """A number that was read."""

    low: float
    high: float
    """More than `low` only for "dozens" and the like."""
    digits: int
    """How exactly it is given: significant digits."""
    unit: str
    end: int
    """The word after it."""


def amount_at(text: str, every: Sequence[Word], at: int) -> Amount | None:
    """Read the amount that begins with a word of a text."""
    word, following, third = (each.lower for each in (*every[at : at + 3], *[_NONE] * 3)[:3])
    if word[0].isdigit():
        return _numeral(text, every, at)
    if word in _VAGUE and following == "of" and third in _VAGUE:
        return _vague(_VAGUE[word] * _VAGUE[third], at + 3)
    if word in _VAGUE and word != "tens":
        return _vague(_VAGUE[word], at + 1)
    if word in ("several", "few") and following in _SCALES:
        return _vague(_SCALES[following], at + 2)
    if word in ("a", "an", "one") and following in _FRACTIONS and (following == "half" or not _noun_at(every, at + 2)):
        return _fraction(_FRACTIONS[following], at + 2)
    if word in ("a", "an") and following in _SCALES:
        return _scaled(every, 1.0, 1, at + 1)
    if word == "half" and following in ("of", "the", "a", "its", "their", "all"):
        return _fraction(_FRACTIONS[word], at + 1)
    if word in _CARDINALS and following in _FRACTIONS and following.endswith("s"):
        return _fraction(_CARDINALS[word] * _FRACTIONS[following], at + 2)
    if word in _CARDINALS:
        return _spelled(every, at)
    if word in _ORDINALS:
        return Amount(_ORDINALS[word], _ORDINALS[word], _EXACT, ORDINAL, at + 1)
    return None


_NONE = Word("", "", "", 0, 0)


def _vague(unit: float, end: int) -> Amount:
    return Amount(_LEAST * unit, _MOST * unit, 0, "", end)


def _fraction(share: float, end: int) -> Amount:
    return Amount(share, share, 1, SHARE, end)


def _noun_at(every: Sequence[Word], at: int) -> bool:
    """Tell "a third man" from "a third of the men"."""
    return at < len(every) and bool(every[at].stem) and every[at].stem not in FUNCTION_WORDS


def _numeral(text: str, every: Sequence[Word], at: int) -> Amount | None:
    word = every[at]
    glued = text[max(0, word.start - 2) : word.start]
    if len(glued) == 2 and glued[1] in "-–" and glued[0].isalpha():
        return None  # COVID-19
    clock = _TIME.match(word.lower)
    following = every[at + 1].lower if at + 1 < len(every) else ""
    if clock and (":" in word.text or word.lower.endswith("m") or following in _HALVES):
        moment = int(clock[1]) + int(clock[2]) / 100
        return Amount(moment, moment, _EXACT, CLOCK, at + 1)
    number = _NUMBER.match(word.lower)
    if number is None:
        return None
    whole, fraction, suffix = number.groups(default="")
    whole = whole.replace(",", "")
    amount = float(whole + fraction)
    digits = len((whole + fraction[1:] if fraction else whole.rstrip("0")).lstrip("0")) or 1
    if suffix in ("st", "nd", "rd", "th"):
        return Amount(amount, amount, _EXACT, ORDINAL, at + 1)
    return _scaled(every, amount * _SUFFIXES.get(suffix, 1.0), digits, at + 1)


def _scaled(every: Sequence[Word], amount: float, digits: int, at: int) -> Amount:
    while at < len(every) and every[at].lower in _SCALES:
        amount *= _SCALES[every[at].lower]
        at += 1
    return Amount(amount, amount, digits, "", at)


def _spelled(every: Sequence[Word], at: int) -> Amount:
    """Read "two hundred and fifty thousand"."""
    total, current, place = 0.0, 0.0, at
    while place < len(every):
        word, before = every[place].lower, every[place - 1].lower if place > at else ""
        if word in _CARDINALS:
            if before in _CARDINALS and not (_CARDINALS[before] >= 20 and _CARDINALS[word] < 10):
                break
            current += _CARDINALS[word]
        elif word in ("hundred", "dozen"):
            current = max(current, 1.0) * _SCALES[word]
        elif word in _SCALES:
            total, current = total + max(current, 1.0) * _SCALES[word], 0.0
        elif not (word == "and" and before in _SCALES and _cardinal_at(every, place + 1)):
            break
        place += 1
    amount = total + current
    return Amount(amount, amount, len(f"{amount:.0f}".rstrip("0")) or 1, "", place)


def _cardinal_at(every: Sequence[Word], at: int) -> bool:
    return at < len(every) and every[at].lower in _CARDINALS
