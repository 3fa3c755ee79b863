"""Rate limits: how algorithms count, and who is charged."""
