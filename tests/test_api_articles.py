"""Articles over HTTP: the forms in which they come, what is refused; reading, listing, withdrawing, erasing them."""

import gzip
import io
import json
import resource
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from documents import docx, pdf, plain, story, zipped
from fakes import HashingEncoder
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient
from over_http import QUESTION, app_for, assert_problem, events_of

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.api.bodies import file_name
from service.auth.callers import Scope
from service.auth.keys import Keys
from service.jobs.runner import Runner
from service.ledger.ledger import Ledger
from service.ledger.storage import FILE

PAGE = f"""<!doctype html><html><head><title>Buses run late</title></head><body><article><h1>Buses run late</h1>
<p>{" ".join(story(1))}</p><p>The night buses to the airport were late on Sunday because a driver was ill.</p>
<p>The company said that it would hire two more drivers before the summer.</p></article></body></html>"""
TEXT = "The zoo counts its penguins.\n\nThe zoo counted nineteen penguins on Friday, two more than a year ago."
ARTICLE = {"title": "Penguins counted", "text": TEXT, "source": "Harbour Post", "published_at": "2016-07-01"}


class Service(NamedTuple):
    client: TestClient[Litestar]
    library: Library
    runner: Runner

    def post(self, query: str = "", **request: Any) -> Response:
        return self.client.post(f"/v1/articles{query}", **request)

    def work(self) -> None:
        while self.runner.turn():
            pass

    def done(self, response: Response) -> dict[str, Any]:
        """Do what was accepted, and give the job."""
        assert response.status_code == 202, response.text
        assert response.json()["state"] == "queued"
        self.work()
        job: dict[str, Any] = self.client.get(response.headers["Location"]).json()
        assert job["state"] == "done"
        assert job["bytes_read"] == job["bytes"]
        return job

    def uploads(self) -> list[Path]:
        return list((self.library.path / "jobs").glob("*"))

    def jobs(self) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self.client.get("/v1/jobs").json()["jobs"]
        return jobs


@pytest.fixture
def service(library: Library) -> Iterator[Service]:
    """Serve `library`; jobs are done when the test says so."""
    with TestClient(app_for(library, runner=None), raise_server_exceptions=False) as client:
        yield Service(client, library, Runner(library.path, client.app.state.keeper.queue, HashingEncoder))


def found(service: Service, query: str) -> list[str]:
    hits = service.client.post("/v1/search", json={"query": query, "k": 3}).json()["hits"]
    return [hit["passage"]["text"] for hit in hits]


# -- what is taken in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "body", "new"),
    [
        ("application/json", json.dumps(ARTICLE), 1),
        ("application/json; charset=utf-8", json.dumps([ARTICLE]), 1),
        ("application/json", json.dumps([ARTICLE, {"text": "Another story altogether."}]), 2),
        ("application/json", json.dumps({"articles": [ARTICLE]}), 1),
        ("application/json", b"\xef\xbb\xbf" + json.dumps(ARTICLE).encode(), 1),
        ("application/json", '{"text": "It snowed on the penguins of the zoo.", "temperature": NaN}', 1),
        ("application/x-ndjson", f"{json.dumps(ARTICLE)}\n\n{json.dumps({'text': 'Another story.'})}\n", 2),
        ("application/jsonl", json.dumps(ARTICLE), 1),
        ("Application/NDJSON", f"{json.dumps(ARTICLE)}\r\n", 1),
        ("text/plain", TEXT, 1),
        ("text/markdown; charset=utf-8", f"# Penguins counted\n\n{TEXT}", 1),
        ("text/html", PAGE.replace("buses", "penguins"), 1),
        ("application/pdf", pdf([*story(2), "The zoo counted nineteen penguins on Friday."]), 1),
        ("application/zip", zipped({"a.txt": TEXT.encode(), "b.html": PAGE.encode(), "c.png": b"\x89PNG"}), 2),
        ("application/gzip", gzip.compress(TEXT.encode()), 1),
    ],
)
def test_a_body_of_every_form_is_taken_in(service: Service, media_type: str, body: str | bytes, new: int) -> None:
    job = service.done(service.post(content=body, headers={"Content-Type": media_type}))
    assert job["counts"] == {"new": new, "updated": 0, "unchanged": 0, "superseded": 0, "erased": 0}
    assert (job["rejected"], job["errors"]) == (0, [])
    assert len(job["articles"]) == new
    assert any("penguins" in text for text in found(service, "penguins counted at the zoo"))
    stored = service.client.get(f"/v1/articles/{job['articles'][0]['article_id']}").json()
    assert stored["state"] == "current"
    assert service.uploads() == []


