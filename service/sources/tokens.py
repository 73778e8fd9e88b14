"""How many tokens of a chat model a text comes to, for the budget of the sources."""

import re

_ASCII = re.compile(r"[A-Za-z]{1,4}|[0-9!-/:-@\[-`{-~]|\n")


def estimated_tokens(text: str) -> int:
    """Estimate from above how many tokens a text is.

    Every server has a tokenizer of its own, and none is at hand. English prose has about four characters a token, or
    three words to four tokens, with all of them; this counts a token for every four letters of a word begun, for every
    digit and every mark, as the least generous ones do. Other scripts have from 0.3 to 1.5 tokens a character, and are
    counted by two bytes of UTF-8 a token, which is 1 for Cyrillic and Arabic, 1.5 for Chinese.
    """
    encoded = text.encode(errors="surrogatepass")
    others = len(encoded) - len(encoded.decode("ascii", "ignore"))
    return len(_ASCII.findall(text)) + (others + 1) // 2
