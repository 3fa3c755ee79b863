"""What to ask a limiter: round after round, until its answers leave one hypothesis for each policy."""
