"""Each mutant breaks what it says it breaks, and nothing that another scenario looks at."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from contracts.spec import Contract
from mockserver.mutants import MUTANTS, UnknownMutantError, find
from mockserver.parts import STANDARD, Parts
from tests.mockserver.mutants.scenarios import SCENARIOS
from tests.mockserver.mutants.server import Server

SALON = "public/org/acme-salon"


def answers_until_refused(server: Server) -> int:
    return next(number for number in range(100) if server.get(SALON).status_code == 429)


def another_key_when_one_is_exhausted(server: Server) -> int:
    answers_until_refused(server)
    return server.get("public/org/harbor-clinic", "harbor_public").status_code


def status_after_waiting_as_told(server: Server) -> int:
    answers_until_refused(server)
    server.advance(int(server.get(SALON).headers["Retry-After"]))
    return server.get(SALON).status_code


def remaining_after_one_request(server: Server) -> str:
    return server.get(SALON).headers["X-RateLimit-Remaining"]


def general_limit_after_twenty_creations(server: Server) -> int:
    for _ in range(20):
        server.ask("POST", "public/bookings", json={})
    mock = server.built.mock
    ((_, usage),) = mock.limiter.usages([mock.policies["public-general"]], mock.clock.now())
    return usage.remaining


def same_key_other_body(server: Server) -> int:
    server.create("k")
    return server.create("k", notes="another").status_code


def mark_of_a_replay(server: Server) -> tuple[int, str | None]:
    server.create("k")
    again = server.create("k")
    return again.status_code, again.headers.get("Idempotency-Replayed")


def corrected_request_with_the_same_key(server: Server) -> list[int]:
    return [server.create("k", timezone="Nowhere").status_code, server.create("k").status_code]


def foreign_organization(server: Server) -> int:
    return server.get("public/org/harbor-clinic").status_code


def revoked_key(server: Server) -> int:
    return server.get(SALON, "acme_revoked").status_code


def slot_of_a_canceled_booking(server: Server) -> list[bool]:
    number = server.booked()
    while_booked = "2025-12-03T15:00:00Z" in server.starts()
    server.cancel(number)
    return [while_booked, "2025-12-03T15:00:00Z" in server.starts()]


def canceling_twice(server: Server) -> list[int]:
    number = server.booked()
    return [server.cancel(number).status_code, server.cancel(number).status_code]


def status_of_a_canceled_booking(server: Server) -> list[str]:
    number = server.booked()
    answers = [server.lookup(number), server.cancel(number), server.lookup(number)]
    return [answer.json["booking"]["status"] for answer in answers if answer.json]


def number_in_lower_case(server: Server) -> list[int]:
    number = server.booked()
    return [server.lookup(number).status_code, server.lookup(number.lower()).status_code]


def wrong_contact(server: Server) -> int:
    return server.lookup(server.booked(), "somebody@else.com").status_code


def canceling_seven_hours_before(server: Server) -> int:
    number = server.booked(starts_at="2025-12-01T15:00:00Z", ends_at="2025-12-01T16:00:00Z")
    return server.cancel(number).status_code


def offers_for_nine_where_eight_fit(server: Server) -> list[bool]:
    return [bool(server.starts("styling-class", partySize=size)) for size in (8, 9)]


def statuses_listed(server: Server) -> list[str]:
    server.cancel(server.booked())
    server.create(starts_at="2025-12-04T15:00:00Z", ends_at="2025-12-04T16:00:00Z")
    answer = server.get("bookings", "acme_platform", headers={"x-organization-id": "abc123"})
    return sorted(booking["status"] for booking in answer.json["bookings"])  # type: ignore[index]


def members_of_an_error(server: Server) -> set[str]:
    return set(server.get("public/nowhere").json)  # type: ignore[arg-type]


def allow_of_a_405(server: Server) -> tuple[int, str | None]:
    answer = server.ask("DELETE", SALON)
    return answer.status_code, answer.headers.get("Allow")


class Case(NamedTuple):
    scenario: Callable[[Server], object]
    right: object
    wrong: object


CASES = {
    "limit-off-by-one": Case(answers_until_refused, 60, 61),
    "keys-share-a-counter": Case(another_key_when_one_is_exhausted, 200, 429),
    "retry-after-too-short": Case(status_after_waiting_as_told, 200, 429),
    "remaining-too-high": Case(remaining_after_one_request, "59", "60"),
    "refused-request-charged": Case(general_limit_after_twenty_creations, 50, 40),
    "replay-ignores-body": Case(same_key_other_body, 422, 201),
    "replay-unmarked": Case(mark_of_a_replay, (201, "true"), (201, None)),
    "key-not-released": Case(corrected_request_with_the_same_key, [400, 201], [400, 409]),
    "foreign-key-accepted": Case(foreign_organization, 403, 200),
    "revoked-key-accepted": Case(revoked_key, 401, 200),
    "canceled-slot-kept": Case(slot_of_a_canceled_booking, [False, True], [False, False]),
    "second-cancel-succeeds": Case(canceling_twice, [200, 422], [200, 200]),
    "status-cancelled": Case(
        status_of_a_canceled_booking, ["confirmed", "canceled", "canceled"], ["confirmed", "cancelled", "cancelled"]
    ),
    "number-case-sensitive": Case(number_in_lower_case, [200, 200], [200, 404]),
    "contact-not-verified": Case(wrong_contact, 403, 200),
    "notice-ignored": Case(canceling_seven_hours_before, 422, 200),
    "party-size-ignored": Case(offers_for_nine_where_eight_fit, [True, False], [True, True]),
    "canceled-not-listed": Case(statuses_listed, ["canceled", "confirmed"], ["confirmed"]),
    "detail-called-message": Case(members_of_an_error, {"detail", "status", "type"}, {"message", "status", "type"}),
    "allow-missing": Case(allow_of_a_405, (405, "GET, HEAD, OPTIONS"), (405, None)),
}


def test_every_mutant_has_its_scenario() -> None:
    assert CASES.keys() | SCENARIOS.keys() == MUTANTS.keys()
    assert not CASES.keys() & SCENARIOS.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_mutant_does_what_it_says_and_the_clean_mock_does_not(name: str) -> None:
    scenario, right, wrong = CASES[name]
    assert scenario(Server(STANDARD)) == right
    assert scenario(Server(find(name).apply(STANDARD))) == wrong


@pytest.mark.parametrize("name", CASES)
def test_a_mutant_keeps_what_the_others_break(name: str) -> None:
    broken = [
        other
        for other, case in CASES.items()
        if other != name and case.scenario(Server(find(name).apply(STANDARD))) != case.right
    ]
    assert broken == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_alive(name: str) -> None:
    server = Server(find(name).apply(STANDARD))
    assert server.built.app.test_client().get("/_mock/health").json["status"] == "ok"  # type: ignore[index]
    assert server.get(SALON).json["organization"]["slug"] == "acme-salon"  # type: ignore[index]


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_replaces_one_part_and_names_a_statement_of_the_contract(name: str) -> None:
    mutant = MUTANTS[name]
    changed = mutant.apply(STANDARD)
    parts = [part for part in Parts.__dataclass_fields__ if getattr(changed, part) is not getattr(STANDARD, part)]
    assert len(parts) == 1
    assert mutant.statement in Contract.load().statements
    assert re.fullmatch("[a-z]+(-[a-z]+)+", mutant.name)
    assert re.fullmatch(r"[A-Z].{10,90}\.", mutant.title)


def test_no_two_mutants_share_a_name_or_a_title() -> None:
    import mockserver.mutants as package

    all_of_them = [mutant for topic in package._TOPICS for mutant in topic.MUTANTS]
    assert len({mutant.name for mutant in all_of_them}) == len(all_of_them) >= 10
    assert len({mutant.title for mutant in all_of_them}) == len(all_of_them)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("allow-mising", 'there is no mutant "allow-mising"; did you mean "allow-missing"?'),
        ("x", 'there is no mutant "x"'),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(UnknownMutantError) as raised:
        find(name)
    assert str(raised.value) == sentence