def test_files_of_every_format_in_a_form(service: Service) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("inside/tram.txt")
        member.size = len(b"The tram to the harbour was late on Tuesday.")
        archive.addfile(member, io.BytesIO(b"The tram to the harbour was late on Tuesday."))
    files = {
        "page.html": PAGE.encode(),
        "penguins.md": b"# Penguins\n\nThe zoo counted nineteen penguins.",
        "plain.txt": plain(story(2)).encode(),
        "minutes.pdf": pdf(story(3, seed=1)),
        "letter.docx": docx(story(2, seed=2)),
        "one.json": json.dumps({"id": "one", "text": "One article is in a file of JSON."}).encode(),
        "many.jsonl": b'{"id": "two", "text": "The second of them."}\n{"id": "three", "text": "The third of them."}',
        "archive.zip": zipped({"a/b.txt": b"The bridge opens on Sunday.", "a/photo.jpg": b"\xff\xd8\xff"}),
        "archive.tar.gz": packed.getvalue(),
    }
    job = service.done(service.post(files=[("files", (name, data)) for name, data in files.items()]))
    assert job["counts"]["new"] == 10
    assert (job["rejected"], job["skipped"]) == (0, 1)
    assert {each["file"] for each in job["articles"]} == set(files)
    assert sorted(each["position"] for each in job["articles"]) == list(range(1, 11))
    assert job["passages"] == sum(each["passages"] for each in job["articles"]) >= 10


def test_what_is_no_article_is_named_with_its_place_and_costs_no_other(service: Service) -> None:
    lines = ['{"id": "first", "text": "The first."}', "nonsense", '{"title": "no text"}', '{"id": "last", "text": "b"}']
    job = service.done(
        service.post(
            files=[
                ("a", ("lines.jsonl", "\n".join(lines).encode())),
                ("a", ("../../etc/empty.txt", b"")),
                ("a", ("C:\\saved\\photo.png", b"\x89PNG\r\n")),
                ("a", ("archive.zip", zipped({"good.txt": b"The library is closed.", "bad.pdf": b"%PDF-nothing"}))),
                ("b", ("lines.jsonl", b'[{"id": "same", "text": "Of the same name."}]')),
            ]
        )
    )
    assert job["counts"]["new"] == 4
    errors = {(each["position"], each["where"]): each["reason"] for each in job["errors"]}
    assert set(errors) == {
        (2, "lines.jsonl line 2"),
        (3, "lines.jsonl line 3"),
        (5, "empty.txt"),
        (6, "photo.png"),
        (8, "archive.zip > bad.pdf"),
    }
    assert errors[5, "empty.txt"] == "is empty"
    assert "image" in errors[6, "photo.png"]
    assert [each["position"] for each in job["articles"]] == [1, 4, 7, 9]
    assert job["rejected"] == 5


def test_a_json_list_has_its_errors_by_item(service: Service) -> None:
    job = service.done(service.post(json=[ARTICLE, {"title": "no text"}, 5, {"text": "c", "published_at": "soon"}]))
    assert job["counts"]["new"] == 2
    assert [(each["position"], each["where"]) for each in job["errors"]] == [
        (2, "body.json item 2"),
        (3, "body.json item 3"),
    ]


