"""Question in, cited answer out: over HTTP and in the terminal, on top of `embeddings` and `prompts`."""
