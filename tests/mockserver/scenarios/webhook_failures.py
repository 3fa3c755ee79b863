"""Where endpoints may be, and what becomes of deliveries that they do not take."""

from functools import partial

from mockserver.mutants.webhooks import DELIVERY_ID, TIMESTAMP
from mockserver.ports import SECOND
from tests.mockserver.mutant_server import BEGIN, EVENTS, RECEIVER, Case, Server, truths

DAY = 24 * 3600  # seconds, after which all retries are over
OFTEN = [500] * 12  # more often than anything is tried
CREATED, _, CANCELED = EVENTS


# --- endpoints


def is_registered(url: str, server: Server) -> bool:
    return "id" in server.register(url)


def has_the_prefix(server: Server) -> None:
    assert server.endpoint().secret.startswith("whsec_")


# --- retries


def is_tried_again(status: int, server: Server) -> bool:
    endpoint = server.endpoint(answers=[status])
    server.booked()
    return len(server.delivered(endpoint, within=DAY)) > 1


def moments(server: Server) -> list[int]:
    """Seconds from a booking to each try to tell of it."""
    endpoint = server.endpoint(answers=OFTEN)
    server.booked()
    return [int(one.header(TIMESTAMP) or 0) - BEGIN // SECOND for one in server.delivered(endpoint, within=DAY)]


def keeps_its_id(server: Server) -> None:
    endpoint = server.endpoint(answers=OFTEN)
    server.booked()
    came = server.delivered(endpoint, within=DAY)
    assert len({one.header(DELIVERY_ID) for one in came}) == 1
    assert len({one.body for one in came}) == 1


def is_told_in_order(server: Server) -> None:
    endpoint = server.endpoint(answers=[500])
    number = server.booked()
    server.delivered(endpoint)
    server.cancel(number)
    told = [one.member("event") for one in server.delivered(endpoint, within=DAY)]
    assert set(told) == {CREATED, CANCELED}
    assert CREATED not in told[told.index(CANCELED) :]


def is_kept_when_given_up(server: Server) -> None:
    endpoint = server.endpoint(answers=OFTEN)
    server.booked()
    came = server.delivered(endpoint, within=DAY)
    log = server.control("GET", "deliveries")["deliveries"]
    assert [(one["state"], len(one["attempts"])) for one in log] == [("given up", len(came))]
    server.control("POST", f"deliveries/{log[0]['id']}/resend")
    assert len(server.delivered(endpoint)) == len(came) + 1


CASES = {
    "webhook-http-anywhere": Case(partial(is_registered, RECEIVER.replace("https", "http")), False, True),
    "webhook-http-refused-on-loopback": Case(partial(is_registered, "http://127.0.0.1:9000/"), True, False),
    "webhook-never-retried": Case(partial(is_tried_again, 500), True, False),
    "webhook-redirect-taken": Case(partial(is_tried_again, 302), True, False),
    "webhook-no-content-retried": Case(partial(is_tried_again, 204), False, True),
    "webhook-retried-early": Case(moments, [0, 10, 70, 370, 2170, 9370], [0, 2, 62, 362, 2162, 9362]),
    "webhook-retried-late": Case(moments, [0, 10, 70, 370, 2170, 9370], [0, 10, 130, 430, 2230, 9430]),
    "webhook-retried-once-more": Case(moments, [0, 10, 70, 370, 2170, 9370], [0, 10, 70, 370, 2170, 9370, 16570]),
    **truths(
        {
            "webhook-secret-prefix": has_the_prefix,
            "webhook-id-not-kept": keeps_its_id,
            "webhook-out-of-order": is_told_in_order,
            "webhook-given-up-forgotten": is_kept_when_given_up,
        }
    ),
}

IMPLIED = {
    "webhook-never-retried": {"webhooks.retries", "webhooks.success"},
}
