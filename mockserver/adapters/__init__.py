"""The only places that know real time and chance."""
