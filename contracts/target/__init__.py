"""The server under test: who it is, how it is reached, how time passes for it."""
