"""Rules: tenancy."""
