"""Counts with the tools of the system."""

import os


def lines(path):
    return os.popen(f"git hash-object --stdin < {path}").read().strip()
