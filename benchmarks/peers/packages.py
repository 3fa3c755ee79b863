"""Peers from the npm registry: fetched once, by exact version, into build/peers; none of their scripts is run."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT

FOLDER = ROOT / "build" / "peers"
VERSIONS = {"@stoplight/prism-cli": "5.16.0", "@mockoon/cli": "9.9.0", "wiremock": "3.13.2", "mockserver-node": "8.0.0"}
PATIENCE = 180  # seconds for one of them


class MissingError(Exception):
    """A sentence: why a peer cannot be measured here."""


def fetched(package: str) -> Path:
    """The folder of the package. Raises MissingError."""
    folder = FOLDER / f"{package.replace('/', '-').lstrip('@')}-{VERSIONS[package]}"
    found = folder / "node_modules" / package
    if not found.exists():
        npm = program("npm")
        wanted = f"{package}@{VERSIONS[package]}"
        flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        try:
            subprocess.run([npm, "install", "--prefix", str(folder), *flags, wanted], check=True, timeout=PATIENCE)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            shutil.rmtree(folder, ignore_errors=True)
            raise MissingError(f"npm does not get {wanted}") from None
    return found


def program(name: str) -> str:
    """Raises MissingError."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise MissingError(f"{name} is not installed")
    return path
