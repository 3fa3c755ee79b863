"""Promises that a run is held to."""