def test_an_archive_that_is_made_to_do_harm_costs_itself_alone(service: Service) -> None:
    bomb = gzip.compress(b"0" * 40_000_000)
    job = service.done(service.post(files=[("a", ("bomb.txt.gz", bomb)), ("a", ("good.txt", TEXT.encode()))]))
    assert job["counts"]["new"] == 1
    assert "250 times" in job["errors"][0]["reason"]


def test_the_name_of_a_file_stands_for_its_media_type(service: Service) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # what curl says unless it is told
    assert_problem(service.post(content=PAGE, headers=form), 415, "unsupported_media_type")
    job = service.done(service.post("?filename=a/late%20buses.html", content=PAGE, headers=form))
    assert job["articles"][0]["file"] == "late buses.html"


def test_a_packed_body(service: Service) -> None:
    lines = "\n".join(json.dumps({"text": f"Story {number} of the penguins."}) for number in range(30))
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    assert service.done(service.post(content=gzip.compress(lines.encode()), headers=headers))["counts"]["new"] == 30
    headers["Content-Encoding"] = "br"
    assert_problem(service.post(content=b"a", headers=headers), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("given", "media_type", "name"),
    [
        ("page.html", "text/html", "page.html"),
        ("page.php", "text/html", "page.php.html"),
        ("blob", "application/pdf", "blob.pdf"),
        ("blob", "application/octet-stream", "blob"),
        (None, "text/markdown", "body.md"),
        ("", "text/plain", "body.txt"),
        ("..", "text/plain", "body.txt"),
        ("/etc/passwd", "", "passwd"),
        ("..\\..\\a\0b\n.txt", "", "a_b_.txt"),
        ("ü" * 300 + ".txt", "", "ü" * 98 + ".txt"),
    ],
)
def test_a_name_is_made_fit_for_the_disk(given: str | None, media_type: str, name: str) -> None:
    assert file_name(given, media_type, "body") == name


def test_thousands_of_articles_at_once(service: Service) -> None:
    lines = "\n".join(json.dumps({"id": f"a{number}", "text": f"Story {number}."}) for number in range(3000))
    job = service.done(service.post("?collection=large", content=lines, headers={"Content-Type": "application/jsonl"}))
    assert job["counts"]["new"] == 3000
    assert len(job["articles"]) == 1000
    assert [(each["position"], each["article_id"]) for each in job["articles"][:2]] == [(1, "a0"), (2, "a1")]
    text = service.client.get(f"/v1/jobs/{job['id']}/events").text
    events = events_of(line for line in text.splitlines() if not line.startswith("id:"))
    assert [data["article_id"] for name, data in events if name == "taken"] == [f"a{each}" for each in range(3000)]


# -- what is refused ---------------------------------------------------------------------------------------------------

FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("application/json", b"", 400),
        ("application/json", b"{", 400),
        ("application/json", b'[{"text": "a"},]', 400),
        ("application/json", b'{"text": "a"}\n{"text": "b"}', 400),
        ("application/json", b"[]", 400),
        ("application/json", b'{"articles": []}', 400),
        ("application/json", b"null", 400),
        ("application/json", b'"an article"', 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"\xff\xfe\x00\x01\x02", 400),
        ("application/x-ndjson", b"", 400),
        ("text/html", b"", 400),
        ("", b"a", 415),
        ("application/octet-stream", b"a", 415),
        ("image/png", b"\x89PNG", 415),
        ("multipart/form-data", b"--b--", 400),
        (FORM, b"", 400),
        (FORM, b"--b--\r\n", 400),
        (FORM, b"nonsense", 400),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nThe text breaks', 400),
        (FORM, b'--b\r\nContent-Disposition: form-data; name="collection"\r\n\r\nmain\r\n--b--\r\n', 400),
        (FORM, b"--b\r\nContent-Type: text/plain\r\n\r\na\r\n--b--\r\n", 400),
    ],
)
def test_what_cannot_be_read_at_all_is_refused_at_once(
    service: Service, media_type: str, body: bytes, status: int
) -> None:
    response = service.post("?collection=other", content=body, headers={"Content-Type": media_type})
    assert_problem(response, status, "invalid_request" if status == 400 else "unsupported_media_type")
    assert service.uploads() == []
    assert service.jobs() == []
    assert [each["name"] for each in service.client.get("/v1/collections").json()["collections"]] == ["main"]


