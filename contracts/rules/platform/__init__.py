"""Rules: what an organization's own systems see."""
