"""What goes wrong on purpose: profiles as switches, rules one by one."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.fault_profiles import FaultProfiles
from mockserver.domain.faults import KINDS
from mockserver.web.control.refusing import Invalid
from mockserver.web.dashboard import forms

WHOLE = ("status", "retry_after", "bytes", "times", "every", "seed")
NUMBERS = frozenset((*WHOLE, "seconds", "min", "max", "median", "sigma", "probability"))
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
MATCH = ("operation", "organization", "key")
WHEN = ("times", "every", "probability", "seed")
BESIDE = {"error": ("retry_after",)}
"""What a kind may be told, too."""
SAID = {
    "latency": "Answers come late",
    "error": "Requests are answered with an error",
    "connection-closed": "The connection ends without an answer",
    "connection-reset": "The connection is reset",
    "response-lost": "The request is carried out, its answer never comes",
    "truncated-body": "Only a part of the body comes",
    "malformed-json": "The body is no JSON",
    "wrong-content-type": "The body says to be something else",
    "slow-body": "The body trickles",
}


def members_of(kind: str) -> tuple[str, ...]:
    """All that an action of a kind can be told, in the order in which its alternatives name them."""
    alternatives = KINDS.get(kind, ())
    return tuple(dict.fromkeys([*(name for each in alternatives for name in each), *BESIDE.get(kind, ())]))


def register(blueprint: Blueprint, admin: Admin) -> None:
    def page(**said: str) -> str:
        return render_template(
            "faults.html",
            faults=admin.faults.all(),
            profiles=FaultProfiles(admin.world).in_force(),
            kinds={kind: members_of(kind) for kind in KINDS},
            kind_said=SAID,
            names=admin.world.nameable,
            keys=[("", "any"), *((held.key.id, f"{held.key.label} (…{held.key.end})") for held in admin.keys.all())],
            **said,
        )

    @blueprint.get("/faults")
    def faults() -> str:
        return page()

    @blueprint.post("/faults/profiles/<name>/<any(on, off):state>")
    def faults_switch(name: str, state: str) -> str:
        FaultProfiles(admin.world).switch(name, on=state == "on")
        return page(notice=f"The profile {name} is {state}.")

    @blueprint.post("/faults/add")
    def faults_add() -> str:
        try:
            added = admin.faults.add(forms.valid("addFaults", rule_of(request.form)))
        except ValueError as error:
            raise Invalid(HTTPStatus.BAD_REQUEST, str(error)) from None
        return page(notice=f"{', '.join(standing.id for standing in added)} is in force.")

    @blueprint.post("/faults/<fault_id>/remove")
    def faults_remove(fault_id: str) -> str:
        admin.faults.remove(fault_id)
        return page(notice=f"{fault_id} is removed.")

    @blueprint.post("/faults/clear")
    def faults_clear() -> str:
        admin.faults.clear()
        return page(notice="Nothing goes wrong on purpose any more.")


def rule_of(form: Mapping[str, str]) -> dict[str, Any]:
    """A rule as the control API takes one; fields of other kinds, and empty ones, say nothing. Raises ValueError."""
    kind = form.get("kind", "")
    action = {"kind": kind, **_filled(form, members_of(kind))}
    match = _filled(form, MATCH)
    if form.get("header", "").strip():
        match["header"] = _header(form["header"])
    rule: dict[str, Any] = {"action": action, **_filled(form, WHEN)}
    return {**rule, "match": match} if match else rule


def _filled(form: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _value(name, text) for name in names if (text := form.get(name, "").strip())}


def _value(name: str, text: str) -> Any:
    """Raises ValueError."""
    if name not in NUMBERS:
        return text
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{name} must be a number")
    return float(text) if "." in text else int(text)


def _header(text: str) -> dict[str, str]:
    """Raises ValueError."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ValueError("header must be written as NAME: VALUE")
    return {name.strip(): value.strip()}
