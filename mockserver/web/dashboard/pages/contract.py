"""The contract to read and to try: every operation with its provenance, examples that work here, a form that sends."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.admin.keys import Wanted
from mockserver.application.refusals import UnknownError
from mockserver.application.samples import Sample, sample_of
from mockserver.domain.instants import render_instant
from mockserver.domain.keys import KeyKind
from mockserver.web.dashboard.examples import Filling, Keys, example_of, written
from mockserver.web.dashboard.reference import Answer, Operation, in_force
from mockserver.web.hosts import base_url

ENVIRONMENT = "development"


def register(blueprint: Blueprint, admin: Admin) -> None:
    blueprint.add_app_template_filter(partial(json.dumps, indent=2, ensure_ascii=False), "pretty")

    @blueprint.get("/contract")
    def contract() -> str:
        return render_template("contract.html", reference=in_force())

    @blueprint.get("/contract/statements/<subject>")
    def contract_statements(subject: str) -> str:
        found = [statement for statement in in_force().statements if statement.badge.subject == subject]
        if not found:
            raise UnknownError(f"The contract says nothing on {subject}: choose a subject of the page Contract.")
        documentation = in_force().documentation
        return render_template("statements.html", subject=subject, statements=found, documentation=documentation)

    @blueprint.get("/contract/<operation>")
    def contract_operation(operation: str) -> str:
        """`?organization=` is the slug of the one that examples are about."""
        return _page(admin, _named(operation))

    @blueprint.post("/contract/<operation>/key")
    def contract_key(operation: str) -> str:
        """A key for the examples, whose value is shown this once."""
        named = _named(operation)
        organization = sample_of(admin.world, request.args.get("organization")).organization
        if named.key_kind is None:
            raise UnknownError("The operation wants no key.")
        kind: KeyKind = "platform" if named.key_kind == "platform" else "public"
        value, held = admin.keys.create(Wanted(organization.slug, kind, "Tried from the contract", ENVIRONMENT, None))
        return _page(admin, named, key=value, notice=f"The key {held.key.id} is made. Its value is shown this once.")


def _named(operation: str) -> Operation:
    """Raises UnknownError."""
    named = in_force().operations.get(operation)
    if named is None:
        raise UnknownError(f"The contract has no operation {operation}: choose one of the page Contract.")
    return named


def _page(admin: Admin, operation: Operation, **more: Any) -> str:
    reference = in_force()
    sample = sample_of(admin.world, request.args.get("organization"))
    keys = Keys(reference.key_header, reference.key_variable)
    filling = filling_of(sample, operation)
    example = example_of(operation, filling, keys, base_url(request.environ))
    return render_template(
        "operation.html",
        reference=reference,
        operation=operation,
        sample=sample,
        filled=filling.parameters,
        example=example,
        examples=written(example),
        bodies=_bodies(operation),
        headers=list({row.name: row for answer in operation.answers for row in answer.headers}.values()),
        variable=None if operation.key_kind is None else keys.of(operation.key_kind).name,
        **more,
    )


def _bodies(operation: Operation) -> list[Answer]:
    """Of success each, of errors one: they are all alike."""
    told = [answer for answer in operation.answers if answer.members]
    return [answer for answer in told if answer.status < 400] + [answer for answer in told if answer.status >= 400][:1]


def filling_of(sample: Sample, operation: Operation) -> Filling:
    """What the world has to offer, under the names of the API's parameters and members."""
    organization, service, booking = sample.organization, sample.service, sample.booking
    parameters = {
        "org_slug": organization.slug,
        "from": render_instant(sample.first),
        "to": render_instant(sample.last),
    }
    if operation.key_kind == "platform":
        header = next((each.row.name for each in operation.parameters if each.place == "header"), "")
        parameters[header] = organization.id.partition("_")[2]
    members: dict[str, Any] = {"org_slug": organization.slug, "timezone": organization.timezone}
    if service is not None:
        parameters["service_slug"] = members["service_slug"] = service.slug
    if sample.slot is not None:
        members |= _times(sample.slot, "starts_at", "ends_at")
        if operation.idempotency is not None:
            parameters[operation.idempotency.header] = f"booking-{sample.slot[0]}"
    if booking is not None:
        parameters["confirmation_number"] = booking.confirmation_number
        parameters["contact"] = booking.contact.email or booking.contact.phone or ""
    if sample.moved is not None:
        members |= _times(sample.moved, "start_at", "end_at")
    return Filling(parameters, members)


def _times(slot: tuple[int, int], start: str, end: str) -> Mapping[str, str]:
    return {start: render_instant(slot[0]), end: render_instant(slot[1])}
