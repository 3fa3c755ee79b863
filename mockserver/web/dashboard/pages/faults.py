"""What goes wrong on purpose: profiles as switches, rules one by one."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.refusals import UnknownError
from mockserver.domain.faults import KINDS

WHOLE_NUMBERS = frozenset({"status", "retry_after", "bytes", "times", "every", "seed"})
NUMBERS = frozenset({"seconds", "min", "max", "median", "sigma", "probability"})
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
    def page(**said: Any) -> str:
        return render_template(
            "faults.html",
            faults=admin.list_faults(),
            profiles=admin.fault_profiles.in_force(),
            kinds={kind: members_of(kind) for kind in KINDS},
            kind_said=SAID,
            names=admin.fault_names,
            keys=[("", "any"), *((held.key.id, f"{held.key.label} (…{held.key.end})") for held in admin.list_keys())],
            **{"given": {}, **said},
        )

    def done(act: Callable[[], object], notice: str) -> str | tuple[str, int]:
        try:
            act()
        except UnknownError as error:
            return page(error=sentence(error)), 404
        return page(notice=notice)

    @blueprint.get("/faults")
    def faults() -> str:
        return page()

    @blueprint.post("/faults/profiles/<name>/<any(on, off):state>")
    def faults_switch(name: str, state: str) -> str | tuple[str, int]:
        return done(lambda: admin.fault_profiles.switch(name, on=state == "on"), f"The profile {name} is {state}.")

    @blueprint.post("/faults/add")
    def faults_add() -> str | tuple[str, int]:
        try:
            added = admin.add_faults(rule_of(request.form))
        except ValueError as error:
            return page(error=sentence(error), given=request.form), 400
        return page(notice=f"{', '.join(standing.id for standing in added)} is in force.")

    @blueprint.post("/faults/<fault_id>/remove")
    def faults_remove(fault_id: str) -> str | tuple[str, int]:
        return done(lambda: admin.remove_fault(fault_id), f"{fault_id} is removed.")

    @blueprint.post("/faults/clear")
    def faults_clear() -> str | tuple[str, int]:
        return done(admin.clear_faults, "Nothing goes wrong on purpose any more.")


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
    if name in WHOLE_NUMBERS:
        if not (text.isascii() and text.isdecimal()) or len(text) > 12:
            raise ValueError(f"{name} must be a whole number")
        return int(text)
    if name in NUMBERS:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{name} must be a number") from None
    return text


def _header(text: str) -> dict[str, str]:
    """Raises ValueError."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ValueError("header must be written as NAME: VALUE")
    return {name.strip(): value.strip()}


def sentence(error: Exception) -> str:
    """Of what the use cases say in lower case."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