def test_a_part_of_a_form_that_names_its_type_needs_no_file_name(service: Service) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="story"\r\nContent-Type: text/plain\r\n\r\nThe text.\r\n--b--'
    job = service.done(service.post(content=part, headers={"Content-Type": FORM}))
    assert job["articles"][0]["file"] == "story.txt"


@pytest.mark.parametrize("media_type", ["application/x-ndjson", FORM])
@pytest.mark.parametrize("announced", [True, False])
def test_more_than_is_allowed_is_refused(service: Service, media_type: str, announced: bool) -> None:
    service.client.app.state.largest_upload = 1 << 20
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n' + b"a" * (1 << 20)
    content = body if announced else (part for part in [body])
    problem = assert_problem(service.post(content=content, headers={"Content-Type": media_type}), 413, "body_too_large")
    assert "1 MiB" in problem["detail"]
    assert service.uploads() == []
    assert service.jobs() == []
    service.done(service.post(content=b'{"text": "A small one."}', headers={"Content-Type": "application/jsonl"}))


def test_a_disk_that_fills(service: Service) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, most))
    try:
        response = service.post(content=b"a " * 2_000_000, headers={"Content-Type": "text/plain"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert_problem(response, 507, "storage_full")
    assert service.uploads() == []
    assert service.jobs() == []


def test_a_collection_is_made_where_there_is_none(service: Service) -> None:
    for name in ("Other", "..", "a/b"):
        assert_problem(service.post(f"?collection={name}", json=ARTICLE), 400, "collection_name_invalid")
    assert service.uploads() == []
    job = service.done(service.post("?collection=zoo", json=ARTICLE))
    assert job["collection"] == "zoo"
    listed = service.client.get("/v1/collections").json()["collections"]
    assert [(each["name"], each["counts"]["articles"]) for each in listed] == [("main", 4), ("zoo", 1)]
    assert "penguins" not in " ".join(found(service, "penguins"))


def test_a_collection_of_another_encoder_takes_nothing(library: Library) -> None:
    with TestClient(app_for(Library(library.path, HashingEncoder(128)), runner=None)) as client:
        assert_problem(client.post("/v1/articles", json=ARTICLE), 409, "index_mismatch")


# -- the same again ----------------------------------------------------------------------------------------------------


def test_the_same_request_again_is_the_same_job(service: Service) -> None:
    headers = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
    first = service.post(json=ARTICLE, headers=headers)
    again = service.post(json=ARTICLE, headers=headers)
    assert "Idempotency-Replayed" not in first.headers
    assert again.status_code == 202
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(service.uploads()) == len(service.jobs()) == 1
    done = service.done(first)
    replayed = service.post("?wait=true", json=ARTICLE, headers=headers)
    assert (replayed.status_code, replayed.json()) == (200, done)
    assert service.uploads() == []
    for changed in (
        service.post(json=[ARTICLE], headers=headers),
        service.post("?revert=true", json=ARTICLE, headers=headers),
        service.post(content=json.dumps(ARTICLE), headers=headers | {"Content-Type": "text/plain"}),
    ):
        assert_problem(changed, 422, "idempotency_key_reused")
    assert service.uploads() == []
    assert_problem(
        service.post(json=ARTICLE, headers={"Idempotency-Key": ""}), 400, "invalid_request", "Idempotency-Key"
    )
    assert service.post("?collection=zoo", json=[ARTICLE], headers=headers).status_code == 202
    assert service.post(json=ARTICLE, headers={"Idempotency-Key": "another"}).status_code == 202


def test_a_form_is_the_same_whatever_divides_its_parts(service: Service) -> None:
    headers = {"Idempotency-Key": "form"}
    responses = [service.post(files={"f": ("a.txt", TEXT.encode())}, headers=headers) for _ in range(2)]
    assert len({response.request.headers["Content-Type"] for response in responses}) == 2
    assert len({response.headers["Location"] for response in responses}) == 1
    assert_problem(service.post(files={"f": ("b.txt", TEXT.encode())}, headers=headers), 422, "idempotency_key_reused")


def test_articles_come_again(service: Service) -> None:
    def outcome(query: str = "", **fields: str) -> str:
        (article,) = service.done(service.post(query, json={"id": "zoo", **fields}))["articles"]
        said: str = article["outcome"]
        return said

    assert outcome(text="One penguin.") == "new"
    assert outcome(text="One penguin.") == "unchanged"
    assert outcome(text="Two penguins.") == "updated"
    assert outcome(text="One penguin.") == "superseded"
    assert outcome("?revert=true", text="One penguin.") == "updated"
    assert service.client.get("/v1/articles/zoo").json()["article"]["text"] == "One penguin."
    service.done(service.client.delete("/v1/articles/zoo"))
    assert outcome(text="One penguin.") == "erased"
    assert outcome("?readmit=true", text="One penguin.") == "updated"


# -- what there is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["quay", "quay-copy", "ferry", "opera"]),
        ("?sources=harbour%20post", ["quay"]),
        ("?sources=Harbour%20Post&sources=Civic%20Courier", ["quay", "quay-copy", "ferry"]),
        ("?authors=Transport%20Desk", ["ferry"]),
        ("?after=2016-06-08", ["quay-copy", "ferry"]),
        ("?after=2016-06-08T08:30:01%2B02:00&before=2016-06-10", ["ferry"]),
        ("?genres=opinion", []),
    ],
)
def test_a_listing_is_filtered_and_divided_into_pages(service: Service, query: str, ids: list[str]) -> None:
    whole = service.client.get(f"/v1/articles{query}").json()
    assert [each["article"]["article_id"] for each in whole["articles"]] == ids
    assert whole["next_cursor"] is None
    paged: list[dict[str, Any]] = []
    cursor = 0
    while cursor is not None:
        separator = "&" if query else "?"
        page = service.client.get(f"/v1/articles{query}{separator}limit=1&cursor={cursor}").json()
        assert len(page["articles"]) <= 1
        paged += page["articles"]
        cursor = page["next_cursor"]
    assert paged == whole["articles"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=soon", "after"),
        ("before=2016-02-30", "before"),
        ("genres=poem", "genres"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=-1", "cursor"),
        ("cursor=9007199254740992", "cursor"),
        ("&".join(["sources=a"] * 501), "sources"),
    ],
)
def test_a_listing_that_cannot_be(service: Service, query: str, field: str) -> None:
    assert_problem(service.client.get(f"/v1/articles?{query}"), 400, "invalid_request", field)


