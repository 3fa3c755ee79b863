"""What the tests of states have in common."""

from mockserver.adapters.ids import RandomIds


def ids() -> RandomIds:
    return RandomIds(7, {"production": "kord_live_"}, 32)
