"""The contract as people read it: nothing that it states of an operation is missing, and what is shown is in force."""

from pathlib import Path

import pytest

from contracts.spec.contract import Contract
from contracts.spec.provenance import provenance_of, stated_in
from mockserver.web.dashboard.reference import Reference
from mockserver.wiring.reference import reference_of


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="module")
def reference(contract: Contract) -> Reference:
    return reference_of(contract)


def test_every_operation_has_its_parameters_answers_causes_and_limits(contract: Contract, reference: Reference) -> None:
    assert list(reference.operations) == list(contract.operations)
    for id, shown in reference.operations.items():
        stated = contract.operations[id]
        assert {each.row.name for each in shown.parameters if each.place == "query"} == set(stated.query_types)
        assert {each.row.name.lower() for each in shown.parameters if each.place == "header"} == set(stated.headers)
        assert [answer.status for answer in shown.answers] == sorted(stated.responses)
        assert [limit.name for limit in shown.limits] == list(stated.policies)
        assert (shown.idempotency is not None) == (id in contract.idempotency.operations)
        expected = {e.cause for e in contract.errors.values() if e.operations is None or id in e.operations}
        assert {refusal.cause for refusal in shown.refusals} == expected
        if stated.body is not None:
            assert {row.name for row in shown.body or () if row.depth == 0} == set(stated.body.members.declared)


def test_every_statement_is_shown_and_counted(contract: Contract, reference: Reference) -> None:
    stated = [provenance_of(node).id for _, node in stated_in(contract.document)]
    assert sorted(statement.badge.id for statement in reference.statements) == sorted(stated)
    assert sum(reference.levels.values()) == len(stated)


def test_what_is_stated_of_bodies_and_types_stands_beside_them(reference: Reference) -> None:
    creating = reference.operations["createBooking"]
    assert creating.body_shape == ("bookings.create_body", "documented", "/api/bookings/create")
    named = {refusal.type: refusal.named.id for refusal in creating.refusals if refusal.named}
    assert named["conflict"] == "errors.type.conflict"
    shapes = {answer.shape.id for answer in creating.answers if answer.shape}
    assert shapes == {"bookings.create_answer", "errors.envelope"}


def test_open_questions_stand_with_the_operations_that_they_concern(reference: Reference) -> None:
    of = {id: {question.id for question in shown.questions} for id, shown in reference.operations.items()}
    assert "platform.limit" in of["listBookings"]
    assert "platform.limit" not in of["createBooking"]
    assert {"errors.422.idempotency_key_reused", "idempotency.lifetime", "bookings.phone_form"} <= of["createBooking"]
    assert "idempotency.lifetime" not in of["cancelBooking"]
    assert [id for id, named in of.items() if "bookings.reschedule_same_time" in named] == ["rescheduleBooking"]
    unasked = {question.id for question in reference.questions if question.badge.subject == "webhooks"}
    assert {question.id for question in reference.questions} - set().union(*of.values()) == unasked != set()


def test_a_reading_in_force_is_shown_as_such() -> None:
    shown = reference_of(Contract.load(reading="errors.404.host=400"))
    question = next(q for q in shown.operations["createBooking"].questions if q.id == "errors.404.host")
    assert [(reading.name, reading.in_force) for reading in question.readings] == [
        (None, False),
        ("400", True),
        ("422", False),
    ]
    assert shown.reading == "errors.404.host=400"
    refusal = next(r for r in shown.operations["createBooking"].refusals if r.cause == "unknown_host")
    assert refusal.status == shown.operations["createBooking"].refusals[0].status  # of what is no valid request


def test_what_a_reading_takes_away_is_asked_nowhere() -> None:
    shown = reference_of(Contract.load(reading="limits.verification=none"))
    assert "limits.verification" not in {question.id for question in shown.questions}


def test_what_an_overlay_amends_is_shown_amended(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n"
        "- {target: \"$['x-rate-limits'].policies.creation\", update: {limit: 3}}\n"
        "- {target: $.info, update: {title: Amended}}\n"
    )
    shown = reference_of(Contract.load(overlays=[overlay]))
    assert shown.title == "Amended"
    assert [limit.limit for limit in shown.operations["createBooking"].limits if limit.name == "creation"] == [3]


def test_members_of_members_stand_below_them(reference: Reference) -> None:
    rows = list(reference.operations["createBooking"].body or ())
    contact = [row.name for row in rows].index("contact")
    assert [(row.name, row.depth, row.required) for row in rows[contact : contact + 4]] == [
        ("contact", 0, True),
        ("name", 1, True),
        ("email", 1, False),
        ("phone", 1, False),
    ]
    found = next(answer for answer in reference.operations["listBookings"].answers if answer.members)
    assert [row.type for row in found.members if row.name == "bookings"] == ["list of object"]
