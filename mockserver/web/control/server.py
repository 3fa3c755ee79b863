"""Health, reset, and the contract in force."""

from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Response, jsonify

from mockserver.application.world import World
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND


def register(blueprint: Blueprint, mock: World) -> None:
    @blueprint.get("/health")
    def health() -> Response:
        return jsonify(
            status="ok",
            version=_version(),
            contract=mock.contract_version,
            now=render_instant(mock.clock.now() // SECOND),
            seed=mock.seed,
        )

    @blueprint.post("/reset")
    def reset() -> tuple[str, int]:
        mock.reset()
        return "", 204

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(mock.document)


def _version() -> str:
    try:
        return version("kordkit")
    except PackageNotFoundError:
        return "unknown"
