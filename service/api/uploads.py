"""POST /v1/articles: articles in every form that is taken, written to the disk as they come, and a job for them."""

import asyncio
import errno
import hashlib
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import HeaderParameter, QueryParameter
from msgspec.structs import replace

from embeddings.collection import Collection
from embeddings.errors import CollectionNotFound
from embeddings.extract import Known, Rejected
from embeddings.extract.json_objects import extract_json
from embeddings.library import Library
from service.api.bodies import FORM, JSON, JSON_LINES, pieces_of
from service.api.jobs import told
from service.api.json_request import JSONRequest
from service.api.problem import problems
from service.auth.callers import Caller
from service.errors import StorageFull
from service.jobs.jobs import Job, Order
from service.jobs.keeper import Keeper
from service.jobs.queue import Queue, Repeatable
from service.jobs.spool import Spool, files_of

_CHECKED_AT_MOST = 8 << 20
"""Bytes of JSON that are parsed before the job is said to be accepted; more would keep others waiting."""
_WRITTEN_AT_ONCE = 1 << 20
_LONGEST_KEY = 255
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_ARTICLE = Schema(
    type=OpenAPIType.OBJECT,
    properties={
        name: Schema(type=OpenAPIType.STRING)
        for name in ("id", "title", "text", "source", "author", "published_at", "url")
    },
    required=["text"],
    description="Only the text is needed. Other fields are kept, and given back as its metadata.",
)
_EXAMPLE = {
    "id": "ferry-fares",
    "title": "Ferry fares rise",
    "text": "The ferry to the islands will cost two euros more from August.",
    "source": "Civic Courier",
    "published_at": "2016-06-09",
    "url": "https://civic-courier.example/2016/06/ferry",
}
_BINARY = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_BODY = RequestBody(
    required=True,
    description="Articles, or files of every format that `byline ingest` takes. A file of its own is named by its "
    "media type or by `filename`.",
    content={
        JSON: OpenAPIMediaType(
            schema=Schema(one_of=[_ARTICLE, Schema(type=OpenAPIType.ARRAY, items=_ARTICLE, min_items=1)]),
            examples={
                "one": Example(summary="One article", value=_EXAMPLE),
                "several": Example(
                    summary="Several articles",
                    value=[_EXAMPLE, {"title": "The opera opens", "text": "The opera opens on Friday with a ballet."}],
                ),
            },
        ),
        JSON_LINES: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, description="One article a line.")),
        FORM: OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.OBJECT, properties={"file": Schema(type=OpenAPIType.ARRAY, items=_BINARY)})
        ),
        **{kind: OpenAPIMediaType(schema=_BINARY) for kind in ("text/html", "application/pdf", "application/zip")},
    },
)


@dataclass
class _UploadOperation(Operation):
    """Documents the bodies: they are read as they come, so that no parameter of the handler stands for them."""

    def __post_init__(self) -> None:
        self.request_body = _BODY


