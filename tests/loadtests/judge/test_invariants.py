from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from loadtests.judge.invariants import NAMES, After, Before, judge
from loadtests.judge.judgement import Judgement
from loadtests.judge.lives import Booking
from loadtests.measure.result import Change

SOLD_ONCE, ONE_EACH, CANCELED_FREE, NOTHING_LOST = NAMES
TEN, ELEVEN, NOON = (f"2025-12-03T{hour}:00:00Z" for hour in (10, 11, 12))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def booked(number: str, start: str = TEN, *, key: str = "", moment: float = 1.0, **more: object) -> Change:
    made = Change(
        "created", moment, True, "acme", "haircut", start, 1, number, f"{key or number}@x.example", key, "key 1"
    )
    return replace(made, **more)  # type: ignore[arg-type]


def moved(number: str, start: str, moment: float = 2.0, acknowledged: bool = True) -> Change:
    return Change("rescheduled", moment, acknowledged, "acme", "haircut", start, 1, number)


def canceled(number: str, moment: float = 3.0, acknowledged: bool = True) -> Change:
    return Change("canceled", moment, acknowledged, "acme", "haircut", "", 1, number)


def told(number: str, start: str = TEN, status: str = "confirmed", contact: str = "") -> Booking:
    return Booking(number, status, at(start), frozenset({contact}))


BEFORE = Before(free={at(TEN): 2, at(ELEVEN): 2, at(NOON): 1}, spacing=timedelta(hours=1))


def after(
    *found: Booking,
    free: Mapping[str, int] | None = None,
    gone: Sequence[str] = (),
    unread: Sequence[str] = (),
    listed: Sequence[Booking] | None = None,
    now: str = "2025-12-01T08:00:00Z",
) -> After:
    return After(
        now=at(now),
        free=None if free is None else {at(start): seats for start, seats in free.items()},
        found={booking.confirmation_number: booking for booking in found} | dict.fromkeys(gone),
        unread=dict.fromkeys(unread, "the server wants 60 s of waiting"),
        listed=listed,
    )


def of(name: str, changes: Sequence[Change], seen: After, before: Before = BEFORE) -> Judgement:
    return next(judgement for judgement in judge(changes, before, seen) if judgement.name == name)


def test_a_server_that_keeps_every_promise_keeps_all_four() -> None:
    changes = [
        booked("A", key="k1"),
        booked("A", key="k1", moment=1.5, replayed=True),
        booked("B"),
        moved("B", ELEVEN),
        booked("C", NOON),
        canceled("C"),
    ]
    seen = after(told("A"), told("B", ELEVEN), told("C", NOON, "canceled"), free={TEN: 1, ELEVEN: 1, NOON: 1})
    assert [judgement.outcome for judgement in judge(changes, BEFORE, seen)] == ["kept"] * 4


def test_no_booking_at_all_leaves_nothing_to_judge() -> None:
    judged = judge([moved("A", ELEVEN), replace(booked(""), acknowledged=False)], BEFORE, after())
    assert [judgement.name for judgement in judged] == list(NAMES)
    assert {judgement.outcome for judgement in judged} == {"not judged"}


def test_what_a_lost_worker_did_not_report_accuses_nobody() -> None:
    changes = [booked("A", key="k"), booked("B", NOON), canceled("B")]
    seen = after(told("A", status="canceled"), told("B", NOON, "canceled"), free={})
    whole = {judgement.name: judgement for judgement in judge(changes, BEFORE, seen)}
    part = {judgement.name: judgement for judgement in judge(changes, BEFORE, seen, lost=True)}
    for name in (CANCELED_FREE, NOTHING_LOST):
        assert whole[name].outcome == "broken"
        assert part[name].outcome == "not judged"
        assert "a worker was lost" in part[name].reason
    changes.append(booked("C", key="k", moment=4.0))
    assert next(each for each in judge(changes, BEFORE, seen, lost=True) if each.name == ONE_EACH).outcome == "broken"


