"""HTTP and nothing but: requests become calls of the use cases, what these return becomes answers."""
