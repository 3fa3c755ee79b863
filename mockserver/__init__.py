"""A stateful mock of the Kordless Booking API."""
