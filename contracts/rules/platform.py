"""Rules: platform."""
