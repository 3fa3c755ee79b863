"""Rules: bookings, from creation to cancellation."""
