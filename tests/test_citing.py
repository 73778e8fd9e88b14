from pathlib import Path

import pytest
from fakes import make_library

from embeddings.articles import Article, Sentence
from embeddings.library import Library
from embeddings.retriever import Retrieval
from service.citing import Citations
from service.errors import CitationBroken


@pytest.fixture
def retrieval(library: Library) -> Retrieval:
    return library.retriever("main").retrieve("crane quay rust", k=3)


def citations(library: Library, retrieval: Retrieval) -> Citations:
    return Citations(retrieval.hits, library.retriever("main").article, library.retriever("main").saying)


def test_numbers_follow_use_and_one_span_has_one_number(library: Library, retrieval: Retrieval) -> None:
    made = citations(library, retrieval)
    passages = library.retriever("main").candidates(retrieval)
    first, second = passages[0][0], passages[0][1]
    one, new = made.cite(first.hit.passage.id, first.sentence)
    two, _ = made.cite(second.hit.passage.id, second.sentence)
    again, newly = made.cite(first.hit.passage.id, first.sentence)
    assert (one.number, two.number, again.number) == (1, 2, 1)
    assert (new, newly) == (True, False)
    article = library.retriever("main").article(one.article_id, one.version)
    assert article.text[one.start : one.end] == one.quote == first.sentence.text


def test_the_earliest_copy_is_cited_and_the_other_named(library: Library, retrieval: Retrieval) -> None:
    candidate = library.retriever("main").candidates(retrieval)[0][0]
    citation, _ = citations(library, retrieval).cite(candidate.hit.passage.id, candidate.sentence)
    assert citation.article_id == "quay"
    assert [carrier.article_id for carrier in citation.carriers] == ["quay-copy"]


def test_only_what_was_retrieved_can_be_cited(library: Library) -> None:
    retriever = library.retriever("main")
    opera = retriever.retrieve("opera ballet lighthouse", k=1)
    quay = retriever.retrieve("crane quay rust", k=1)
    sentence = retriever.candidates(quay)[0][0].sentence
    with pytest.raises(CitationBroken, match="not retrieved"):
        Citations(opera.hits, retriever.article, retriever.saying).cite(quay.hits[0].passage.id, sentence)


def test_a_quotation_that_is_not_what_is_stored_is_refused(library: Library, retrieval: Retrieval) -> None:
    made = citations(library, retrieval)
    hit = retrieval.hits[0]
    stored = hit.passage.text
    for sentence in (
        Sentence(start=hit.passage.start, end=hit.passage.start + 5, text=stored[:4] + "!"),
        Sentence(start=hit.passage.start + 1, end=hit.passage.start + 6, text=stored[:5]),
        Sentence(start=hit.passage.start, end=hit.passage.start, text=""),
        Sentence(start=hit.passage.end, end=hit.passage.end + 3, text="abc"),
    ):
        with pytest.raises(CitationBroken):
            made.cite(hit.passage.id, sentence)


def test_a_citation_says_who_speaks_on_which_page_and_in_what_sort_of_text(tmp_path: Path) -> None:
    lead = "The quay was closed on Monday."
    said = "“The crane was rusted through,” said Anna Berg."
    text = f"{lead}\n\n{said}"
    paper = Article(id="paper", title="Quay closed", text=text, genre="analysis", pages=(0, len(lead) + 2, len(text)))
    library = make_library(tmp_path, [paper])
    retrieval = library.retriever("main").retrieve("crane rusted", k=1)
    (candidates,) = library.retriever("main").candidates(retrieval)
    made = citations(library, retrieval)
    first, second = (made.cite(each.hit.passage.id, each.sentence)[0] for each in candidates)
    assert (first.page, first.speech, first.genre) == (1, None, "analysis")
    assert (second.page, second.genre) == (2, "analysis")
    assert second.speech is not None
    assert (second.speech.speaker, second.speech.cue) == ("Anna Berg", "said")
    assert text[second.speech.speaker_start : second.speech.speaker_end] == "Anna Berg"
    assert text[second.speech.cue_start : second.speech.cue_end] == "said"


def test_an_article_without_pages_has_none_to_cite(library: Library, retrieval: Retrieval) -> None:
    candidate = library.retriever("main").candidates(retrieval)[0][0]
    assert citations(library, retrieval).cite(candidate.hit.passage.id, candidate.sentence)[0].page is None
