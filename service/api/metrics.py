"""GET /metrics: what the service counts and times, for Prometheus."""

import asyncio
from typing import Annotated

from litestar import Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter

from service.api.problem import problems
from service.auth.callers import Caller
from service.jobs.keeper import Keeper
from service.metrics import Metrics

_NUMBERS = ResponseSpec(
    str,
    description="The text format of Prometheus; or OpenMetrics, where Accept names it",
    media_type="text/plain",
    generate_examples=False,
)


@get("/metrics", opt={"scope": "admin", "counted": False}, responses={200: _NUMBERS, **problems()})
async def metrics(
    state: State,
    caller: NamedDependency[Caller],
    keeper: NamedDependency[Keeper],
    accept: Annotated[str, HeaderParameter(name="Accept", include_in_schema=False)] = "",
) -> Response[bytes]:
    """Give the numbers of the whole service: for an API key with the scope admin that is for all collections."""
    caller.require_all_collections()
    written, media_type = await asyncio.to_thread(_written, state.metrics, keeper, accept)
    return Response(written, media_type=media_type)


def _written(metrics: Metrics, keeper: Keeper, accept: str) -> tuple[bytes, str]:
    return metrics.written(accept, keeper.queue.counts())
