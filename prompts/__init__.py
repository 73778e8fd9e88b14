"""The prompts of the chat model, one Markdown file each. None yet: the only answerer so far quotes, and needs none."""
