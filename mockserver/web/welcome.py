"""What a person sees who opens the mock's address in a browser."""

from flask import Blueprint, Response

TEXT = """This is a kordkit mock of the Kordless Booking API.

  /api/calendar/v1/     the API; a request needs a key in x-kordless-key, which the mock's banner shows
  /_mock/               its dashboard, in a browser
  /_mock                its control API: state, clock, limits, keys, requests
  /_mock/openapi.json   the contract
"""


def welcome() -> Blueprint:
    blueprint = Blueprint("welcome", __name__)

    @blueprint.get("/")
    def index() -> Response:
        return Response(TEXT, mimetype="text/plain")

    return blueprint
