"""Rules: bookings."""
