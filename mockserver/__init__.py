"""A stateful mock of the Kordless Booking API."""

__version__ = "0.1.0"  # kordkit's: looked up among what is installed, it would take a twentieth of a mock's start
