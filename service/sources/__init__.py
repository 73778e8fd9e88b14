"""The articles as a chat model sees them: numbered sources whose sentences carry ids."""
