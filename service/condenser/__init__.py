"""A question and its history to what is searched for: what it leaves unsaid, its parts, dates and outlets it names."""
