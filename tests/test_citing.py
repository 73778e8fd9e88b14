from pathlib import Path

import pytest
from fakes import make_library

from embeddings.articles import Article, Sentence
from embeddings.evidence import Candidate
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
    ((one, new),) = made.cite([first])
    ((two, _),) = made.cite([second])
    ((again, newly),) = made.cite([first, first])
    assert (one.number, two.number, again.number) == (1, 2, 1)
    assert (new, newly) == (True, False)
    article = library.retriever("main").article(one.article_id, one.version)
    assert article.text[one.start : one.end] == one.quote == first.sentence.text


def test_the_earliest_copy_is_cited_and_the_other_named(library: Library, retrieval: Retrieval) -> None:
    candidate = library.retriever("main").candidates(retrieval)[0][0]
    ((citation, _),) = citations(library, retrieval).cite([candidate])
    assert citation.article_id == "quay"
    assert [carrier.article_id for carrier in citation.carriers] == ["quay-copy"]


def test_only_what_was_retrieved_can_be_cited(library: Library) -> None:
    retriever = library.retriever("main")
    opera = retriever.retrieve("opera ballet lighthouse", k=1)
    quay = retriever.retrieve("crane quay rust", k=1)
    candidate = retriever.candidates(quay)[0][0]
    with pytest.raises(CitationBroken, match="not retrieved"):
        Citations(opera.hits, retriever.article, retriever.saying).cite([candidate])


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
            made.cite([Candidate(hit=hit, sentence=sentence, similarity=0.0, terms=())])


def test_a_citation_says_who_speaks_on_which_page_and_in_what_sort_of_text(tmp_path: Path) -> None:
    lead = "The quay was closed on Monday."
    said = "“The crane was rusted through,” said Anna Berg."
    text = f"{lead}\n\n{said}"
    paper = Article(id="paper", title="Quay closed", text=text, genre="analysis", pages=(0, len(lead) + 2, len(text)))
    library = make_library(tmp_path, [paper])
    retrieval = library.retriever("main").retrieve("crane rusted", k=1)
    (candidates,) = library.retriever("main").candidates(retrieval)
    made = citations(library, retrieval)
    first, second = (made.cite([each])[0][0] for each in candidates)
    assert (first.page, first.speech, first.genre) == (1, None, "analysis")
    assert (second.page, second.genre) == (2, "analysis")
    assert second.speech is not None
    assert (second.speech.speaker, second.speech.cue) == ("Anna Berg", "said")
    assert text[second.speech.speaker_start : second.speech.speaker_end] == "Anna Berg"
    assert text[second.speech.cue_start : second.speech.cue_end] == "said"


def test_an_article_without_pages_has_none_to_cite(library: Library, retrieval: Retrieval) -> None:
    candidate = library.retriever("main").candidates(retrieval)[0][0]
    assert citations(library, retrieval).cite([candidate])[0][0].page is None


def test_sentences_that_follow_each_other_are_one_citation(library: Library, retrieval: Retrieval) -> None:
    made = citations(library, retrieval)
    quay, other = library.retriever("main").candidates(retrieval)[:2]
    cited = made.cite([other[0], quay[1], quay[0], quay[1]])
    article = library.retriever("main").article("quay", 1)
    assert [citation.number for citation, _ in cited] == [1, 2]
    assert [citation.article_id for citation, _ in cited] == [other[0].hit.article.article_id, "quay"]
    joined = cited[1][0]
    assert joined.quote == article.text[joined.start : joined.end]
    assert joined.quote.startswith(quay[0].sentence.text)
    assert joined.quote.endswith(quay[1].sentence.text)
    assert [carrier.article_id for carrier in joined.carriers] == ["quay-copy"]


def test_sentences_with_others_between_them_are_cited_each(library: Library, retrieval: Retrieval) -> None:
    quay = library.retriever("main").candidates(retrieval)[0]
    cited = citations(library, retrieval).cite([quay[2], quay[0]])
    assert [citation.quote for citation, _ in cited] == [quay[2].sentence.text, quay[0].sentence.text]


def test_what_cannot_all_be_cited_leaves_no_number_behind(library: Library, retrieval: Retrieval) -> None:
    made = citations(library, retrieval)
    quay = library.retriever("main").candidates(retrieval)[0]
    broken = Sentence(start=quay[2].sentence.start, end=quay[2].sentence.end, text="Something else.")
    with pytest.raises(CitationBroken):
        made.cite([quay[0], Candidate(hit=quay[2].hit, sentence=broken, similarity=0.0, terms=())])
    assert made.cite([quay[1]])[0][0].number == 1