@post(
    "/v1/articles",
    opt={"scope": "ingest"},
    status_code=202,
    request_max_body_size=None,  # what settings allow is counted here
    responses={
        200: ResponseSpec(Job, description="With `wait`: the job is done, or failed", generate_examples=False),
        **problems(400, 404, 409, 413, 415, 422, 503, 507),
    },
    operation_class=_UploadOperation,
)
async def upload(
    request: JSONRequest,
    caller: NamedDependency[Caller],
    collection_name: NamedDependency[str],
    library: NamedDependency[Library],
    keeper: NamedDependency[Keeper],
    wait: Annotated[
        bool, QueryParameter(description="Answer when the job is finished, 3 minutes later at most.")
    ] = False,
    revert: Annotated[
        bool, QueryParameter(description="Let what is the same as an earlier version be the newest again.")
    ] = False,
    readmit: Annotated[
        bool, QueryParameter(description="Take in again what was erased; needs the scope admin.")
    ] = False,
    filename: Annotated[str | None, QueryParameter(description="Of a body that is one file.")] = None,
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            description="The same request again, with the same key, gives the job of the first; for a week.",
        ),
    ] = None,
) -> Response[Job]:
    """Take articles in: as JSON, one or a list; as one JSON object a line; as files, alone or in a form.

    What is sent is on the disk when this answers, and a job takes it in, whatever happens to the service meanwhile. The
    job says what became of each article, and of each file or record that is none. A collection that is not there yet
    is made.
    """
    if readmit:
        caller.require("admin")
    if idempotency_key is not None and not 0 < len(idempotency_key) <= _LONGEST_KEY:
        wrong = f"must have 1 to {_LONGEST_KEY} characters"
        raise ValidationException(extra=[{"key": "Idempotency-Key", "message": wrong}])
    pieces = pieces_of(request, filename)
    await asyncio.to_thread(_check_collection, library, collection_name)
    job = Job(
        id=uuid.uuid4().hex, kind="ingest", collection=collection_name, state="queued", created_at=datetime.now(UTC)
    )
    with _room():
        spool = await keeper.in_thread(Spool, library.path, job.id)
        try:
            await _write(keeper, spool, pieces)
        except BaseException:
            await asyncio.shield(keeper.in_thread(spool.discard))
            raise
        # In one go: once it is accepted nothing takes it back, whoever leaves.
        job, came = await keeper.in_thread(
            _accepted,
            keeper.queue,
            library.path,
            spool,
            job,
            Order(revert=revert, readmit=readmit),
            is_form=request.content_type[0] == FORM,
            sender=caller.key_id or "",
            key=idempotency_key,
        )
    return await told(request, keeper, job, wait=wait, headers={"Idempotency-Replayed": "true"} if came else {})


def _check_collection(library: Library, name: str) -> None:
    """Raise CollectionNameInvalid, or IndexMismatch; one that is not there yet is no matter."""
    with suppress(CollectionNotFound):
        library.retriever(name)


def _accepted(
    queue: Queue, library: Path, spool: Spool, job: Job, order: Order, *, is_form: bool, sender: str, key: str | None
) -> tuple[Job, bool]:
    """Store a job for what was spooled; give the earlier one, and True, where the same request came with its key."""
    try:
        digest = spool.keep()
        if not is_form:
            _check_json(library, job.id)
        Collection.create(library, job.collection).close()
        repeatable = None
        if key is not None:
            asked = hashlib.sha256(repr((digest, order.revert, order.readmit)).encode()).hexdigest()
            repeatable = Repeatable(caller=sender, key=key.strip(), digest=asked)
        job, came = queue.add(replace(job, bytes=spool.size), order, repeatable)
    except BaseException:
        spool.discard()
        raise
    if came:
        spool.discard()
    else:
        spool.release()
    return job, came


def _check_json(library: Path, id: str) -> None:
    """Raise ValidationException where the body, which is one file, is JSON of which no record can be read at all."""
    (body,) = files_of(library, id)
    if body.suffix.lower() != ".json" or body.stat().st_size > _CHECKED_AT_MOST:
        return
    with body.open("rb") as stream:
        first = next(extract_json(stream, "", lambda _: True))
        stream.seek(0)
        begins = stream.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if isinstance(first, Rejected) and not first.where:
        raise ValidationException(f"the body {first.reason}")
    if isinstance(first, Known) and begins not in (b"{", b"["):
        raise ValidationException("the body is neither a JSON object, which is an article, nor a list of them")


@contextmanager
def _room() -> Iterator[None]:
    """Raise StorageFull where the disk has no room."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise


async def _write(keeper: Keeper, spool: Spool, pieces: AsyncGenerator[str | bytes]) -> None:
    """Write files as they come: a string names the next one, bytes go on with it."""
    waiting: list[str | bytes] = []
    size = 0
    async with aclosing(pieces):
        async for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= _WRITTEN_AT_ONCE:
                await keeper.in_thread(spool.write, waiting)
                waiting, size = [], 0
    await keeper.in_thread(spool.write, waiting)
    if not spool.files:
        raise ValidationException("the form holds no file")
