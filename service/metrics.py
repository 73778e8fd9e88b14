"""What the service counts and times, for Prometheus; no label holds a name or an id that anybody can choose."""

from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.answers import Answer
from service.exchange import Exchange
from service.jobs.jobs import State

_OPENMETRICS = "application/openmetrics-text"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The numbers of one process; or, where several share a directory, of all of them together.

    Sharing takes PROMETHEUS_MULTIPROC_DIR, set before prometheus_client is imported.
    """

    def __init__(self, version: str, shared: Path | None = None) -> None:
        """`shared` is the directory that processes share."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        self._shown = CollectorRegistry() if shared else registry
        if shared:
            MultiProcessCollector(self._shown, str(shared))  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=registry)
        self._requests = Counter(
            "byline_http_requests",
            "Requests by route, and by the status of their response; 499 is a client that left before.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "byline_http_request_seconds",
            "How long requests took, streams to their end.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "byline_answer_stage_seconds",
            "How long the stages of answers took.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.under_way = Gauge(
            "byline_questions_under_way",
            "Questions and searches under way.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.limit = Gauge(
            "byline_questions_limit",
            "Questions and searches that may be under way at once.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.refused = Counter(
            "byline_questions_refused", "Questions refused, as too many were under way.", registry=registry
        )
        self._answers = Counter(
            "byline_answers",
            "Answers by who gave them, and by their status.",
            ["answerer", "status"],
            registry=registry,
        )
        self._sentences = Counter(
            "byline_answer_sentences", "Sentences of answers by what stands behind them.", ["status"], registry=registry
        )
        self._tokens = Counter(
            "byline_chat_model_tokens", "Tokens that the chat model counted.", ["kind"], registry=registry
        )
        self._errors = Counter(
            "byline_chat_model_errors", "Errors of the chat model that an answer met.", ["code"], registry=registry
        )
        self._fallbacks = Counter(
            "byline_answer_fallbacks", "Answers that the reader gave for the chat model.", registry=registry
        )
        Gauge(
            "byline_build_info", "The version that runs.", ["version"], multiprocess_mode="livemax", registry=registry
        ).labels(version).set(1)

    def requested(self, exchange: Exchange) -> None:
        """Count a request that has ended."""
        self._requests.labels(exchange.method, exchange.route, exchange.status).inc()
        self._request_seconds.labels(exchange.route).observe(exchange.seconds)

    def answered(self, answer: Answer, trouble: str | None) -> None:
        """Count an answer; `trouble` is the chat model's error behind which the reader gave it."""
        self._answers.labels(answer.answerer, answer.status).inc()
        for sentence in answer.sentences:
            self._sentences.labels(sentence.status).inc()
        for stage, ms in answer.timings_ms.items():
            self._stage_seconds.labels(stage).observe(ms / 1000)
        if answer.usage:
            self._tokens.labels("prompt").inc(answer.usage.prompt_tokens)
            self._tokens.labels("completion").inc(answer.usage.completion_tokens)
        if trouble:
            self._fallbacks.inc()
            self.failed(trouble)

    def failed(self, trouble: str) -> None:
        """Count an error of the chat model, by its code."""
        self._errors.labels(trouble).inc()

    def written(self, accept: str, jobs: Mapping[State, int]) -> tuple[bytes, str]:
        """Write all down in the format that is asked for, with its media type. Blocks."""
        everything = CollectorRegistry()
        everything.register(self._shown)
        everything.register(_Jobs(jobs))
        encoder, media_type = choose_encoder(_OPENMETRICS if _OPENMETRICS in accept.lower() else "")
        return encoder(everything), media_type


class _Jobs(Collector):
    """Counted in the library, where every process finds the same."""

    def __init__(self, jobs: Mapping[State, int]) -> None:
        self._jobs = jobs

    def collect(self) -> list[Metric]:
        family = GaugeMetricFamily("byline_jobs", "Jobs by state.", labels=["state"])
        for state, count in self._jobs.items():
            family.add_metric([state], count)
        return [family]
