"""The process: its socket, its server, its banner and ready-file."""
