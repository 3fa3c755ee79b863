"""What set-ups cost, in requests at most: the rules' own bounds (`requests=`) are made of these.

What a bound promises is for the limits as shipped; what is really sent follows the contract in force.
"""

MOST = 8  # services that are looked through
TRIES = 3  # to book a slot: others may be booking too

SETUP = 3  # organization, service and slots, where a rule is the first to fetch them
SURVEY = 1 + 2 * MOST  # the same of every service that is looked through
BOOKED = SETUP + TRIES  # until there is a booking
MOVED = BOOKED + TRIES  # until there is a booking that was moved
TAKEN = 2 * MOST  # until nothing is left at one start

LIMIT, CREATIONS, PLATFORM_LIMIT = 60, 10, 100  # requests that a window admits
MINUTE = 61  # seconds until nothing of a window counts any more