class TestNoSeatIsSoldTwice:
    def test_more_seats_than_were_free_name_the_slot(self) -> None:
        seen = of(SOLD_ONCE, [booked("A"), booked("B", seats=2)], after(told("A"), told("B")))
        assert seen == Judgement(SOLD_ONCE, "broken", f"{TEN}: 3 seats sold where 2 were free")

    def test_a_reschedule_takes_a_seat_as_well(self) -> None:
        changes = [booked("A", NOON), booked("B"), moved("B", NOON)]
        seen = of(SOLD_ONCE, changes, after(told("A", NOON), told("B", NOON)))
        assert (seen.outcome, seen.reason) == ("broken", f"{NOON}: 2 seats sold where 1 were free")

    def test_a_seat_given_back_can_be_sold_again(self) -> None:
        changes = [booked("A", NOON), canceled("A", 2.0), booked("B", NOON, moment=3.0)]
        assert of(SOLD_ONCE, changes, after(told("A", NOON, "canceled"), told("B", NOON))).outcome == "kept"

    def test_what_could_not_be_read_counts_as_acknowledged(self) -> None:
        changes = [booked("A", NOON), booked("B", NOON)]
        assert of(SOLD_ONCE, changes, after(unread=["A", "B"])).outcome == "broken"
        seen = of(SOLD_ONCE, changes[:1], after(unread=["A"]))
        assert seen.outcome == "not judged"
        assert seen.reason == "1 of 1 bookings were not read back: the server wants 60 s of waiting"

    @pytest.mark.parametrize(
        "attempt", [canceled("A", 2.0, acknowledged=False), moved("A", ELEVEN, acknowledged=False)]
    )
    def test_what_could_not_be_read_and_may_have_left_accuses_nobody(self, attempt: Change) -> None:
        changes = [booked("A", NOON), attempt, booked("B", NOON, moment=3.0)]
        assert of(SOLD_ONCE, changes, after(told("B", NOON), unread=["A"])).outcome == "not judged"
        assert of(SOLD_ONCE, changes, after(told("A", NOON), told("B", NOON))).outcome == "broken"

    @pytest.mark.parametrize(("asked", "outcome"), [(2.9, "broken"), (1.5, "kept"), (0.0, "kept")])
    def test_a_seat_sold_twice_during_the_run_is_found_though_it_was_given_back(
        self, asked: float, outcome: str
    ) -> None:
        changes = [
            booked("A", NOON, moment=1.0),
            booked("B", NOON, moment=2.0),
            replace(canceled("A", 3.0), sent=asked),
            replace(canceled("B", 4.0), sent=3.9),
        ]
        seen = of(SOLD_ONCE, changes, after(told("A", NOON, "canceled"), told("B", NOON, "canceled")))
        assert seen.outcome == outcome
        if outcome == "broken":
            assert seen.reason == f"{NOON}: 2 seats sold where 1 were free"

    def test_an_unanswered_cancellation_ends_what_was_surely_held(self) -> None:
        left = replace(canceled("A", 2.0, acknowledged=False), sent=1.5)
        changes = [booked("A", NOON), left, booked("B", NOON, moment=2.0), replace(canceled("A", 4.0), sent=3.0)]
        assert of(SOLD_ONCE, changes, after(told("A", NOON, "canceled"), told("B", NOON))).outcome == "kept"

    def test_a_reschedule_ends_one_hold_and_begins_another(self) -> None:
        changes = [
            booked("A", ELEVEN, moment=1.0),
            replace(moved("A", NOON), sent=1.5),
            booked("B", NOON, moment=2.5),
            replace(canceled("B", 4.0), sent=3.0),
        ]
        seen = of(SOLD_ONCE, changes, after(told("A", NOON), told("B", NOON, "canceled")))
        assert (seen.outcome, seen.reason) == ("broken", f"{NOON}: 2 seats sold where 1 were free")

    def test_without_a_seat_that_was_surely_held_there_is_no_case(self) -> None:
        changes = [booked("A", NOON), canceled("A")]
        assert of(SOLD_ONCE, changes, after(told("A", NOON, "canceled"))).outcome == "no case"

    def test_a_slot_that_was_not_offered_cannot_be_judged(self) -> None:
        seen = of(SOLD_ONCE, [booked("A", "2025-12-04T10:00:00Z")], after(told("A", "2025-12-04T10:00:00Z")))
        assert seen.outcome == "not judged"
        assert "2025-12-04T10:00:00Z" in seen.reason

    def test_times_are_the_same_however_they_are_written(self) -> None:
        changes = [booked("A", "2025-12-03T13:00:00+01:00"), booked("B", NOON)]
        assert of(SOLD_ONCE, changes, after(told("A", NOON), told("B", NOON))).outcome == "broken"


