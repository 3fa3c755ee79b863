"""What the client under development does against the documentation's advice."""

from flask import Blueprint, render_template

from mockserver.application.admin import Admin
from mockserver.observing.advice.telling import shown
from mockserver.web.dashboard import reference


def register(blueprint: Blueprint, admin: Admin) -> None:
    def page(**said: str) -> str:
        return render_template(
            "advice.html",
            findings=[shown(finding) for finding in admin.findings()],
            events=admin.webhooks.events,
            documentation=reference.in_force().documentation,
            **said,
        )

    @blueprint.get("/advice")
    def advice() -> str:
        return page()

    @blueprint.post("/advice/clear")
    def advice_clear() -> str:
        admin.forget_findings()
        return page(notice="What was found is forgotten, in the summary at the end of the run, too.")
