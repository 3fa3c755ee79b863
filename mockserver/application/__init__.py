"""Use cases, without Flask and without HTTP."""
