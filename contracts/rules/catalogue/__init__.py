"""Rules: organizations and their services."""
