"""Rules: which slots are offered."""
