"""Mocks that are wrong in one place each: what a check is worth shows in whether it catches them."""

from collections.abc import Mapping
from itertools import chain

from mockserver.datasets.document import suggestion
from mockserver.mutants import (
    auth,
    availability,
    booking_answers,
    booking_bodies,
    bookings,
    charges,
    costs,
    errors,
    framing,
    http,
    idempotency,
    instants,
    leaks,
    limit_headers,
    limits,
    moments,
    near_misses,
    nearly,
    organizations,
    paging,
    platform,
    races,
    read_back,
    replays,
    requests,
    rescheduling,
    seats,
    self_service,
    selling,
    slots,
    spelling,
    tenancy,
    unserved,
    webhooks,
)
from mockserver.mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant", "UnknownMutantError", "find"]

_TOPICS = (
    *(auth, tenancy, errors, requests, spelling, http, framing, leaks),
    *(limits, limit_headers, charges, costs, idempotency, replays, nearly, races),
    *(bookings, booking_bodies, booking_answers, self_service, rescheduling, read_back, selling, near_misses),
    *(organizations, slots, availability, seats, platform, paging, instants, moments, unserved, webhooks),
)

MUTANTS: Mapping[str, Mutant] = {
    mutant.name: mutant for mutant in chain.from_iterable(topic.MUTANTS for topic in _TOPICS)
}


class UnknownMutantError(ValueError):
    """One sentence for the user."""


def find(name: str) -> Mutant:
    """Raises UnknownMutantError."""
    try:
        return MUTANTS[name]
    except KeyError:
        raise UnknownMutantError(f'there is no mutant "{name}"{suggestion(name, MUTANTS.keys())}') from None
