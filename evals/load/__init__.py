"""The service under load: how much it answers, how fast, and what becomes of what is too much."""
