"""What the client under development does against the documentation's own advice, found in what it asked."""
