"""How right the answers are on one's own articles: a file of questions in, figures and their comparison out."""
