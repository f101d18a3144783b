"""Tells the sign of a day."""

import os

SIGNS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "signs.txt")


def sign(month, day):
    with open(SIGNS) as signs:
        ends = [line.split() for line in signs]
    return next((name for name, date in ends if f"{month:02}-{day:02}" <= date), ends[0][0])


def main():
    print(sign(2, 12), sign(12, 25), sign(7, 14))
