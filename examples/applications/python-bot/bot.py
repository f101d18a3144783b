"""Greets each of its people once. It greets two, and ends."""

import asyncio
import sqlite3

KNOWN = sqlite3.connect("known.db")
KNOWN.execute("create table if not exists people (name text primary key)")


def greet(name):
    """Says hello to whoever is new."""
    new = KNOWN.execute("insert or ignore into people values (?)", (name,)).rowcount
    KNOWN.commit()
    print(name, "is new" if new else "is known")


loop = asyncio.new_event_loop()
for delay, name in enumerate(["Ada", "Grace", "Ada"]):
    loop.call_later(delay / 100, greet, name)
loop.call_later(0.1, loop.stop)
loop.run_forever()
