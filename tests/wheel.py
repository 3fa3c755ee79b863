"""The wheel, built of what the Containerfile copies: no network is asked for it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "KORD", "COV"))}
BUILD = (sys.executable, "-m", "hatchling", "build", "-t", "wheel")
CONTAINER = (ROOT / "docs" / "deployment" / "Containerfile").read_text("utf-8")


def built(folder: Path) -> Path:
    """The wheel, in a folder that is empty."""
    sources = folder / "sources"
    sources.mkdir()
    stage = CONTAINER.partition("\nFROM")[2].partition("\nFROM")[0]
    for copied in re.findall(r"^COPY (.*) \S+$", stage, re.MULTILINE):
        for name in copied.split():
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, sources)
    subprocess.run(
        [*BUILD, "-d", str(folder)], cwd=sources, env=ENVIRONMENT, check=True, capture_output=True, timeout=60
    )
    (wheel,) = folder.glob("*.whl")
    return wheel
