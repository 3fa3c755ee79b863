"""The algorithms that a limiter may count by, a file for each: how its bounds are searched, what it explains, what it
holds."""
