"""Talking to the API before, during and after a load."""
