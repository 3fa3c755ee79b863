"""What clients did against the documentation's advice, until the next reset."""

from flask import Blueprint, Response, jsonify, request

from mockserver.application.admin import Admin
from mockserver.observing.advice.catalogue import MISTAKES
from mockserver.observing.advice.telling import shown
from mockserver.web.control.refusing import Invalid

_IDS = frozenset(described.id for described in MISTAKES)
_TOPICS = frozenset(each.partition(".")[0] for each in _IDS)


def register(blueprint: Blueprint, admin: Admin) -> None:
    @blueprint.get("/advice")
    def list_advice() -> Response:
        """In the order in which it was first due; `?id=` narrows it down, to a topic too."""
        wanted = request.args.get("id")
        if wanted is not None and wanted not in _IDS | _TOPICS:
            raise Invalid(400, f"there is no advice with this id; there are {', '.join(sorted(_IDS))}")
        found = [finding for finding in admin.findings() if wanted in (None, *_names(finding.mistake.id))]
        return jsonify(advice=[shown(finding) for finding in found])

    @blueprint.delete("/advice")
    def forget_advice() -> tuple[str, int]:
        admin.forget_findings()
        return "", 204


def _names(id: str) -> tuple[str, str]:
    """An advice is meant by its id, and by its topic."""
    return id, id.partition(".")[0]
