"""What is kept and told of requests that were answered."""
