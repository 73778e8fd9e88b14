"""The service as programs know it that were written for OpenAI: chat completions and models."""
