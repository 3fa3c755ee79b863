"""Rules: rate limits and their headers."""
