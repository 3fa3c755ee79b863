"""What each scenario is there to ask."""

OPERATIONS = {
    "browse": {"getOrganization", "getService", "getAvailability"},
    "booking_flow": {"getAvailability", "createBooking", "lookupBooking", "rescheduleBooking", "cancelBooking"},
    "slot_race": {"createBooking"},
    "idempotency_storm": {"createBooking", "cancelBooking"},
    "self_service": {"createBooking", "lookupBooking", "cancelBooking"},
    "soak": {
        *("getOrganization", "getService"),
        *("getAvailability", "createBooking", "lookupBooking", "rescheduleBooking", "cancelBooking"),
    },
}