class TestOneBookingForEachKey:
    def test_two_numbers_for_one_key_are_named(self) -> None:
        seen = of(ONE_EACH, [booked("A", key="k1"), booked("B", key="k1")], after(told("A"), told("B")))
        assert seen == Judgement(ONE_EACH, "broken", "k1 of key 1 made A and B")

    def test_a_key_of_another_client_is_another_key(self) -> None:
        changes = [booked("A", key="k1"), booked("B", key="k1", contact="else@x.example")]
        changes[1] = replace(changes[1], key="key 2")
        assert of(ONE_EACH, changes, after(told("A"), told("B"))).outcome == "kept"

    def test_a_double_that_no_answer_told_of_stands_in_the_list(self) -> None:
        listed = [
            told("A", contact="K1@x.example"),
            told("Z", contact="k1@x.example"),
            told("Y", contact="o@x.example"),
        ]
        seen = of(ONE_EACH, [booked("A", key="k1")], after(told("A"), listed=listed))
        assert seen == Judgement(ONE_EACH, "broken", "k1 made A and Z")

    def test_what_was_listed_before_the_load_is_no_double(self) -> None:
        listed = [told("A", contact="k1@x.example"), told("Z", contact="k1@x.example")]
        known = replace(BEFORE, known=frozenset({"Z"}))
        assert of(ONE_EACH, [booked("A", key="k1")], after(told("A"), listed=listed), known).outcome == "kept"

    def test_a_retry_refused_after_the_first_was_acknowledged_is_named(self) -> None:
        made = booked("A", key="k1")
        refused = replace(made, kind="retry refused", at=2.0, acknowledged=False, status=409)
        seen = of(ONE_EACH, [made, refused], after(told("A")))
        assert seen == Judgement(
            ONE_EACH, "broken", "k1 of key 1 had made a booking, and its retry was answered with 409"
        )
        others = [each for each in judge([made, refused], BEFORE, after(told("A"))) if each.name != ONE_EACH]
        assert "broken" not in {each.outcome for each in others}

    def test_without_keys_there_is_no_case(self) -> None:
        assert of(ONE_EACH, [booked("A")], after(told("A"))).outcome == "no case"


