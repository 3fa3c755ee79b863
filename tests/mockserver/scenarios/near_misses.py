"""Who is let in with a contact that is nearly right."""

from collections.abc import Callable

from tests.mockserver.mutant_server import Server, truths


def refused_with(near: str, **wish: object) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        assert server.lookup(server.booked(**wish), near).status_code == 403

    return scenario


def contact_of_another_booking(server: Server) -> None:
    other = {"name": "Ada", "email": "ada@example.com"}
    server.booked(starts_at="2025-12-04T15:00:00Z", ends_at="2025-12-04T16:00:00Z", contact=other)
    assert server.lookup(server.booked(), "ada@example.com").status_code == 403


def canceled_booking(server: Server) -> None:
    number = server.booked()
    server.cancel(number)
    assert server.lookup(number, "somebody@else.com").status_code == 403


def key_and_a_wrong_contact(server: Server) -> None:
    headers = {"x-kordless-key": server.key("acme_public")}
    assert server.lookup(server.booked(), "somebody@else.com", headers=headers).status_code == 403


CASES = truths(
    {
        "contact-by-beginning": refused_with("sarah"),
        "contact-by-last-digits": refused_with("1234567"),
        "contact-by-pattern": refused_with("%"),
        "no-phone-matches-none": refused_with("+", contact={"name": "Ada", "email": "ada@example.com"}),
        "contact-of-anybody": contact_of_another_booking,
        "canceled-not-verified": canceled_booking,
        "key-stands-for-contact": key_and_a_wrong_contact,
    }
)
