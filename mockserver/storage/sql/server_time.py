"""The server's time: it is the liveness of processes that is judged by it, nothing that an answer tells."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class ServerSeconds(FunctionElement[int]):
    type = BigInteger()
    inherit_cache = True


@compiles(ServerSeconds, "sqlite")
def _(*_: Any, **__: Any) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(ServerSeconds, "postgresql")
def _(*_: Any, **__: Any) -> str:
    return "extract(epoch FROM clock_timestamp())::bigint"
