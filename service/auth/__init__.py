"""Who calls, and what they may do: API keys, their scopes and collections, and how often they may be used."""
