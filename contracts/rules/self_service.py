"""Rules: self_service."""
