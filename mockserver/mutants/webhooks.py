"""Webhooks that are told otherwise than the contract says: in form, of other things, to others, and when they fail."""

from dataclasses import replace

from mockserver.mutants.amended import ruled
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.telling import (
    DELIVERY_ID,
    SIGNATURE,
    TIMESTAMP,
    ForgetsWhatItGivesUp,
    SignsForTheFirst,
    TellsOfConfirmation,
    TellsOfEverything,
    TellsOutOfOrder,
    TellsWhatItWas,
    happening,
    headed,
    of_a_stranger,
    rescheduled_at,
    sent,
    succeeding,
    told,
    without_contact,
)

MUTANTS = (
    Mutant(
        "webhooks-not-sent",
        "webhooks.delivery",
        "Endpoints can be registered, and are told of nothing.",
        happening(lambda _: ()),
    ),
    Mutant(
        "webhook-put",
        "webhooks.delivery",
        "Deliveries are sent with PUT.",
        sent(lambda post: post._replace(method="PUT")),
    ),
    Mutant(
        "webhook-as-text",
        "webhooks.delivery",
        "Deliveries say that they are plain text.",
        headed("Content-Type", lambda _: "text/plain"),
    ),
    Mutant(
        "webhook-without-contact",
        "webhooks.payload",
        "Deliveries leave out who booked.",
        told(without_contact),
    ),
    Mutant(
        "webhook-of-another-contact",
        "webhooks.payload",
        "Deliveries name somebody else than who booked.",
        told(of_a_stranger),
    ),
    Mutant(
        "webhook-of-the-past",
        "webhooks.payload",
        "Deliveries tell of a booking as it was when it was made.",
        lambda parts: replace(parts, webhooks=TellsWhatItWas),
    ),
    Mutant(
        "webhook-unsigned",
        "webhooks.header.signature",
        "Deliveries have no signature.",
        headed(SIGNATURE, lambda _: None),
    ),
    Mutant(
        "webhook-timestamp-in-milliseconds",
        "webhooks.header.timestamp",
        "The timestamp of a delivery is in milliseconds.",
        headed(TIMESTAMP, lambda seconds: f"{seconds}000"),
    ),
    Mutant(
        "webhook-without-timestamp",
        "webhooks.header.timestamp",
        "Deliveries do not say when they were sent.",
        headed(TIMESTAMP, lambda _: None),
    ),
    Mutant(
        "webhook-ids-alike",
        "webhooks.header.delivery_id",
        "All deliveries have one id.",
        headed(DELIVERY_ID, lambda _: "whk_1"),
    ),
    Mutant(
        "webhook-signature-in-capitals",
        "webhooks.signature_form",
        "The signature is written in upper-case hex.",
        headed(SIGNATURE, str.upper),
    ),
    Mutant(
        "webhook-signature-of-body",
        "webhooks.signature",
        "The signature is that of the body alone, without the timestamp.",
        ruled("webhooks.signature", "hex(hmac-sha256(secret, body))"),
    ),
    Mutant(
        "webhook-signed-for-another",
        "webhooks.chosen_for_each",
        "Deliveries are signed with the secret of the endpoint that was registered first.",
        lambda parts: replace(parts, dispatcher=SignsForTheFirst),
    ),
    Mutant(
        "webhook-events-not-chosen",
        "webhooks.chosen_for_each",
        "Endpoints are told of events that were not chosen for them, too.",
        lambda parts: replace(parts, webhooks=TellsOfEverything),
    ),
    Mutant(
        "webhook-creation-untold",
        "webhooks.events",
        "No endpoint is told that a booking was made.",
        happening(lambda what: () if what == "created" else (what,)),
    ),
    Mutant(
        "webhook-cancellation-untold",
        "webhooks.events",
        "No endpoint is told that a booking was canceled.",
        happening(lambda what: () if what == "canceled" else (what,)),
    ),
    Mutant(
        "webhook-move-told-as-creation",
        "webhooks.updated_means",
        "That a booking was moved is told as if it had been made.",
        happening(lambda what: ("created",) if what == "rescheduled" else (what,)),
    ),
    Mutant(
        "webhook-update-on-cancellation",
        "webhooks.updated_means",
        "That a booking was canceled is told as an update, too.",
        happening(lambda what: ("rescheduled", what) if what == "canceled" else (what,)),
    ),
    Mutant(
        "webhook-update-on-confirmation",
        "webhooks.updated_means",
        "That a booking was confirmed is told as an update.",
        lambda parts: replace(parts, bookings=TellsOfConfirmation),
    ),
    Mutant(
        "webhook-http-anywhere",
        "webhooks.https_only",
        "Endpoints beyond the machine may be of http.",
        ruled("webhooks.https_only", False),
    ),
    Mutant(
        "webhook-http-refused-on-loopback",
        "webhooks.http_on_loopback",
        "Endpoints of http are refused, on the machine itself too.",
        ruled("webhooks.http_on_loopback", False),
    ),
    Mutant(
        "webhook-secret-prefix",
        "webhooks.secret_prefix",
        "Secrets begin with `secret_`.",
        ruled("webhooks.secret_prefix", "secret_"),
    ),
    Mutant(
        "webhook-never-retried",
        "webhooks.failed_are_retried",
        "What failed is given up at once.",
        ruled("webhooks.failed_are_retried", False),
    ),
    Mutant(
        "webhook-redirect-taken",
        "webhooks.success",
        "A receiver that answers with a redirect counts as one that has taken the delivery.",
        succeeding(*range(200, 400)),
    ),
    Mutant(
        "webhook-no-content-retried",
        "webhooks.success",
        "A receiver that answers 204 is sent the delivery again.",
        succeeding(200),
    ),
    Mutant(
        "webhook-retried-early",
        "webhooks.retries",
        "The first retry comes after 2 seconds.",
        rescheduled_at(2, 60, 300, 1800, 7200),
    ),
    Mutant(
        "webhook-retried-late",
        "webhooks.retries",
        "The second retry comes after 2 minutes.",
        rescheduled_at(10, 120, 300, 1800, 7200),
    ),
    Mutant(
        "webhook-retried-once-more",
        "webhooks.retries",
        "There is a sixth retry.",
        rescheduled_at(10, 60, 300, 1800, 7200, 7200),
    ),
    Mutant(
        "webhook-id-not-kept",
        "webhooks.delivery_id_kept",
        "A delivery that is tried again has another id.",
        ruled("webhooks.delivery_id_kept", False),
    ),
    Mutant(
        "webhook-out-of-order",
        "webhooks.order",
        "What happened to a booking is told of at once, whether or not what came before was taken.",
        lambda parts: replace(parts, webhooks=TellsOutOfOrder),
    ),
    Mutant(
        "webhook-given-up-forgotten",
        "webhooks.given_up",
        "A delivery that was given up is forgotten.",
        lambda parts: replace(parts, dispatcher=ForgetsWhatItGivesUp),
    ),
)
