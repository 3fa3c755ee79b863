"""What is true of times, and would not be if a mutant had its way."""

from tests.mockserver.mutant_server import Server, at, truths


def status_of(server: Server, first: str, last: str) -> int:
    return server.slots(**{"from": first, "to": last}).status_code


def time_without_zone(server: Server) -> None:
    assert status_of(server, "2025-12-03T00:00:00", "2025-12-04T00:00:00Z") == 400


def moments_in_answers(server: Server) -> list[str]:
    booking = (server.lookup(server.booked()).json or {})["booking"]
    return [booking["start_at"], booking["end_at"], server.starts()[0]]


def times_in_utc(server: Server) -> None:
    moments = moments_in_answers(server)
    assert [moment[:19] for moment in moments] == ["2025-12-03T15:00:00", "2025-12-03T16:00:00", "2025-12-03T14:00:00"]
    assert all(moment.endswith("Z") for moment in moments)


def times_in_whole_seconds(server: Server) -> None:
    assert not any("." in moment for moment in moments_in_answers(server))


def zone_that_is_none(server: Server) -> None:
    assert server.slots(timezone="Mars/Olympus_Mons").status_code == 400
    assert server.create(timezone="Mars/Olympus_Mons").status_code == 400


def first_and_last_year(server: Server) -> None:
    assert status_of(server, "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z") == 400
    assert status_of(server, "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z") == 200
    assert status_of(server, "9998-12-30T00:00:00Z", "9998-12-31T23:59:59Z") == 200
    assert status_of(server, "9998-12-31T00:00:00Z", "9999-01-01T00:00:00Z") == 400


def zone_of_a_slot(server: Server) -> None:
    assert at(server.slots(), "slots", 0, "timezone") == "America/New_York"


def leap_second(server: Server) -> None:
    assert status_of(server, "2016-12-31T23:59:60Z", "2017-01-02T00:00:00Z") == 400


def fraction(server: Server) -> None:
    answer = server.slots(**{"from": "2025-12-03T15:00:00.900Z", "to": "2025-12-03T15:30:00Z"})
    assert answer.status_code == 200
    assert len(at(answer, "slots")) == 1


def offset(server: Server) -> None:
    starts = server.starts(**{"from": "2025-12-03T10:00:00-05:00", "to": "2025-12-03T16:30:00+01:00"})
    assert len(starts) == 1


CASES = truths(
    {
        "time-without-zone-accepted": time_without_zone,
        "answers-with-milliseconds": times_in_whole_seconds,
        "answers-with-offset": times_in_utc,
        "zone-without-name": zone_of_a_slot,
        "zone-unknown-accepted": zone_that_is_none,
        "any-year-accepted": first_and_last_year,
        "leap-second-accepted": leap_second,
        "fraction-refused": fraction,
        "fraction-rounded-up": fraction,
        "offset-dropped": offset,
    }
)
IMPLIED: dict[str, set[str]] = {}
