"""Brings the words that the service knows."""

from pathlib import Path

folder = Path.home() / ".cache" / "words"
folder.mkdir(parents=True)
(folder / "words.txt").write_text("ready\n")
