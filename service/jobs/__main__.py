"""The runner as a process: `python -m service.jobs`, started by the service, ended when that ends."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.errors import LedgerError
from service.jobs.lock import being_the_runner
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.encoder import Encoder

IDLE_S = 300.0
"""The encoder takes seconds to load and half a gigabyte to keep."""
_NICE = 10
"""Questions come first: beside them it has a tenth of a processor, so that a job ends also where they never cease."""

logger = logging.getLogger(__name__)


def load(settings: Settings) -> "Encoder":
    """Load the encoder of the settings, to work beside questions."""
    from embeddings.encoder import SentenceTransformerEncoder
    from embeddings.threads import aside

    encoder = SentenceTransformerEncoder.load(settings.encoder)
    aside()
    return encoder


def main(load: "Callable[[Settings], Encoder]" = load, idle_s: float = IDLE_S) -> None:
    """Do the jobs of the library of BYLINE_LIBRARY until standard input ends, or there were none for a while."""
    settings = Settings.from_env(os.environ)
    with being_the_runner(settings.library) as ours:
        if not ours:
            return
        # Nothing heavy is imported for finding out that another process is at it.
        from service.jobs.queue import Queue
        from service.jobs.runner import Runner
        from service.logs import configure

        configure(settings)
        os.nice(_NICE)
        stopping = threading.Event()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        threading.Thread(target=_wait_for_end, args=(stopping,), name="parent", daemon=True).start()
        queue = Queue(settings.library)
        try:
            Runner(settings.library, queue, lambda: load(settings), stopping).run(idle_s)
        except LedgerError as error:
            logger.error("the runner of jobs ends: %s", error)
            raise SystemExit(1) from None
        finally:
            queue.close()


def _wait_for_end(stopping: threading.Event) -> None:
    """Wait for the end of standard input, which is the end of whoever started this process, however it came."""
    while os.read(0, 1024):
        pass
    stopping.set()


if __name__ == "__main__":
    main()