def test_the_versions_of_an_article(service: Service) -> None:
    for text in ("One penguin.", "Two penguins."):
        service.done(service.post(json={"id": "zoo", "text": text}))
    stored = service.client.get("/v1/articles/zoo").json()
    assert [(each["version"], each["current"]) for each in stored["versions"]] == [(1, False), (2, True)]
    earlier = service.client.get("/v1/articles/zoo?version=1").json()
    assert (earlier["article"]["text"], earlier["state"]) == ("One penguin.", "updated")
    assert earlier["versions"] == stored["versions"]


def test_withdrawn_and_restored(service: Service) -> None:
    client = service.client
    assert client.post("/v1/ask", json={"question": QUESTION}).json()["citations"][0]["article_id"] == "quay"
    withdrawn = client.post("/v1/articles/quay/withdraw").json()
    assert withdrawn["changed"]
    assert client.post("/v1/articles/quay/withdraw").json() == withdrawn | {"changed": False}
    assert client.get("/v1/articles/quay").json()["withdrawn_at"] == withdrawn["withdrawn_at"]
    (listed,) = client.get("/v1/articles?limit=1").json()["articles"]
    assert listed["withdrawn_at"] == withdrawn["withdrawn_at"]
    assert client.post("/v1/ask", json={"question": QUESTION}).json()["citations"][0]["article_id"] == "quay-copy"
    restored = {"article_id": "quay", "withdrawn_at": None}
    assert client.post("/v1/articles/quay/restore").json() == restored | {"changed": True}
    assert client.post("/v1/articles/quay/restore").json() == restored | {"changed": False}
    assert client.post("/v1/ask", json={"question": QUESTION}).json()["citations"][0]["article_id"] == "quay"
    for act in ("withdraw", "restore"):
        assert_problem(client.post(f"/v1/articles/nowhere/{act}"), 404, "article_not_found")
        assert_problem(client.post(f"/v1/articles/quay/{act}?collection=zoo"), 404, "collection_not_found")


