"""Who is told of questions and answers as they come and go, by those who answer."""

from service.answers import Answer


class Observer:
    """Takes no notice; the service over HTTP has one that does."""

    def asked(self, question: str) -> None:
        """A question, or a query to search for, was taken on."""

    def answered(self, answer: Answer, trouble: str | None) -> None:
        """An answer was given; `trouble` is the code of the chat model's error behind which the reader gave it."""

    def failed(self, trouble: str) -> None:
        """An answer broke off, by the chat model's error of that code."""

    def under_way(self, questions: int) -> None:
        """So many questions and searches are under way now."""

    def refused(self) -> None:
        """A question was refused, as too many were under way."""
