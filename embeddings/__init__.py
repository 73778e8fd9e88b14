"""Text in, hits out: articles are extracted, split, encoded, stored and searched here. No web, no chat model."""
