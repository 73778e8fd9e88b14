"""Whether what a chat model wrote is borne out by the sentences of articles that it cites."""
