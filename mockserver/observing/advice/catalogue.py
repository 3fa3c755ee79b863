"""Every mistake that is looked for: the statement of the contract that speaks of it, the advice, and the remedy.

docs/advice.md tells of the same; what the mock looks at stands in the file of the topic, the first word of the id.
"""

from typing import NamedTuple


class Described(NamedTuple):
    """`statement` is the contract's, which has the page and how sure it is; {braces} are names of headers there."""

    id: str
    statement: str
    advice: str
    remedy: str


MISTAKES = (
    Described(
        "retries.too-early",
        "errors.advice_429",
        "A request was sent again before the time was over that the answer had said to wait.",
        "Wait as many seconds as Retry-After says, at least, before the next try.",
    ),
    Described(
        "retries.no-backoff",
        "errors.advice_429",
        "A request that failed was tried again and again, and the waits did not grow.",
        "Back off exponentially: double the wait with each try, vary it a little, and give up in the end.",
    ),
    Described(
        "idempotency.no-key",
        "idempotency",
        "A booking was sent again without an idempotency key: had the first one been made, there would be two.",
        "Send a key of your own making with each new booking ({idempotency}), and the same one with each retry of it.",
    ),
    Described(
        "idempotency.booked-twice",
        "idempotency",
        "The same booking was made twice, as it was sent again without an idempotency key.",
        "Send a key of your own making with each new booking ({idempotency}), and the same one with each retry of it.",
    ),
    Described(
        "idempotency.new-key",
        "idempotency",
        "A booking was tried again with another idempotency key, which makes it another booking.",
        "Make the key when the booking is decided on, keep it with the booking, and send it with every try.",
    ),
    Described(
        "idempotency.other-body",
        "errors.422.idempotency_key_reused",
        "An idempotency key that had been used came again with another body.",
        "Make a new key for each new booking; a key that is made from what is booked changes with it.",
    ),
    Described(
        "credentials.browser",
        "auth.key.client_side",
        "An API key was sent by a page in a browser, where everybody can read it.",
        "Let the page ask a backend of yours, and the backend ask the API with the key.",
    ),
    Described(
        "credentials.query",
        "auth.key.header",
        "An API key stood in a URL, which ends up in logs and histories.",
        "Send the key in the header {key}, nowhere else; and replace this one.",
    ),
    Described(
        "credentials.production",
        "auth.key.one_per_environment",
        "A production key was sent to a mock.",
        "Use a key of its own for each environment, here one of the mock's; replace a real one that has been in tests.",
    ),
    Described(
        "credentials.age",
        "auth.key.rotation_days",
        "An API key is older than keys should become.",
        "Make a new key, let the client use it, and revoke the old one; let that be done by a schedule.",
    ),
    Described(
        "repeats.polling",
        "webhooks.events",
        "Bookings were asked for again and again, though nothing had changed.",
        "Register a webhook: it tells when a booking is made, moved or canceled.",
    ),
    Described(
        "repeats.uncached",
        "errors.advice_429",
        "The same organization or service was asked for again and again.",
        "Keep the answer for some minutes: names, prices and settings seldom change.",
    ),
    Described(
        "availability.not-asked",
        "availability.offered_is_bookable",
        "A slot was booked without having asked what is free.",
        "Ask for the availability first, and book a slot that is offered there.",
    ),
    Described(
        "spelling.member",
        "spelling.field.start",
        "A member was sent under a name that the operation does not read.",
        "Spell each member as the operation's own page does: the same thing has other names in other places.",
    ),
    Described(
        "spelling.plus",
        "time.offset",
        "A + stood in a query as it is, and arrived as a space.",
        "Let a library write the query, or escape it as %2B; give times with Z.",
    ),
    Described(
        "webhooks.late",
        "webhooks.timeout_seconds",
        "A receiver of webhooks did not answer in time.",
        "Write the delivery down, answer at once, and work on it afterwards.",
    ),
    Described(
        "webhooks.failed",
        "webhooks.success",
        "A receiver of webhooks did not answer with success.",
        "Answer 2xx to every delivery that is rightly signed, also to one that came before or that is of no use.",
    ),
    Described(
        "webhooks.signature",
        "webhooks.header.signature",
        "A receiver of webhooks took a delivery whose signature was wrong.",
        "Compute the signature of the raw body with the secret, compare it in constant time, and refuse what differs.",
    ),
)
