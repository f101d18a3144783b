"""Counts how often it was started, and says whose the count is."""

import os

from jinja2 import Template

with open("count", "a+") as count:
    count.seek(0)
    number = len(count.read()) + 1
    count.write("|")
owner, code = [os.stat(name).st_uid for name in ("count", "counter.py")]
print(Template("{{ number }} of {{ owner }}, by code of {{ code }}").render(number=number, owner=owner, code=code))
