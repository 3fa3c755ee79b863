"""A run of the check: which rules, in which order, measured against what."""
