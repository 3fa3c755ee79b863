"""How long, as people write it."""

import math
import re

import click

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|m|min|h)?")
_SECONDS = {None: 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """Seconds: `90`, `90s`, `2m` or `1h`; more than none."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip().lower()
        if text in ("inf", "infinity"):
            return math.inf
        written = _WRITTEN.fullmatch(text)
        seconds = float(written[1]) * _SECONDS[written[2]] if written else 0.0
        if seconds <= 0:
            self.fail(f"{value!r} is no duration: write seconds such as 90, or 90s, 2m, 1h", param, ctx)
        return seconds
