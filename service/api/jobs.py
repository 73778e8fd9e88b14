"""GET /v1/jobs: what became of uploads and erasures, as it stands or as it happens."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast, get_args

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, QueryParameter
from msgspec import Struct

from service.api.events import EVENTS, frame, streamed
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.api.problem import problems
from service.auth.callers import Caller
from service.errors import JobNotFound
from service.jobs.jobs import Finished, Job, JobEvent, JobSummary, Progress, State
from service.jobs.keeper import Keeper
from service.jobs.queue import Queue

"""As large as numbers are in JSON."""
_STATES = get_args(State)
_LOOK_EVERY_S = 0.1
_LONGEST_WAIT_S = 180.0
_NUMBER = re.compile(r"[0-9]{1,18}")


class JobPage(Struct, frozen=True, kw_only=True):
    """Some of the jobs, the newest first."""

    jobs: tuple[JobSummary, ...]
    next_cursor: str | None = None
    """Give it as `cursor` for the page after this one; null on the last."""


@get("/v1/jobs", opt={"scope": "ingest"}, responses=problems(400, 404))
async def jobs(
    caller: NamedDependency[Caller],
    keeper: NamedDependency[Keeper],
    in_state: Annotated[
        str | None, QueryParameter(name="state", description="Only those in this one.", schema_extra={"enum": _STATES})
    ] = None,
    collection: Annotated[
        str | None, QueryParameter(description="All that are the caller's when none is named.")
    ] = None,
    cursor: Annotated[str | None, QueryParameter(description="Where the last page ended.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
) -> JobPage:
    """List jobs; those that are done are forgotten after 30 days."""
    if in_state not in (None, *_STATES):
        raise ValidationException(extra=[{"key": "state", "message": f"is none of {', '.join(_STATES)}"}])
    collections = caller.collections if collection is None else {caller.admitted(collection)}
    found = await keeper.in_thread(
        keeper.queue.listing, collections, state=cast(State | None, in_state), before=cursor, limit=limit + 1
    )
    page = found[:limit]
    return JobPage(jobs=tuple(page), next_cursor=page[-1].id if len(found) > limit else None)


@get("/v1/jobs/{id:str}", opt={"scope": "ingest"}, responses=problems(400, 404))
async def job(id: FromPath[str], caller: NamedDependency[Caller], keeper: NamedDependency[Keeper]) -> Job:
    """Tell how far a job is, what became of its articles and which of them were rejected, and why."""
    return await keeper.in_thread(_theirs, keeper.queue, caller, id)


@get(
    "/v1/jobs/{id:str}/events",
    opt={"scope": "ingest"},
    responses={
        200: ResponseSpec(
            cast(Any, JobEvent),
            description="What happens in the job, from its beginning, as it happens",
            media_type=EVENTS,
            generate_examples=False,
        ),
        204: ResponseSpec(None, description="There is nothing after the event that Last-Event-ID names"),
        **problems(400, 404, 503),
    },
)
async def job_events(
    request: JSONRequest,
    id: FromPath[str],
    caller: NamedDependency[Caller],
    keeper: NamedDependency[Keeper],
    last_event_id: Annotated[
        str | None, HeaderParameter(name="Last-Event-ID", description="Go on after the event of this id.")
    ] = None,
) -> Response[Any]:
    """Stream what happens in a job.

    There is an event for each article (`taken`) and for each file or record that is none (`rejected`); in between,
    `progress` tells how far the job is. `done` ends the stream, with the whole job, also where that failed.
    """
    found = await keeper.in_thread(_theirs, keeper.queue, caller, id)
    after = int(last_event_id) if last_event_id and _NUMBER.fullmatch(last_event_id) else 0
    if found.finished and after > found.taken + found.rejected:
        return Response(None, status_code=204)  # which tells an EventSource not to come again
    return await streamed(request, _frames(keeper, id, after), endless=True)


async def told(
    request: JSONRequest, keeper: Keeper, job: Job, *, wait: bool, headers: dict[str, str] | None = None
) -> Response[Job]:
    """Answer whoever posted a job: at once, or when it is finished. Who leaves meanwhile loses nothing."""
    keeper.posted()
    if wait:
        job = await unless_gone(request, _finished(request, keeper, job)) or job
    status = 200 if wait and job.finished else 202
    return Response(job, status_code=status, headers={"Location": f"/v1/jobs/{job.id}", **(headers or {})})


async def _finished(request: JSONRequest, keeper: Keeper, job: Job) -> Job:
    """Give the job once it is finished; as it stands when that takes minutes, or when the service stops."""
    until, pause_s = time.monotonic() + _LONGEST_WAIT_S, 0.01
    while not job.finished and time.monotonic() < until and not request.app.state.stopping.begun:
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LOOK_EVERY_S)
        job = await keeper.in_thread(keeper.queue.job, job.id)
    return job


async def _frames(keeper: Keeper, id: str, after: int) -> AsyncGenerator[bytes]:
    number, shown = after, None
    while True:
        job = await keeper.in_thread(keeper.queue.job, id)
        # Read after the job: of one that is finished these are all.
        while items := await keeper.in_thread(keeper.queue.items, id, number):
            for item in items:
                number += 1
                yield frame(item, id=number)
        if job.finished:
            yield frame(Finished(job=job), id=job.taken + job.rejected + 1)
            return
        summary = _summary(job)
        if summary != shown:
            shown = summary
            yield frame(Progress(job=summary), id=number)
        await asyncio.sleep(_LOOK_EVERY_S)


def _summary(job: Job) -> JobSummary:
    return JobSummary(**{name: getattr(job, name) for name in JobSummary.__struct_fields__})


def _theirs(queue: Queue, caller: Caller, id: str) -> Job:
    """Read a job of the caller's collections; raises JobNotFound for one of others, as for one that is not there."""
    job = queue.job(id)
    if not caller.admits(job.collection):
        raise JobNotFound
    return job
