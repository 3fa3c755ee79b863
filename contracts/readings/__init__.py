"""The command that shows what the documentation leaves open."""
