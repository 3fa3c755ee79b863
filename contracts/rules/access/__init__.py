"""Rules: who may do what."""
