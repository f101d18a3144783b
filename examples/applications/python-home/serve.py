"""Reads its words, and ends."""

from pathlib import Path

print((Path.home() / ".cache" / "words" / "words.txt").read_text(), end="")
