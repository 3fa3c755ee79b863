"""Rules: one key, one outcome."""
