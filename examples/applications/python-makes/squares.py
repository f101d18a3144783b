"""Prints the table that was made."""

import os

with open("/tmp/squares") as table:
    print(table.read().split(), "uid", os.getuid())
