"""The nine operations of the Booking API, and the one pipeline before them."""
