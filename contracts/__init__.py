"""The promise of the Kordless Booking API, and everything that checks a server against it."""
