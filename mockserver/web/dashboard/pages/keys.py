"""API keys as the API's own settings page shows them."""

from flask import Blueprint, render_template

from mockserver.application.admin import Admin
from mockserver.application.refusals import UnknownError


def register(blueprint: Blueprint, admin: Admin) -> None:
    def page(**said: str | None) -> str:
        return render_template("keys.html", keys=admin.list_keys(), organizations=admin.organizations, **said)

    @blueprint.get("/keys")
    def keys() -> str:
        return page()

    @blueprint.post("/keys/<key_id>/revoke")
    def keys_revoke(key_id: str) -> str | tuple[str, int]:
        try:
            held = admin.revoke_key(key_id)
        except UnknownError as error:
            return page(error=str(error)), 404
        return page(notice=f"The key “{held.key.label}” is revoked: requests with it are refused from now on.")
