"""What the body and the headers of refusals hold."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from tests.mockserver.mutant_server import SALON, Server, truths

OTHERS = ("sarah@", "sarah johnson", "book_", "555", "2025-12-03t15:00:00z", "neighborhood")


def tells_nothing(refuse: Callable[[Server, str], TestResponse], status: int) -> Callable[[Server], None]:
    def scenario(server: Server) -> None:
        server.get(SALON)
        number = server.booked()
        answer = refuse(server, number)
        told = answer.get_data(as_text=True) + " ".join(value for _, value in answer.headers)
        assert answer.status_code == status
        assert not [one for one in OTHERS if one in told.lower()]

    return scenario


def canceled_twice(server: Server, number: str) -> TestResponse:
    server.cancel(number)
    return server.cancel(number)


a_wrong_contact = tells_nothing(lambda server, number: server.lookup(number, "somebody@else.com"), 403)
a_taken_slot = tells_nothing(lambda server, _: server.create(), 409)

CASES = truths(
    {
        "mismatch-tells-contact": a_wrong_contact,
        "mismatch-hints-at-contact": a_wrong_contact,
        "forbidden-tells-tenant": tells_nothing(lambda server, _: server.get(SALON, "harbor_public"), 403),
        "conflict-tells-holder": a_taken_slot,
        "conflict-tells-phone": a_taken_slot,
        "not-found-tells-number": tells_nothing(lambda server, _: server.lookup("BOOK_NOBODYS00"), 404),
        "unprocessable-tells-name": tells_nothing(canceled_twice, 422),
        "unauthorized-tells-time": tells_nothing(lambda server, _: server.get(SALON, None), 401),
    }
)
