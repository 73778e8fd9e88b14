"""The threads in which a worker of the service searches and reads, so that its event loop never does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from embeddings.threads import alone

SWITCH_S = 0.0005
"""How long a thread may keep the interpreter while others want it: the event loop is one of these."""


@asynccontextmanager
async def pooled(threads: int) -> AsyncIterator[None]:
    """Let `asyncio.to_thread` use so many threads and no more; the libraries that multiply are loaded already."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads, "pool", initializer=alone))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
