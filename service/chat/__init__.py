"""The chat model that writes: any server that speaks OpenAI's chat completions."""
