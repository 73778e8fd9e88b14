"""What the log has of an answer, as lines for a terminal."""

from collections.abc import Iterator

import click
from msgspec import structs

from embeddings.articles import Filter, Query
from service.answers import Answer, AnswerSentence, Doubt
from service.cli.display import byline, citation_lines, day, doubt_words, plain, wrapped
from service.ledger.records import Considered, Dropped, Outcome, Record
from service.ledger.resolving import Resolved, ResolvedCitation

_ERASED = "(erased)"


def sections(found: Resolved) -> Iterator[list[str]]:
    """All that the log has of an answer, in sections of lines."""
    record = found.record
    answer = record.answer
    yield [click.style(plain(answer.question), bold=True), *_facts(record)]
    yield _titled("Searched for", [_query(query) for query in answer.queries])
    yield _titled("Answer", [*map(_sentence, answer.sentences), *(wrapped(plain(note)) for note in answer.notes)])
    yield _titled("Not answered", [plain(part) for part in answer.missing])
    yield _titled("Sources", [_citation(each) for each in found.citations])
    yield _titled("Nearest passages", list(_nearest(answer)))
    yield _titled("Not shown", [_dropped(each) for each in record.dropped])
    yield _titled(f"Passages found ({len(record.candidates)})", [_candidate(each) for each in record.candidates])


def _facts(record: Record) -> Iterator[str]:
    answer = record.answer
    yield _fact("answer", f"{answer.id}, collection {answer.collection} at change {answer.seq}")
    moment = f"{record.asked_at:%Y-%m-%d %H:%M:%S %Z}"
    yield _fact("asked", f"{moment}, understood as of {day(answer.as_of)}; k = {record.k}{_wanted(record.filters)}")
    for turn in record.history:
        yield _fact("before", plain(turn.text) if turn.role == "user" else "(an answer)")
    failure = f": {plain(record.failure)}" if record.failure else ""
    yield _fact("outcome", f"{said(record.outcome)}{failure}")
    model = f", {plain(answer.model)}" if answer.model else ""
    reason = f", because of the chat model: {plain(answer.fallback_reason)}" if answer.fallback_reason else ""
    yield _fact("answerer", f"{answer.answerer}{model}{reason}")
    if record.prompt_digests:
        yield _fact("prompts", ", ".join(f"{name} {digest}" for name, digest in record.prompt_digests.items()))
    if answer.usage:
        articles = "" if record.source_tokens is None else f"; about {record.source_tokens} of them articles"
        used = f"{answer.usage.prompt_tokens} in, {answer.usage.completion_tokens} out{articles}"
        yield _fact("tokens", used)
    if record.unknown_marks:
        yield _fact("marks", f"{record.unknown_marks} named what the chat model was not offered")
    yield _fact("took", ", ".join(f"{name} {ms:.0f} ms" for name, ms in answer.timings_ms.items()))


def _fact(name: str, text: str) -> str:
    return f"{name:9} {text}"


def _titled(title: str, lines: list[str]) -> list[str]:
    return [click.style(title, bold=True), *lines] if lines else []


def _query(query: Query) -> str:
    favoured = _wanted(query.favoured)
    return f"  {plain(query.text) or _ERASED}{_wanted(query.wanted)}{favoured and f'; rather{favoured[1:]}'}"


def _wanted(wanted: Filter) -> str:
    """What a filter admits, field by field; empty for all."""
    said = [
        f"{name} {', '.join(value) if isinstance(value, tuple) else f'{value:%Y-%m-%d}'}"
        for name, value in structs.asdict(wanted).items()
        if value
    ]
    return f"; {plain('; '.join(said))}" if said else ""


def _sentence(sentence: AnswerSentence) -> str:
    marks = "".join(f"[{number}]" for number in sentence.citations)
    return _marked(sentence.text, marks, sentence.status, sentence.support, sentence.doubts)


def _dropped(dropped: Dropped) -> str:
    marks = "".join(
        f"[{mark.source}]" if mark.sentence is None else f"[{mark.source}.{mark.sentence}]" for mark in dropped.marks
    )
    return _marked(dropped.text, marks, dropped.why, dropped.support, dropped.doubts)


def _marked(text: str, marks: str, status: str, support: float | None, doubts: tuple[Doubt, ...]) -> str:
    how = [status, *([] if support is None else [f"support {support:.2f}"])]
    how += map(doubt_words, doubts)
    return f"{wrapped(f'{plain(text) or _ERASED} {marks}'.rstrip(), indent='  ')}\n    {'; '.join(how)}"


def _citation(citation: ResolvedCitation) -> str:
    since = f" {day(citation.since)}" if citation.since else ""
    if citation.state == "erased":
        return f"[{citation.number}] {byline(citation)}\n    erased{since and f' on{since}'}"
    state = "" if citation.state == "current" else f", {citation.state} since{since}"
    state += "" if citation.resolves else ", and does not stand there as it was quoted"
    lines = [f"{citation.passage_id}, characters {citation.start}-{citation.end}{state}"]
    if citation.current_version not in (None, citation.version):
        where = f"at characters {citation.current_start}-{citation.current_end}" if citation.stands else "no more"
        lines.append(f"in version {citation.current_version}, the current one, {where}")
    return "\n".join([citation_lines(citation), *(f"    {plain(line)}" for line in lines)])


def _nearest(answer: Answer) -> Iterator[str]:
    for hit in answer.nearest:
        yield f"  {byline(hit.article)}"
        if hit.passage.text:
            yield wrapped(plain(hit.passage.text), indent="    ")


def _candidate(candidate: Considered) -> str:
    shown = "" if candidate.source is None else f"  shown as source {candidate.source}"
    scores = f"{candidate.score:.3f}  by meaning {candidate.dense_score:.3f}, by words {candidate.lexical_score:.2f}"
    return f"  {candidate.rank:3}.  {scores}  {plain(candidate.passage_id)}{shown}"


def said(outcome: Outcome) -> str:
    """The outcome as people read it."""
    return outcome.replace("_", " ")
