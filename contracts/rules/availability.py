"""Rules: availability."""