def test_erased_for_good(library: Library) -> None:
    ledger = Ledger(library.path / FILE)
    with TestClient(app_for(library, Answerer(library, ledger=ledger), runner=None)) as client:
        service = Service(client, library, Runner(library.path, client.app.state.keeper.queue, HashingEncoder))
        id = client.post("/v1/ask", json={"question": QUESTION}).json()["id"]
        service.post(json=ARTICLE)
        erasing = client.delete("/v1/articles/quay")
        assert service.runner.turn()  # before what was posted earlier
        (job,) = [each for each in service.jobs() if each["state"] == "done"]
        assert (job["kind"], job["counts"]["erased"]) == ("erase", 1)
        assert job["id"] == erasing.json()["id"]
        assert_problem(client.get("/v1/articles/quay"), 410, "article_erased")
        (listed,) = client.get("/v1/articles?limit=1").json()["articles"]
        assert listed["erased_at"]
        (citation,) = ledger.record(id).answer.citations[:1]
        assert (citation.state, citation.quote) == ("erased", "")
        service.work()
        assert service.done(client.delete("/v1/articles/quay"))["counts"]["erased"] == 1  # in case it was interrupted
        assert_problem(client.delete("/v1/articles/nowhere"), 404, "article_not_found")
        assert_problem(client.delete("/v1/articles/quay?collection=zoo"), 404, "collection_not_found")


# -- events ------------------------------------------------------------------------------------------------------------


def test_the_events_of_a_job_can_be_gone_on_with(service: Service) -> None:
    job = service.done(service.post(json=[{"id": "a", "text": "One."}, {}, {"id": "c", "text": "Three."}]))
    address = f"/v1/jobs/{job['id']}/events"
    response = service.client.get(address)
    assert response.headers["content-type"].startswith("text/event-stream")
    frames = response.text.strip().split("\n\n")
    assert [frame.splitlines()[:2] for frame in frames] == [
        ["id: 1", "event: rejected"],
        ["id: 2", "event: taken"],
        ["id: 3", "event: taken"],
        ["id: 4", "event: done"],
    ]
    assert json.loads(frames[-1].splitlines()[2].removeprefix("data: "))["job"] == job
    for after in range(4):
        resumed = service.client.get(address, headers={"Last-Event-ID": str(after)})
        assert resumed.text.strip().split("\n\n") == frames[after:]
    assert service.client.get(address, headers={"Last-Event-ID": "4"}).status_code == 204
    assert service.client.get(address, headers={"Last-Event-ID": "x"}).text == response.text


