"""Servers beside one another, and beside the contract, by what they answer."""
