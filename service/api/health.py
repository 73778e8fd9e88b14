"""GET /health/live and /health/ready: whether the service runs, and whether it can answer."""

import asyncio
import os
from typing import Literal

from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from msgspec import Struct

from embeddings.library import Library
from service.api.problem import problems
from service.errors import NotReady


class Liveness(Struct, frozen=True, kw_only=True):
    """The service runs."""

    status: Literal["live"] = "live"


class Readiness(Struct, frozen=True, kw_only=True):
    """All is there that answering takes."""

    status: Literal["ready"] = "ready"
    encoder: str
    """The model that is loaded."""


@get("/health/live", opt={"scope": None})
async def live() -> Liveness:
    """Tell that the service runs, however busy it is."""
    return Liveness()


@get("/health/ready", opt={"scope": None}, responses=problems(503, guarded=False))
async def ready(library: NamedDependency[Library], state: State) -> Readiness:
    """Tell whether the encoder is loaded and the library can be used, and the service is not about to stop."""
    if state.stopping.begun:
        raise NotReady("the service is stopping")
    return await asyncio.to_thread(_ready, library)


def _ready(library: Library) -> Readiness:
    if not library.path.is_dir() or not os.access(library.path, os.R_OK | os.W_OK | os.X_OK):
        raise NotReady("the library is not there or cannot be used; take articles in first: byline ingest PATH...")
    return Readiness(encoder=library.encoder.identity.name)
