"""What is counted and timed while a load runs."""
