"""Counts words of several scripts."""

import regex

print(len(regex.findall(r"\p{L}+", "one два τρία 四")), regex.__version__)
