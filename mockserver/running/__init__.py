"""`kordkit run`: a command, and a mock beside it for as long as it runs."""
