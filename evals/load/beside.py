"""Questions encoded while another thread computes: step by step, and as the recorded graph that the service uses.

python -m evals.load.beside
"""

import statistics
import sys
import threading
import time

from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.threads import alone
from evals.results import Row, keep
from service.pool import SWITCH_S

_QUESTIONS = [f"what did the council of town number {number} say about the ferry?" for number in range(8)]
_TIMES = 12


def main() -> None:
    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    alone()
    steps = _measured(encoder)
    encoder.trace()
    graph = _measured(encoder)
    rows = [
        Row(
            name=f"8 questions, {name}",
            figures={"step by step, ms": f"{before:.1f}", "graph, ms": f"{after:.1f}", "ratio": before / after},
        )
        for name, before, after in zip(_BESIDE, steps, graph, strict=True)
    ]
    keep("load-beside", rows, [])


_BESIDE = (
    "alone",
    "beside a busy thread",
    "the same, the interpreter changing hands as often as in the service",
)


def _measured(encoder: SentenceTransformerEncoder) -> list[float]:
    """Give milliseconds, in the order of `_BESIDE`."""
    usual = sys.getswitchinterval()
    found = [_encoding(encoder)]
    for interval in (usual, SWITCH_S):
        sys.setswitchinterval(interval)
        done = threading.Event()
        busy = threading.Thread(target=_compute, args=(done,))
        busy.start()
        found.append(_encoding(encoder))
        done.set()
        busy.join()
    sys.setswitchinterval(usual)
    return found


def _encoding(encoder: SentenceTransformerEncoder) -> float:
    taken = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        encoder.encode_queries(_QUESTIONS)
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def _compute(done: threading.Event) -> None:
    while not done.is_set():
        count = 0
        for number in range(1000):
            count += number


if __name__ == "__main__":
    main()
