"""What the service notes of its own work: each request in the log, and all of it in the metrics."""

import logging

from service.answers import Answer
from service.exchange import CURRENT, Exchange
from service.metrics import Metrics
from service.observer import Observer

logger = logging.getLogger(__name__)


class Requests(Observer):
    """Is told of answers while they are made, and of requests when they have ended."""

    def __init__(self, metrics: Metrics, *, texts: bool) -> None:
        """`texts` has questions logged."""
        self.metrics = metrics
        self._texts = texts

    def asked(self, question: str) -> None:
        if self._texts and (exchange := CURRENT.get()):
            exchange.question = question

    def answered(self, answer: Answer, trouble: str | None) -> None:
        self.metrics.answered(answer, trouble)
        if exchange := CURRENT.get():
            exchange.answer_id, exchange.answer_status = answer.id, answer.status

    def failed(self, trouble: str) -> None:
        self.metrics.failed(trouble)

    def under_way(self, questions: int) -> None:
        self.metrics.under_way.set(questions)

    def refused(self) -> None:
        self.metrics.refused.inc()

    def ended(self, exchange: Exchange) -> None:
        """Note a request that has ended."""
        self.metrics.requested(exchange)
        noted = {
            "method": exchange.method,
            "route": exchange.route,
            "status": exchange.status,
            "ms": round(exchange.seconds * 1000, 1),
            "key": exchange.key_id,
            "answer": exchange.answer_id,
            "answer_status": exchange.answer_status,
            "left": exchange.left or None,
            "question": exchange.question,
        }
        logger.info("request", extra={name: value for name, value in noted.items() if value is not None})
