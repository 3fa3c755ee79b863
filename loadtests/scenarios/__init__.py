"""What clients do, request by request, and nothing of how or when it is sent."""
