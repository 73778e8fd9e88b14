"""What a model thinks aloud before it answers, taken out of the text as it comes."""

_OPENING, _CLOSING = "<think>", "</think>"


class Thoughts:
    """Takes `<think>…</think>` out of the beginning of a reply, and the blank space around it.

    What comes out is the same however the text is divided. Thoughts that never end are all that there is.
    """

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._past = False

    def feed(self, piece: str) -> str:
        """Take the next piece; give what can be shown by now."""
        if self._past:
            return piece
        self._held += piece
        while True:
            if self._thinking:
                _, closing, rest = self._held.partition(_CLOSING)
                if not closing:
                    self._held = self._held[1 - len(_CLOSING) :]
                    return ""
                self._thinking, self._held = False, rest
            self._held = self._held.lstrip()
            if self._held.startswith(_OPENING):
                self._thinking, self._held = True, self._held.removeprefix(_OPENING)
            elif _OPENING.startswith(self._held):
                return ""
            else:
                self._past = True
                return self._held

    def end(self) -> str:
        """Give what was held back, when nothing more comes: it might have become the opening of a thought."""
        return "" if self._past or self._thinking else self._held
