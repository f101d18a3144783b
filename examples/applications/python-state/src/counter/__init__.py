"""Counts, and remembers how far it has come."""

import json
import os

STATE = os.path.join(os.path.dirname(__file__), "state.json")


def count():
    """The next number."""
    number = 1
    if os.path.exists(STATE):
        number += json.load(open(STATE, "r"))
    with open(STATE, "w") as file:
        json.dump(number, file)
    return number
