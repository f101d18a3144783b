"""Greets in the words of a variable."""

import os

from jinja2 import Template

print(Template("{{ greeting }}, {{ name }}!").render(greeting=os.environ["GREETING"], name="world"), "uid", os.getuid())
