"""What a documentation leaves open about slots and bookings, and whoever runs the API decides."""

from collections.abc import Collection
from typing import NamedTuple


class Choices(NamedTuple):
    """What is none of the `refusals` is let pass.

    `exact_email`: a contact's address matches in its own case alone. `host_kept`: a booking that is moved stays with
    its host where it can. `canceled_listed` and `newest_first` are about the platform's list.

    `full_listed`, `too_few_listed`: availability has slots without a free seat, and with fewer than the party wants.
    `buffers_add_up`: between two bookings lie the buffers of both, not the larger one. `capacity_left`: the capacity of
    a slot is what is left of it.
    """

    refusals: Collection[str]
    exact_email: bool
    host_kept: bool
    canceled_listed: bool
    newest_first: bool
    full_listed: bool
    too_few_listed: bool
    buffers_add_up: bool
    capacity_left: bool