def test_jobs_are_listed_in_pages(service: Service) -> None:
    posted = [service.post(json=ARTICLE).json()["id"] for _ in range(3)]
    service.runner.turn()
    page = service.client.get("/v1/jobs?limit=2").json()
    assert [job["id"] for job in page["jobs"]] == [posted[2], posted[1]]
    rest = service.client.get("/v1/jobs", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [job["id"] for job in rest["jobs"]] == [posted[0]]
    assert rest["next_cursor"] is None
    done = service.client.get("/v1/jobs?state=done").json()["jobs"]
    assert [job["id"] for job in done] == [posted[0]]
    assert len(service.client.get("/v1/jobs?state=queued&collection=main").json()["jobs"]) == 2
    assert service.client.get("/v1/jobs?collection=zoo").json()["jobs"] == []
    assert_problem(service.client.get("/v1/jobs?state=lost"), 400, "invalid_request", "state")
    assert_problem(service.client.get("/v1/jobs/nowhere"), 404, "job_not_found")
    assert_problem(service.client.get("/v1/jobs/nowhere/events"), 404, "job_not_found")


# -- whose they are ----------------------------------------------------------------------------------------------------


def test_what_keys_may_do(service: Service) -> None:
    keys = Keys(service.library.path)

    def key(*scopes: Scope, collections: tuple[str, ...] | None = ("main",)) -> dict[str, str]:
        return {"Authorization": f"Bearer {keys.create('a', scopes, collections)[1]}"}

    reading, bringing, ruling = key("ask"), key("ingest"), key("admin")
    other = key("admin", collections=("zoo",))
    client = service.client
    assert_problem(service.post(json=ARTICLE, headers=reading), 403, "scope_missing")
    assert_problem(service.post("?readmit=true", json=ARTICLE, headers=bringing), 403, "scope_missing")
    assert service.post("?readmit=true", json=ARTICLE, headers=ruling).status_code == 202
    assert_problem(client.post("/v1/articles/quay/withdraw", headers=reading), 403, "scope_missing")
    assert_problem(client.delete("/v1/articles/quay", headers=bringing), 403, "scope_missing")
    assert_problem(service.post("?collection=zoo", json=ARTICLE, headers=bringing), 404, "collection_not_found")
    repeated = {"Idempotency-Key": "a"}
    posted = service.post(json=ARTICLE, headers=bringing | repeated)
    assert posted.status_code == 202
    for address in (posted.headers["Location"], f"{posted.headers['Location']}/events"):
        theirs, nowhere = (client.get(each, headers=other) for each in (address, address.replace("jobs/", "jobs/0")))
        assert_problem(theirs, 404, "job_not_found")
        assert theirs.json() == nowhere.json()
    assert client.get("/v1/jobs", headers=other).json()["jobs"] == []
    assert_problem(client.get("/v1/jobs?collection=main", headers=other), 404, "collection_not_found")
    assert len(client.get("/v1/jobs", headers=bringing).json()["jobs"]) == 2
    assert client.get("/v1/collections", headers=other).json()["collections"] == []
    mine = client.get("/v1/collections", headers=reading).json()["collections"]
    assert [each["name"] for each in mine] == ["main"]
    # The key of a request is one of its sender's.
    assert service.post(json=[ARTICLE], headers=ruling | repeated).status_code == 202
    assert_problem(service.post(json=[ARTICLE], headers=bringing | repeated), 422, "idempotency_key_reused")
    keys.close()


def test_an_article_of_a_job_is_quoted(service: Service, articles: list[Article]) -> None:
    service.done(
        service.post(json=[{"title": "Keeper retires", "text": "The keeper of the penguins retired on Friday."}])
    )
    answer = service.client.post("/v1/ask", json={"question": "When did the keeper of the penguins retire?"}).json()
    assert "retired on Friday" in answer["text"]
    assert len(service.client.get("/v1/articles").json()["articles"]) == len(articles) + 1