class TestCanceledSeatsAreFree:
    @pytest.mark.parametrize("leave", [canceled("A"), moved("A", NOON)])
    def test_a_slot_that_is_not_offered_again_is_named(self, leave: Change) -> None:
        now = told("A", status="canceled") if leave.kind == "canceled" else told("A", NOON)
        seen = of(CANCELED_FREE, [booked("A"), leave], after(now, free={NOON: 1}))
        assert seen == Judgement(CANCELED_FREE, "broken", f"{TEN}: 0 of 2 seats are offered again")

    def test_seats_of_others_in_the_slot_are_not_missed(self) -> None:
        changes = [booked("A"), booked("B"), canceled("A")]
        reading = (told("A", status="canceled"), told("B"))
        assert of(CANCELED_FREE, changes, after(*reading, free={TEN: 1})).outcome == "kept"
        assert of(CANCELED_FREE, changes, after(*reading, free={})).outcome == "broken"

    def test_a_booking_that_overlaps_excuses_the_slot(self) -> None:
        beside = "2025-12-03T10:30:00Z"
        reading = after(told("A", status="canceled"), told("B", beside), free={})
        seen = of(CANCELED_FREE, [booked("A"), canceled("A"), booked("B", beside)], reading)
        assert seen.outcome == "not judged"

    def test_an_unanswered_creation_in_the_slot_excuses_it(self) -> None:
        changes = [booked("A"), canceled("A"), booked("", key="k9", acknowledged=False)]
        assert of(CANCELED_FREE, changes, after(told("A", status="canceled"), free={})).outcome == "not judged"

    def test_a_slot_that_has_begun_is_offered_no_more(self) -> None:
        reading = after(told("A", status="canceled"), free={}, now=TEN)
        assert of(CANCELED_FREE, [booked("A"), canceled("A")], reading).outcome == "not judged"

    def test_without_availability_nothing_is_judged_and_without_a_cancellation_there_is_no_case(self) -> None:
        changes = [booked("A"), canceled("A")]
        assert of(CANCELED_FREE, changes, after(told("A", status="canceled"))).outcome == "not judged"
        assert of(CANCELED_FREE, changes[:1], after(told("A"))).outcome == "no case"


class TestNothingAcknowledgedIsLost:
    @pytest.mark.parametrize(
        ("changes", "now", "reason"),
        [
            ([booked("A")], None, f"A: acknowledged as booked at {TEN}, and not found any more"),
            ([booked("A")], told("A", status="canceled"), f"A: acknowledged as booked at {TEN}, now canceled"),
            ([booked("A")], told("A", NOON), f"A: acknowledged as booked at {TEN}, now booked at {NOON}"),
            ([booked("A"), moved("A", NOON)], told("A"), f"A: acknowledged as booked at {NOON}, now booked at {TEN}"),
            ([booked("A"), canceled("A")], told("A"), f"A: acknowledged as canceled, now booked at {TEN}"),
        ],
    )
    def test_a_booking_in_another_state_is_named(self, changes: list[Change], now: Booking | None, reason: str) -> None:
        seen = of(NOTHING_LOST, changes, after(*([now] if now else []), gone=[] if now else ["A"], free={}))
        assert seen == Judgement(NOTHING_LOST, "broken", reason)

    @pytest.mark.parametrize("status", ["confirmed", "pending"])
    def test_whether_staff_must_confirm_makes_no_difference(self, status: str) -> None:
        assert of(NOTHING_LOST, [booked("A")], after(told("A", status=status))).outcome == "kept"

    @pytest.mark.parametrize("now", [told("A"), told("A", NOON), told("A", status="canceled")])
    def test_after_unanswered_changes_every_state_they_may_have_led_to_will_do(self, now: Booking) -> None:
        changes = [booked("A"), moved("A", NOON, 2.0, acknowledged=False), canceled("A", acknowledged=False)]
        assert of(NOTHING_LOST, changes, after(now)).outcome == "kept"
        assert of(NOTHING_LOST, changes, after(told("A", ELEVEN))).outcome == "broken"

    def test_a_replayed_creation_does_not_bring_a_canceled_booking_back(self) -> None:
        changes = [booked("A", key="k1"), canceled("A"), booked("A", key="k1", moment=4.0, replayed=True)]
        assert of(NOTHING_LOST, changes, after(told("A", status="canceled"), free={TEN: 2})).outcome == "kept"

    def test_what_could_not_be_read_is_not_judged_unless_something_else_is_broken(self) -> None:
        changes = [booked("A"), booked("B")]
        assert of(NOTHING_LOST, changes, after(told("A"), unread=["B"])).outcome == "not judged"
        assert of(NOTHING_LOST, changes, after(gone=["A"], unread=["B"])).outcome == "broken"

    def test_many_are_counted_after_the_first_three(self) -> None:
        seen = of(NOTHING_LOST, [booked(number) for number in "ABCDE"], after(gone="ABCDE"))
        assert seen.reason.endswith("; and 2 more")
        assert "D:" not in seen.reason
