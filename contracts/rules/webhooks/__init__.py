"""Rules: webhooks, received by the check itself."""
