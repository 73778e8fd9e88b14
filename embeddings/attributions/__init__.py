"""Who says what in an article, and by which words: read from its paragraphs, for the splitter and what comes after.

Rules over words, for English; what stands between quotation marks is found in any language. They were written for plain
news prose: what somebody says, thinks or demands, and who that is. No gender, no coreference beyond "he said".
"""

from embeddings.attributions.marking import attributed
from embeddings.attributions.reader import Attribution, attributions

__all__ = ["Attribution", "attributed", "attributions"]
